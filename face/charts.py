"""Charts as SVG, written by the server: no script, and the words stand beside the drawing as text.

The plot is stretched to its box (1000 by 100 units, y grows downwards); the axes' words are HTML around it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from face.parts import Text, joined

_GAP = 0.28  # of a bar's place
_LABELS = 34  # the width left of the cells, for the weekdays


@dataclass(frozen=True, slots=True)
class Series:
    """One row of values in a chart, of one colour (a class of site.css)."""

    label: Text
    css: str
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, ready to be drawn by the tag `chart`; `rows` are the same figures as a table.

    `unit` heads the table's first column; a blank one means days.
    """

    label: Text
    plot: SafeString
    y: Sequence[int]
    x: Sequence[Text]
    columns: Sequence[Text]
    rows: Sequence[tuple[Text, Sequence[int]]]
    unit: Text = ""


@dataclass(frozen=True, slots=True)
class Heat:
    """Counts by weekday and hour, ready to be drawn by the tag `heat`; `rows` are the same figures as a table, by hour."""

    label: Text
    wide: SafeString
    narrow: SafeString
    columns: Sequence[Text]
    rows: Sequence[tuple[Text, Sequence[int]]]


def bar_chart(
    label: Text,
    series: Sequence[Series],
    *,
    days: Sequence[Text],
    ticks: Sequence[Text],
    line: Series | None = None,
    unit: Text = "",
) -> Chart:
    """Return stacked bars, one for each of the `days`, and a line to compare them with if one is given.

    `ticks` are the words below them, evenly spread.
    """
    stacks = list(zip(*(one.values for one in series), strict=True))
    compared = [] if line is None else [line]
    top = _top(max([*map(sum, stacks), *(line.values if line else ())], default=0))
    width = 1000 / max(len(stacks), 1)
    bars = joined(
        _stack(stack, series, left=number * width, width=width, top=top)
        for number, stack in enumerate(stacks)
    )
    drawn = list(zip(days, *(one.values for one in [*series, *compared]), strict=True))
    return Chart(
        label=label,
        plot=_grid() + bars + joined(_line(one, width=width, top=top) for one in compared),
        y=(top, top // 2, 0),
        x=ticks,
        columns=[one.label for one in [*series, *compared]],
        rows=[(day, tuple(figures)) for day, *figures in drawn],
        unit=unit,
    )


def heat(
    label: Text, counts: Mapping[tuple[int, int], int], *, weekdays: Sequence[Text], short: Sequence[Text]
) -> Heat:
    """Return counts by weekday (0 is Monday) and hour as a field of 7 by 24; `short` are the weekdays as they fit beside it."""
    hours = [f"{hour:02d}:00" for hour in range(24)]
    return Heat(
        label=label,
        wide=_field(counts, weekdays, short, cell=47.75),
        narrow=_field(counts, weekdays, short, cell=13),
        columns=short,
        rows=[(words, [counts.get((day, hour), 0) for day in range(7)]) for hour, words in enumerate(hours)],
    )


def share(count: int, most: int, css: str) -> SafeString:
    """Return a bar as long as its share of the longest one; its figure must stand beside it."""
    return format_html(
        '<svg class="hbar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="bar-bg" width="100" height="8"/><rect class="{}" width="{}" height="8"/></svg>',
        css,
        f"{100 * count / max(most, 1):.1f}",
    )


def _top(most: int) -> int:
    """Return the least even, round figure that holds the tallest bar, so that the half of it is whole too."""
    for top in (2, 4, 8, 10, 20, 40, 60, 80, 100, 200, 400, 600, 800, 1000):
        if most <= top:
            return top
    return -(-most // 1000) * 1000


def _line(one: Series, *, width: float, top: int) -> SafeString:
    """Return a line through the middle of each bar's place."""
    points = (
        f"{width * (number + 0.5):.1f} {100 - 100 * value / top:.1f}"
        for number, value in enumerate(one.values)
    )
    return format_html('<path class="{}" d="M{}"/>', one.css, "L".join(points))


def _field(
    counts: Mapping[tuple[int, int], int], weekdays: Sequence[Text], short: Sequence[Text], *, cell: float
) -> SafeString:
    most = max(counts.values(), default=0)
    cells = (
        (
            # Four shades for what happened, the palest for nothing.
            -(-4 * count // most) if count else 0,
            f"{_LABELS + cell * hour:.1f}",
            20 * day + 1,
            f"{cell - min(2, cell / 8):.1f}",
            f"{weekdays[day]} {hour:02d}:00: {count}",
        )
        for day in range(7)
        for hour in range(24)
        for count in [counts.get((day, hour), 0)]
    )
    return format_html(
        '<svg class="heat" viewBox="0 0 {} 162" aria-hidden="true">{}{}{}</svg>',
        f"{_LABELS + 24 * cell:.0f}",
        format_html_join(
            "", '<text class="ht" x="0" y="{}">{}</text>', ((20 * n + 14, day) for n, day in enumerate(short))
        ),
        format_html_join(
            "",
            '<rect class="h{}" x="{}" y="{}" width="{}" height="18" rx="2"><title>{}</title></rect>',
            cells,
        ),
        format_html_join(
            "",
            '<text class="ht" x="{}" y="155">{}h</text>',
            ((f"{_LABELS + cell * hour:.1f}", hour) for hour in range(0, 24, 3)),
        ),
    )


def _grid() -> SafeString:
    lines = ((" zero" if y == 100 else "", y) for y in (0, 50, 100))
    return format_html_join("", '<path class="ax{}" d="M0 {}H1000"/>', lines)


def _stack(
    stack: Sequence[int], series: Sequence[Series], *, left: float, width: float, top: int
) -> SafeString:
    boxes, y = [], 100.0
    x, wide = f"{left + width * _GAP / 2:.1f}", f"{width * (1 - _GAP):.1f}"
    for value, one in zip(stack, series, strict=True):
        height = 100 * value / top
        y -= height
        if value:
            boxes.append((one.css, x, f"{y:.1f}", wide, f"{height:.1f}"))
    return format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', boxes)
