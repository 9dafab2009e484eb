"""The parts that pages are made of; /dev/components shows all of them in all their states."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput, Select
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from face import moments
from face.charts import Chart, Heat
from face.game_maps import GameMap
from face.parts import Chip, Column, Entry, Kind, Stat, Step, Text, joined
from face.parts import initials as letters_of

register = template.Library()


@register.simple_tag
def icon(name: str, label: Text = "", css: str = "i") -> SafeString:
    """Draw an icon of the sprite: with a label a picture that says it, without one decoration."""
    role = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    pattern = '<svg class="{}" {}><use href="{}#{}"/></svg>'
    return format_html(pattern, css, role, static("img/icons.svg"), name)


@register.simple_tag
def pill(kind: str, words: Text, sign: str = "") -> SafeString:
    """Draw a state as glyph and word; it is never a link. A blank kind has no glyph, `sign` is another than its own."""
    glyph = icon(sign or f"v-{kind}") if kind else ""
    return format_html('<span class="pill {}">{}{}</span>', kind or "plain", glyph, words)


@register.simple_tag
def stamp(kind: Kind, words: Text, detail: Text = "") -> SafeString:
    """Draw the stamp of an infraction: at most one stands on a page."""
    small = format_html("<small>{}</small>", detail) if detail else ""
    return format_html('<span class="stamp is-{}">{}{}</span>', kind, words, small)


@register.simple_tag
def when(moment: datetime | None) -> SafeString:
    """Write a moment as people say it; its title says it exactly."""
    if moment is None:
        return SafeString("&ndash;")
    words = moments.in_words(moment, timezone.now())
    exact = moments.exactly(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(timespec="seconds"), exact, words
    )


@register.filter
def day(moment: datetime) -> str:
    """Return the day of a moment as people say it."""
    return moments.day_in_words(moment, timezone.now())


@register.simple_tag
def name(text: object, css: str = "clip") -> SafeString:
    """Write a name from the game or from people: kept apart from the words around it, cut, whole in its title."""
    words = str(text)[:300]
    return format_html('<bdi class="{}" title="{}">{}</bdi>', css, words, words)


@register.filter
def initials(text: object) -> str:
    """Return the letters for somebody's round picture."""
    return letters_of(str(text))


@register.filter
def control(field: BoundField) -> SafeString:
    """Draw the control of a form's field in the look of its kind."""
    if isinstance(field.field.widget, CheckboxInput):
        return field.as_widget()
    return field.as_widget(attrs={"class": "select" if isinstance(field.field.widget, Select) else "input"})


@register.simple_block_tag
def panel(
    content: str, title: Text, *, anchor: str, note: Text = "", link: Text = "", url: str = "", sign: str = ""
) -> SafeString:
    """Draw a box with a heading; `note` or a link stand at the right of it. With a sign the link is a button."""
    css, drawing = ("btn small", icon(sign)) if sign else ("t14", "")
    side = format_html('<a class="{}" href="{}">{}{}</a>', css, url, drawing, link) if url else ""
    side = side or (format_html('<span class="note">{}</span>', note) if note else "")
    return format_html(
        '<section class="panel" aria-labelledby="{0}"><header><h2 id="{0}">{1}</h2>{2}</header>{3}</section>',
        anchor,
        title,
        side,
        content,
    )


@register.simple_block_tag
def callout(content: str, kind: Kind, title: Text, sign: str = "info", role: str = "note") -> SafeString:
    """Draw a message that stays in the page: what is the matter, and what to do; `role` is "alert" for errors."""
    words = format_html("<div><b>{}</b>{}</div>", title, content)
    return format_html('<div class="callout is-{}" role="{}">{}{}</div>', kind, role, icon(sign), words)


@register.simple_block_tag
def table(content: str, columns: Sequence[Column], caption: Text, css: str = "to-cards") -> SafeString:
    """Draw a table around its rows; with `to-cards` each row becomes a card on a phone.

    In such a row the cells say where they stand in the card: `c-title`, `c-side`, `c-sub`, `c-meta`, `c-end`, `c-hide`.
    """
    pattern = '<table class="{}"><caption class="sr">{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>'
    return format_html(pattern, css, caption, joined(map(_head, columns)), content)


