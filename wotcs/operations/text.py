"""Figures in words, for a terminal of 100 columns or more."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from tanks.wording import duration_in_words
from wotcs.operations.figures import Figure, Level, Text


def lines(groups: Iterable[tuple[Text, Sequence[Figure]]], now: datetime) -> Iterator[str]:
    """Yield the figures under their titles, an object's on one line; then those that need a look, the worst first."""
    looks = []
    for title, figures in groups:
        yield from _heading(str(title))
        for of, few in groupby(figures, key=lambda figure: figure.object or figure.key):
            row = list(few)
            name = f"{of}: " if row[0].object else ""
            yield _one_line(name + " · ".join(_words(figure, now) for figure in row))
        looks += [figure for figure in figures if figure.level is not Level.OK]
    yield from _heading(_("What needs a look"))
    for figure in sorted(looks, key=lambda figure: list(Level).index(figure.level), reverse=True):
        of = f"{figure.object} · " if figure.object else ""
        yield _one_line(f"! {of}{_words(figure, now)}. {figure.hint} ({figure.docs})")
    if not looks:
        yield "  " + _("Nothing.")


def _heading(text: str) -> Iterator[str]:
    yield from ("", text, "-" * len(text))


def _words(figure: Figure, now: datetime) -> str:
    return f"{figure.label} {_value(figure, now)}"


def _value(figure: Figure, now: datetime) -> str:
    value, name = figure.value, figure.name
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return _moment(value, now)
    if not isinstance(value, int | float):
        return value or "-"
    if "bytes" in name:
        return str(filesizeformat(int(value)))
    if "seconds" in name:
        return duration_in_words(timedelta(seconds=value))
    return number_format(value, force_grouping=True)


def _moment(at: datetime, now: datetime) -> str:
    """Return a moment in the site's time zone with how long ago it was, or how long it still is."""
    text = f"{localtime(at):%Y-%m-%d %H:%M}"
    if at > now:
        return _("%(moment)s (in %(length)s)") % {"moment": text, "length": duration_in_words(at - now)}
    return _("%(moment)s (%(length)s ago)") % {"moment": text, "length": duration_in_words(now - at)}


def _one_line(text: str) -> str:
    """Return a text folded and indented, without characters that move a terminal's cursor: names and errors are hostile."""
    safe = "".join(letter if letter.isprintable() else " " for letter in text)
    return textwrap.fill(safe, 110, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False)
