"""The parts of the page of tanks: the heads of the columns, the sizes of a page, and the strip of figures."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils.formats import number_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from analytics.tanks.filters import TankFilter
from analytics.tanks.marks import badge
from analytics.tanks.selectors import SelectionFigures
from analytics.tanks.sorting import FALLING_FIRST, LABELS
from face.parts import Chip, Column, Stat
from tanks.wording import Text

GARAGE = gettext_lazy("Garage")
_FIGURES = frozenset({"battles", "wins", "win_rate", "last_changed"})
_SHORT: dict[str, Text] = {
    "win_rate": pgettext_lazy("column", "Win rate"),
    "last_changed": gettext_lazy("Changed"),
}


def columns(chosen: TankFilter) -> list[Column]:
    """Return the heads of the table's columns with their links; the garage is no order."""
    heads = [_column(name, label, chosen) for name, label in LABELS.items()]
    return [*heads[:-1], Column(GARAGE), heads[-1]]


def _column(name: str, label: Text, chosen: TankFilter) -> Column:
    falls = chosen.sort.startswith("-")
    is_sorted = chosen.sort.removeprefix("-") == name
    turns_to_falling = not falls if is_sorted else name in FALLING_FIRST
    return Column(
        label=_SHORT.get(name, label),
        css="num" if name in _FIGURES else "",
        url=replace(chosen, sort=f"-{name}" if turns_to_falling else name).url,
        aria_sort=("descending" if falls else "ascending") if is_sorted else "",
    )


def sizes(chosen: TankFilter, keys: Iterable[str]) -> list[Chip]:
    """Return the sizes that a page may have, as links."""
    return [Chip(key, replace(chosen, size=key).url, is_chosen=key == chosen.size) for key in keys]


def stats_of(figures: SelectionFigures) -> list[Stat]:
    """Return the figures of a whole selection, each with the words which figure it is."""
    numbers = {
        "battles": _number(figures.battles),
        "wins": _number(figures.wins),
        "driven": _number(figures.driven),
        "badges": _number(figures.badges_total),
    }
    average, percent = figures.average_battles, figures.win_percent
    no_battles = _("There are no battles.")
    driven = ngettext(
        "%(battles)s battles ÷ %(driven)s tank that was driven",
        "%(battles)s battles ÷ %(driven)s tanks that were driven",
        figures.driven,
    )
    return [
        Stat(
            _("Battles per tank"),
            None if average is None else _number(average, 1),
            no_battles if average is None else driven % numbers,
        ),
        Stat(
            _("Win rate"),
            None if percent is None else f"{_number(percent, 2)}%",
            no_battles if percent is None else _("%(wins)s wins ÷ %(battles)s battles, summed") % numbers,
        ),
        Stat(
            _("Different vehicles"),
            _number(figures.vehicles),
            _("each counted once, whoever drives it"),
            css="full",
        ),
        Stat(
            _("Mastery"),
            _badges(figures),
            _("%(badges)s in all; a tank counts once, with its best class") % numbers,
            css="full",
        ),
    ]


def _badges(figures: SelectionFigures) -> SafeString:
    counts = ((badge(mark), _number(figures.badges[mark])) for mark in sorted(figures.badges, reverse=True))
    return format_html_join("", "<span>{}<b>{}</b></span>", counts)


def _number(number: float, decimals: int = 0) -> str:
    return str(number_format(number, decimals, force_grouping=True))
