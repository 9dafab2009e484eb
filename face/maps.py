"""Small maps as SVG, written by the server: a sheet with a grid in the game's metres, circles and points.

x grows to the east and z to the north, as in the game. Contour lines and other decoration never stand in a map.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from face.parts import Text, joined

_MARGIN = 20.0  # units of the drawing, for frame and coordinates
_FRAME = 5.0
_LEAST_RADIUS, _LEAST_NAMED = 5.0, 10.0  # of a circle that can be seen, and of one that has room for its name
_REACH_M = 1_000_000.0  # no game's map is as large
_STEPS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


@dataclass(frozen=True, slots=True)
class Circle:
    """A base's circle in metres, of one look (a class of site.css: b-own, b-clan, b-other, b-edit, b-margin).

    `mark` is a letter at its centre, by which the page names it.
    """

    x: float
    z: float
    radius_m: float
    css: str = "b-own"
    name: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """Something placed, in metres; `kind` gives shape and colour: allowed, invasion, forbidden, review, observed.

    `name` is told when somebody points at it on a map that can be operated. A `count` makes it a cluster of so many.
    """

    x: float
    z: float
    kind: str
    name: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Measure:
    """A distance on the map: a dashed line between two places in metres, with its length in words."""

    x: float
    z: float
    to_x: float
    to_z: float
    words: str


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Where metres come to lie in the drawing."""

    left: float  # metres
    bottom: float
    width_m: float
    width: float  # units
    height: float

    @property
    def scale(self) -> float:
        return (self.width - 2 * _MARGIN) / self.width_m

    @property
    def height_m(self) -> float:
        return (self.height - 2 * _MARGIN) / self.scale

    def across(self, x: float) -> float:
        return _MARGIN + (x - self.left) * self.scale

    def down(self, z: float) -> float:
        return self.height - _MARGIN - (z - self.bottom) * self.scale


def small_map(
    label: Text,
    *,
    x: float,
    z: float,
    width_m: float,
    circles: Sequence[Circle] = (),
    points: Sequence[Point] = (),
    measure: Measure | None = None,
    size: tuple[int, int] = (360, 360),
    css: str = "",
) -> SafeString:
    """Return the map around (x, z), `width_m` metres wide, as an SVG of `size` units with `label` as its words."""
    x, z = _in_reach(x), _in_reach(z)
    width, height = size
    height_m = width_m * (height - 2 * _MARGIN) / (width - 2 * _MARGIN)
    sheet = _Sheet(x - width_m / 2, z - height_m / 2, width_m, width, height)
    step = next((step for step in _STEPS if step * sheet.scale >= 70), _STEPS[-1])
    drawing = joined(
        [
            format_html('<rect class="map-frame" width="{}" height="{}"/>', width, height),
            _box("map-sheet", _MARGIN, _MARGIN, width - 2 * _MARGIN, height - 2 * _MARGIN),
            _lines(sheet, step / 5, "g1"),
            _lines(sheet, step, "g2"),
            # An inner picture cuts off what lies beyond the sheet.
            _drawn(
                '<svg x="{0}" y="{0}" width="{1}" height="{2}" viewBox="{0} {0} {1} {2}">{3}{4}{5}</svg>',
                _MARGIN,
                width - 2 * _MARGIN,
                height - 2 * _MARGIN,
                joined(_circle(sheet, circle) for circle in circles),
                _line(sheet, measure) if measure else "",
                joined(_point(sheet, point) for point in points),
            ),
            _frame(sheet, step),
            _ruler(sheet, step),
        ]
    )
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        css,
        width,
        height,
        label,
        drawing,
    )


def _in_reach(metres: float) -> float:
    """Return a coordinate that can be drawn: hostile logs and senders name places without end."""
    return max(-_REACH_M, min(_REACH_M, metres)) if math.isfinite(metres) else _REACH_M


def _unit(value: float) -> str:
    """Write a number of the drawing, whatever the reader's language; nothing is further away than the largest map."""
    within = max(-99_999.0, min(99_999.0, value)) if math.isfinite(value) else 99_999.0
    return f"{within:.1f}".removesuffix(".0")


def _drawn(pattern: str, *values: object) -> SafeString:
    """Return a part of the drawing; of its values numbers are places and lengths in it."""
    return format_html(pattern, *(_unit(value) if isinstance(value, float) else value for value in values))


def _box(css: str, x: float, y: float, width: float, height: float) -> SafeString:
    pattern = '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>'
    return _drawn(pattern, css, x, y, max(width, 0.0), max(height, 0.0))


def _multiples(start: float, length: float, step: float) -> Iterable[float]:
    """Return the multiples of `step` within a stretch, and the one just before it."""
    first = math.floor(start / step)
    return (number * step for number in range(first, math.ceil((start + length) / step)))


def _lines(sheet: _Sheet, step: float, css: str) -> SafeString:
    width, height = sheet.width - 2 * _MARGIN, sheet.height - 2 * _MARGIN
    columns = [sheet.across(x) for x in _multiples(sheet.left, sheet.width_m, step)]
    rows = [sheet.down(z) for z in _multiples(sheet.bottom, sheet.height_m, step)]
    columns, rows = [x for x in columns if x >= _MARGIN], [y for y in rows if y <= _MARGIN + height]
    # All lines but the first are one text, time and again: compressed they weigh next to nothing.
    gap = f"{step * sheet.scale:.3f}"
    path = (
        f"M{_unit(columns[0])} {_MARGIN:g}" + f"v{height:g}m{gap} -{height:g}" * len(columns)
        if columns
        else ""
    )
    path += f"M{_MARGIN:g} {_unit(rows[0])}" + f"h{width:g}m-{width:g} -{gap}" * len(rows) if rows else ""
    return format_html('<path class="{}" d="{}" fill="none"/>', css, path)


