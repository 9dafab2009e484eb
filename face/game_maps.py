"""Maps of a game that people operate: a picture written by the server, and the same as data for js/map.js."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from face.maps import Circle, Measure, Point, small_map
from face.parts import Text, joined

_WIDE, _PHONE = (810, 700), (390, 390)


@dataclass(frozen=True, slots=True)
class GameMap:
    """A game's square map of `side_m` metres, at first shown around (x, z) and `width_m` metres wide.

    `names_url` is a GeoJSON of places, `tiles_url` an address with {z}, {x} and {y}; both may be blank. What stands in here
    reaches the browser: it holds only what its reader may see. `choice` is the circle that a form's fields describe: the
    script draws it from them.
    """

    label: Text
    side_m: float
    x: float
    z: float
    width_m: float
    circles: Sequence[Circle] = ()
    points: Sequence[Point] = ()
    measure: Measure | None = None
    choice: Circle | None = None
    names_url: str = ""
    tiles_url: str = ""

    @property
    def pictures(self) -> SafeString:
        """The map as a picture for wide screens, and one for phones."""
        return joined(
            small_map(
                self.label,
                x=self.x,
                z=self.z,
                width_m=self.width_m,
                circles=[*self.circles, *filter(None, [self.choice])],
                points=self.points,
                measure=self.measure,
                size=size,
                css=css,
            )
            for size, css in ((_WIDE, "wide-only"), (_PHONE, "phone-only"))
        )

    @property
    def as_data(self) -> Mapping[str, Any]:
        """What the script needs to show the same."""
        return {
            "side": self.side_m,
            "x": self.x,
            "z": self.z,
            "width": self.width_m,
            "circles": [circle_data(circle) for circle in self.circles],
            "points": [point_data(point) for point in self.points],
            "measure": self.measure and _measure_data(self.measure),
            "names": self.names_url,
            "tiles": self.tiles_url,
        }


def circle_data(circle: Circle, **more: Any) -> dict[str, Any]:
    """Return a circle as js/map.js takes it; `more` is handed over when somebody presses it."""
    values = {"x": circle.x, "z": circle.z, "r": circle.radius_m, "css": circle.css} | more
    return values | {key: text for key, text in (("name", circle.name), ("mark", circle.mark)) if text}


def point_data(point: Point, **more: Any) -> dict[str, Any]:
    """Return a point as js/map.js takes it; `more` is handed over when somebody presses it."""
    values = {"x": point.x, "z": point.z, "kind": point.kind, "name": point.name, "count": point.count}
    return {name: value for name, value in values.items() if value not in {"", 0} or name in "xz"} | more


def _measure_data(measure: Measure) -> dict[str, Any]:
    return {
        "x": measure.x,
        "z": measure.z,
        "toX": measure.to_x,
        "toZ": measure.to_z,
        "words": measure.words,
    }
