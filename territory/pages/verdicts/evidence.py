"""What a verdict's page shows of an act: its map, its raw line, and the player's other acts. For staff."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from face.maps import Circle, Measure, Point, small_map
from face.parts import Entry, Kind
from territory import wording
from territory.item_names import item_in_words
from territory.ladder import kind_of
from territory.models import Ban, BanDelivery, Base, BaseRevision, Infraction, Placement
from territory.rules.verdict import Outcome
from territory.selectors import oldest_searched

RECORD = 10
_LEAST_WIDTH_M = 120.0
_ALONE_WIDTH_M = 300.0
# The position and the act of a line. Whatever a gamertag imitates stands before them: the last of each counts.
_ACT = r"(?P<act>\b(?:placed|[Bb]uilt) .*)"
_LINES = (
    re.compile(rf"(?P<before>.*\bpos=)(?P<position><[^<>]*>)(?P<between>.*?){_ACT}", re.DOTALL),
    re.compile(rf"(?P<before>.*)(?P<position>)(?P<between>){_ACT}", re.DOTALL),
)


@dataclass(frozen=True, slots=True)
class Record:
    """A player's other acts among the newest placements, by what they were, with the newest; and all infractions."""

    allowed: int
    guilty: int
    infractions: int
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far a ban has come on its way onto one ban list: in words, with a look."""

    list_name: str
    words: str
    at: datetime | None
    kind: Kind
    icon: str
    read_at: datetime | None = None


_State = BanDelivery.State
_DELIVERIES: Mapping[str, tuple[Kind, str]] = {
    _State.PENDING: ("review", "clock"),
    _State.APPLIED: ("allowed", "check"),
    _State.LIFTING: ("review", "clock"),
    _State.LIFTED: ("lifted", "v-lifted"),
    _State.FOREIGN: ("review", "triangle-alert"),
    _State.FAILED: ("invasion", "circle-x"),
    _State.DROPPED: ("review", "clock"),
}


_Place = Base | BaseRevision  # a base as it was at the act


def map_of(
    placement: Placement,
    base_names: Mapping[int, str],
    *,
    with_bases: bool,
    others: Iterable[Placement] = (),
    only_base: int | None = None,
) -> SafeString | None:
    """Draw the act on a map; with the bases that the verdict considered, as they were at the act. Two queries with them.

    `others` are more acts, of which those are drawn that lie on the same map; `only_base` leaves all other bases out.
    """
    if placement.x is None or placement.z is None or placement.unusable_because == Placement.Unusable.OFF_MAP:
        return None
    places = _places_at_act(placement) if with_bases else {}
    if only_base is not None:
        places = {pk: place for pk, place in places.items() if pk == only_base}
    charged = places.get(placement.base_id or 0)
    point = Point(placement.x, placement.z, kind_of(placement))
    measure = _measure(charged, point) if charged else None
    return small_map(
        _map_in_words(placement),
        x=charged.x if charged else point.x,
        z=charged.z if charged else point.z,
        width_m=_width_m(charged, point) if charged else _ALONE_WIDTH_M,
        circles=[
            Circle(
                place.x,
                place.z,
                place.radius_m,
                "b-own" if place is charged else "b-other",
                base_names.get(pk, "") if len(places) > 1 else "",
            )
            for pk, place in places.items()
        ],
        points=[*_points(others), point],
        measure=measure,
    )


def _points(placements: Iterable[Placement]) -> list[Point]:
    usable = (one for one in placements if one.unusable_because != Placement.Unusable.OFF_MAP)
    return [Point(one.x, one.z, kind_of(one)) for one in usable if one.x is not None and one.z is not None]


def _measure(charged: _Place, point: Point) -> Measure:
    words = f"{wording.metres_in_words(_distance_m(charged, point))} m"
    return Measure(charged.x, charged.z, point.x, point.z, words)


def _width_m(charged: _Place, point: Point) -> float:
    return max(_LEAST_WIDTH_M, 2.5 * charged.radius_m, 2.4 * _distance_m(charged, point))


def _distance_m(charged: _Place, point: Point) -> float:
    return math.hypot(point.x - charged.x, point.z - charged.z)


def _map_in_words(placement: Placement) -> str:
    if placement.distance_m is None:
        return _("Where the act was")
    distance = wording.metres_in_words(placement.distance_m)
    return _("Where the act was: %(distance)s m from the base's centre") % {"distance": distance}


def _places_at_act(placement: Placement) -> dict[int, _Place]:
    ids = {near["base_id"] for near in (placement.reasons or {}).get("considered", ())}
    if not ids:
        return {}
    at = placement.occurred_at
    then = BaseRevision.objects.filter(base__in=ids, valid_from__lte=at, valid_to__gt=at)
    return {**Base.objects.in_bulk(ids), **{one.base_id: one for one in then}}


def raw_line(text: str) -> SafeString:
    """Return a line of the log with its position and its act marked."""
    parts = next(filter(None, (pattern.fullmatch(text) for pattern in _LINES)), None)
    if parts is None:
        return format_html("{}", text)
    return format_html("{before}<mark>{position}</mark>{between}<mark>{act}</mark>", **parts.groupdict())


def record_of(player_id: str | None, *, besides: int = 0) -> Record | None:
    """Return a player's record, but for one placement; None without a player id. Four queries."""
    if not player_id:
        return None
    newest = Placement.objects.filter(pk__gt=oldest_searched(), player_id=player_id)
    others = newest.exclude(pk=besides)
    counts = others.aggregate(
        allowed=Count("pk", filter=Q(outcome=Outcome.ALLOWED)),
        guilty=Count("pk", filter=Q(outcome__in=[Outcome.INVASION, Outcome.FORBIDDEN])),
    )
    infractions = Infraction.objects.filter(player_id=player_id).count()
    shown = others.select_related("base").order_by("-pk")[:RECORD]
    return Record(**counts, infractions=infractions, entries=[_entry(one) for one in shown])


def _entry(placement: Placement) -> Entry:
    item = item_in_words(placement.item, placement.display) or _("an item without a name")
    return Entry(
        at=placement.occurred_at or placement.received_at,
        sentence=f"{item}, {placement.base.name}" if placement.base else item,
        detail=wording.clause_of(placement) or placement.get_state_display(),
        kind=kind_of(placement),
        url=reverse("verdict", args=[placement.pk]),
    )


def deliveries_of(ban: Ban) -> list[Delivery]:
    """Return the deliveries of a ban to its ban lists. One query."""
    return [_delivery(row) for row in ban.deliveries.select_related("ban_list").order_by("pk")]


def _delivery(row: BanDelivery) -> Delivery:
    kind, icon = _DELIVERIES[row.state]
    is_waiting = row.state in BanDelivery.WAITING
    words = row.get_state_display()
    if is_waiting and row.attempts:
        words = _("%(state)s, attempt %(number)d") % {"state": words, "number": row.attempts + 1}
    at = row.not_before if is_waiting and row.attempts else row.finished_at or row.applied_at
    return Delivery(row.ban_list.get_kind_display(), words, at, kind, icon, row.ban_list.last_read_at)