def _circle(sheet: _Sheet, circle: Circle) -> SafeString:
    x, y = sheet.across(circle.x), sheet.down(circle.z)
    radius = max(_LEAST_RADIUS, circle.radius_m * sheet.scale)
    drawn = _drawn('<circle class="{}" cx="{}" cy="{}" r="{}"/>', circle.css, x, y, radius)
    if circle.mark:
        pattern = (
            '<circle class="mk {4}" cx="{0}" cy="{1}" r="11"/><text class="mk-t" x="{0}" y="{2}">{3}</text>'
        )
        drawn += _drawn(pattern, x, y, y + 4.6, circle.mark, circle.css)
    if circle.name and radius >= _LEAST_NAMED:
        below = min(y + radius + 16, sheet.height - _MARGIN - 6)
        pattern = '<text class="lab" text-anchor="middle" x="{}" y="{}">{}</text>'
        drawn += _drawn(pattern, x, below, circle.name)
    return drawn


def _line(sheet: _Sheet, measure: Measure) -> SafeString:
    """Return the line from a centre, which it marks; its words stand across the centre from where it goes."""
    x, y = sheet.across(measure.x), sheet.down(measure.z)
    to_x, to_y = sheet.across(measure.to_x), sheet.down(measure.to_z)
    anchor, beside = ("end", x - 9) if to_x >= x else ("start", x + 9)
    pattern = (
        '<path class="dim" fill="none" stroke-dasharray="4 3" d="M{0} {1}L{2} {3}"/><circle class="mk" cx="{0}" cy="{1}" r="4"/>'
        '<text class="lab" text-anchor="{4}" x="{5}" y="{6}">{7}</text>'
    )
    return _drawn(pattern, x, y, to_x, to_y, anchor, beside, y + 4, measure.words)


def _point(sheet: _Sheet, point: Point) -> SafeString:
    """Return a point; shape, not only colour, says what it is."""
    x, y = sheet.across(point.x), sheet.down(point.z)
    match point.kind:
        case "allowed" | "observed":
            return _drawn('<circle class="pt {}" cx="{}" cy="{}" r="4.5"/>', point.kind, x, y)
        case "cluster":
            pattern = '<circle class="pt cluster" cx="{0}" cy="{1}" r="13"/><text class="pt-n" x="{0}" y="{2}">{3}</text>'
            return _drawn(pattern, x, y, y + 4, number_format(point.count, force_grouping=True))
        case "invasion":
            return _drawn('<path class="pt invasion" d="M{} {}l7 12.5h-14Z"/>', x, y - 7)
        case "forbidden":
            return _box("pt forbidden", x - 5.5, y - 5.5, 11, 11)
        case _:
            return _drawn('<path class="pt review" d="M{} {}l7 7l-7 7l-7 -7Z"/>', x, y - 7)


def _frame(sheet: _Sheet, step: float) -> SafeString:
    """Return the map's frame: bars in turn black and white, one for each step, and the metres beside them."""
    right, bottom = sheet.width - _MARGIN, sheet.height - _MARGIN
    bars, words = {"zw": "", "zb": ""}, []
    for x in _multiples(sheet.left, sheet.width_m, step):
        start, end = max(sheet.across(x), _MARGIN), min(sheet.across(x + step), right)
        for y in (_MARGIN - _FRAME, bottom):
            bars["zb" if round(x / step) % 2 else "zw"] += _bar(start, y, end - start, _FRAME)
        if _MARGIN + 16 < sheet.across(x) < right - 16:
            words.append(_metres(x, f"translate({_unit(sheet.across(x))} 11)"))
    for z in _multiples(sheet.bottom, sheet.height_m, step):
        start, end = max(sheet.down(z + step), _MARGIN), min(sheet.down(z), bottom)
        for x in (_MARGIN - _FRAME, right):
            bars["zb" if round(z / step) % 2 else "zw"] += _bar(x, start, _FRAME, end - start)
        if _MARGIN + 16 < sheet.down(z) < bottom - 16:
            words.append(_metres(z, f"translate(11 {_unit(sheet.down(z))}) rotate(-90)"))
    drawn = [format_html('<path class="{}" d="{}"/>', css, path) for css, path in bars.items()]
    neat = _box("neat", _MARGIN, _MARGIN, sheet.width - 2 * _MARGIN, sheet.height - 2 * _MARGIN)
    return joined([*drawn, *words, neat])


def _bar(x: float, y: float, width: float, height: float) -> str:
    """Return a bar as a part of a path: one element for all bars of a colour is lighter than one each."""
    width = max(width, 0)
    return f"M{_unit(x)} {_unit(y)}h{_unit(width)}v{_unit(max(height, 0))}h{_unit(-width)}z"


def _metres(value: float, place: str) -> SafeString:
    words = number_format(round(value), use_l10n=True, force_grouping=True)
    return format_html('<text class="mt" text-anchor="middle" transform="{}">{}</text>', place, words)


def _ruler(sheet: _Sheet, step: float) -> SafeString:
    length, y = step * sheet.scale, sheet.height - _MARGIN - 19
    x = sheet.width - _MARGIN - 14 - length
    pattern = '<path class="dim" fill="none" d="M{} {}v5h{}v-5"/><text class="mt" text-anchor="middle" x="{}" y="{}">{} m</text>'
    words = number_format(step, decimal_pos=0, force_grouping=True)
    return _drawn(pattern, x, y, length, x + length / 2, y, words)
