"""A small map of a base and the bases around it, as a picture without script or style."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from common.admin.parts import clipped
from territory.models import Base
from territory.models.base import MAX_RADIUS_M
from territory.rules.geometry import distance_m

REACH_M = 1000.0  # from the centre to each side of the picture
MOST_NEIGHBOURS = 40  # the nearest are drawn
_STROKES = 6  # kinds of lines in admin.css; owners beyond that share them


@dataclass(frozen=True, slots=True)
class Circle:
    """A base as it is drawn: place and radius as numbers of the picture, whose y grows to the south."""

    number: int | None
    name: str
    owner: str
    x: str
    y: str
    radius: str
    label_y: str
    kind: str
    distance_m: float
    overlaps: bool


def draw(base: Base, *, now: datetime | None = None) -> str:
    """Return the map of a base, saved or not, safe for HTML; an empty text while it has no place on a server.

    The base stands in the middle, north is up, and the picture is 2,000 m wide. Circles of one owner have one stroke.
    """
    if None in {base.server_id, base.x, base.z, base.radius_m}:  # a refused form may have left gaps
        return ""
    near = _neighbours(base, now or timezone.now())
    owners = {base.owner_id: "own"}
    circles = [_circle(one, base, _kind(one, owners)) for one in near]
    own = _circle(base, base, "own subject")
    side = base.server.map_size_m
    context = {
        "circles": [*circles, own],
        "neighbours": circles,
        "own": own,
        "reach": _number(REACH_M),
        "width": _number(2 * REACH_M),
        "land": [_number(value) for value in (-base.x, base.z - side, side, side)],
        "most": MOST_NEIGHBOURS if len(near) == MOST_NEIGHBOURS else 0,
    }
    return render_to_string("admin/_base_map.html", context)


def _neighbours(base: Base, now: datetime) -> Sequence[Base]:
    """Return the bases in force whose circle comes into the picture, nearest first. One query."""
    reach = REACH_M + MAX_RADIUS_M
    near: QuerySet[Base] = (
        Base.objects.active_at(now)
        .filter(server=base.server_id, x__range=(base.x - reach, base.x + reach))
        .filter(z__range=(base.z - reach, base.z + reach))
        .exclude(pk=base.pk)
        .select_related("owner")
    )
    in_reach = [one for one in near if _distance(one, base) - one.radius_m <= REACH_M]
    return sorted(in_reach, key=lambda one: _distance(one, base))[:MOST_NEIGHBOURS]


def _kind(base: Base, owners: dict[int, str]) -> str:
    """Return the name of the stroke of the base's owner, a new one for a new owner."""
    return owners.setdefault(base.owner_id, f"stroke-{(len(owners) - 1) % _STROKES}")


def _circle(base: Base, middle: Base, kind: str) -> Circle:
    x, y, distance = base.x - middle.x, middle.z - base.z, _distance(base, middle)
    return Circle(
        number=base.pk,
        name=clipped(base.name, 24),
        owner=clipped(str(base.owner), 24) if base.owner_id else "",
        x=_number(x),
        y=_number(y),
        radius=_number(base.radius_m),
        label_y=_number(y - base.radius_m - 14),
        kind=kind,
        distance_m=distance,
        overlaps=base is not middle and distance <= base.radius_m + middle.radius_m,
    )


def _distance(base: Base, other: Base) -> float:
    return distance_m(base.x, base.z, other.x, other.z)


def _number(value: float) -> str:
    """Write a number as a picture needs it, whatever the reader's language; nothing is further away than the map."""
    return f"{max(-99_999.0, min(99_999.0, value)):.1f}"
