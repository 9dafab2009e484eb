"""Charts as SVG, written by the server: no script, and the words stand beside the drawing as text.

The plot is stretched to its box (1000 by 100 units, y grows downwards); the axes' words are HTML around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from face.parts import Text, joined

_GAP = 0.28  # of a bar's place


@dataclass(frozen=True, slots=True)
class Series:
    """One row of values in a chart, of one colour (a class of site.css)."""

    label: Text
    css: str
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, ready to be drawn by the tag `chart`; `rows` are the same figures as a table."""

    label: Text
    plot: SafeString
    y: Sequence[int]
    x: Sequence[Text]
    columns: Sequence[Text]
    rows: Sequence[tuple[Text, Sequence[int]]]


def bar_chart(label: Text, series: Sequence[Series], *, days: Sequence[Text], ticks: Sequence[Text]) -> Chart:
    """Return stacked bars, one for each of the `days`; `ticks` are the words below them, evenly spread."""
    stacks = list(zip(*(one.values for one in series), strict=True))
    top = _top(max((sum(stack) for stack in stacks), default=0))
    width = 1000 / max(len(stacks), 1)
    bars = joined(
        _stack(stack, series, left=number * width, width=width, top=top)
        for number, stack in enumerate(stacks)
    )
    return Chart(
        label=label,
        plot=_grid() + bars,
        y=(top, top // 2, 0),
        x=ticks,
        columns=[one.label for one in series],
        rows=[(day, stack) for day, stack in zip(days, stacks, strict=True)],
    )


def spark(values: Sequence[float], css: str = "ln c2") -> SafeString:
    """Return a line as small as a word; its figures must stand beside it."""
    low, span = min(values, default=0), (max(values, default=0) - min(values, default=0)) or 1
    step = 100 / max(len(values) - 1, 1)
    points = "L".join(
        f"{n * step:.1f} {22 - 20 * (value - low) / span:.1f}" for n, value in enumerate(values)
    )
    return format_html(
        '<svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true"><path class="{}" d="M{}"/></svg>',
        css,
        points,
    )


def _top(most: int) -> int:
    """Return the least even, round figure that holds the tallest bar, so that the half of it is whole too."""
    for top in (2, 4, 8, 10, 20, 40, 60, 80, 100, 200, 400, 600, 800, 1000):
        if most <= top:
            return top
    return -(-most // 1000) * 1000


def _grid() -> SafeString:
    lines = ((" zero" if y == 100 else "", y) for y in (0, 50, 100))
    return format_html_join("", '<path class="ax{}" d="M0 {}H1000"/>', lines)


def _stack(
    stack: Sequence[int], series: Sequence[Series], *, left: float, width: float, top: int
) -> SafeString:
    boxes, y = [], 100.0
    for value, one in zip(stack, series, strict=True):
        height = 100 * value / top
        y -= height
        if value:
            boxes.append(
                (
                    one.css,
                    f"{left + width * _GAP / 2:.1f}",
                    f"{y:.1f}",
                    f"{width * (1 - _GAP):.1f}",
                    f"{height:.1f}",
                )
            )
    return format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', boxes)
