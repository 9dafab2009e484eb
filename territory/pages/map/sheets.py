"""The map of a game server as pages show it: its size, the names of its places, and pictures of it, if there are any."""

from collections.abc import Sequence

from django.conf import settings
from django.templatetags.static import static

from clans.models import User
from face.game_maps import GameMap
from face.maps import Circle, Measure, Point
from face.parts import Text
from territory.models import Base, GameServer

# The maps whose places have names in static/maps/, approximately.
_WHOLE = 1.22  # a picture is wider than high
NAMED_MAPS = frozenset({"chernarusplus", "enoch", "sakhal"})


def sheet_of(
    server: GameServer,
    label: Text,
    *,
    centre: tuple[float, float] | None = None,
    width_m: float | None = None,
    circles: Sequence[Circle] = (),
    points: Sequence[Point] = (),
    measure: Measure | None = None,
    choice: Circle | None = None,
) -> GameMap:
    """Return a map of the server; the whole of it, unless `centre` and `width_m` say what is shown first."""
    side = server.map_size_m
    x, z = centre or (side / 2, side / 2)
    return GameMap(
        label,
        side,
        x,
        z,
        width_m or side * _WHOLE,
        circles,
        points,
        measure,
        choice,
        names_url=static(f"maps/{server.map}.geojson") if server.map in NAMED_MAPS else "",
        tiles_url=settings.GAME_MAP_TILES.get(server.map, ""),
    )


def circle_of(base: Base, reader: User) -> Circle:
    """Return the circle of a base that the reader may see: the own ones are drawn otherwise than those of the clan and friends."""
    css = "b-own" if base.owner_id == reader.pk else "b-clan"
    return Circle(base.x, base.z, base.radius_m, css, base.name)