def _head(column: Column) -> SafeString:
    arrow = {"ascending": icon("arrow-up"), "descending": icon("arrow-down")}.get(column.aria_sort, "")
    words = (
        format_html('<a href="{}">{}{}</a>', column.url, column.label, arrow) if column.url else column.label
    )
    css = format_html(' class="{}"', column.css) if column.css else ""
    sort = format_html(' aria-sort="{}"', column.aria_sort) if column.aria_sort else ""
    return format_html('<th scope="col"{}{}>{}</th>', css, sort, words)


@register.simple_block_tag
def empty(content: str, sign: str, title: Text, url: str = "", action: Text = "") -> SafeString:
    """Draw an empty place: what is missing, why, and one thing to do."""
    button = format_html('<a class="btn" href="{}">{}</a>', url, action) if url else ""
    return format_html('<div class="empty">{}<b>{}</b><p>{}</p>{}</div>', icon(sign), title, content, button)


@register.inclusion_tag("face/_stats.html")
def stats(figures: Iterable[Stat], css: str = "") -> dict[str, Any]:
    """Draw a strip of figures; `css` is "plate" for the steel of the tanks."""
    return {"figures": figures, "css": css}


@register.inclusion_tag("face/_ladder.html")
def ladder(steps: Iterable[Step]) -> dict[str, Any]:
    """Draw the rule as it was applied, step by step."""
    return {"steps": steps}


@register.inclusion_tag("face/_timeline.html")
def timeline(entries: Iterable[Entry], css: str = "") -> dict[str, Any]:
    """Draw what happened, in the order given, with a heading for each day; `css` is "brief" for one without clocks."""
    return {"entries": entries, "css": css, "is_brief": css == "brief"}


@register.inclusion_tag("face/_facts.html")
def facts(rows: Iterable[tuple[Text, object]]) -> dict[str, Any]:
    """Draw pairs of label and value."""
    return {"rows": rows}


@register.inclusion_tag("face/_chart.html")
def chart(drawn: Chart, css: str = "low") -> dict[str, Any]:
    """Draw a chart, with the same figures as a table below it."""
    return {"chart": drawn, "css": css}


@register.inclusion_tag("face/_heat.html")
def heat(drawn: Heat) -> dict[str, Any]:
    """Draw counts by weekday and hour, with the same figures as a table below them."""
    return {"heat": drawn}


@register.inclusion_tag("face/_map.html")
def game_map(shown: GameMap, x: str = "", z: str = "", point: str = "", radius: str = "") -> dict[str, Any]:
    """Draw a map that people operate; the page includes `face/_map_head.html` in its head.

    With the ids of a form's fields a click sets them: `x` and `z`, or one `point`; and the `radius` of a circle there.
    """
    return {"map": shown, "fields": {"x": x, "z": z, "point": point, "radius": radius}}


@register.inclusion_tag("face/_pager.html", takes_context=True)
def pager(
    context: template.Context,
    page: Page[Any],
    newer: Text = "",
    older: Text = "",
    sizes: Iterable[Chip] = (),
) -> dict[str, Any]:
    """Draw which rows these are of how many, the sizes a page may have, and the ways to the pages before and after."""
    return {
        "request": context["request"],
        "page": page,
        "sizes": sizes,
        "newer": newer or _("Newer"),
        "older": older or _("Older"),
    }


@register.inclusion_tag("face/_chips.html")
def chips(choices: Iterable[Any], label: Text) -> dict[str, Any]:
    """Draw the choices of a filter as links with their counts."""
    return {"choices": choices, "label": label}


@register.inclusion_tag("face/_thread.html")
def thread(messages: Iterable[Any]) -> dict[str, Any]:
    """Draw a conversation; those of staff are tinted."""
    return {"messages": messages}
