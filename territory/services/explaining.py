"""What a placement would be judged, and every fact that bears on it: judging's own facts and rule, nothing written."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from django.db import connection, transaction
from django.db.models import Q

from clans.models import Clan, ClanMembership, User
from territory.models import Ban, Base, BasePermission, GameServer, Placement, StaffImmunity
from territory.rules.facts import Act, Actor, BaseState, Nearby, Period, Policy, Right
from territory.rules.geometry import distance_m
from territory.rules.judge import judge
from territory.rules.verdict import Rule, Verdict
from territory.services import facts, judging, naming
from territory.services.naming import Named

# How far beyond their edges bases still are shown, and how many of those that never held the place.
NEAR_M = 500.0
_MOST_BESIDE = 20
# Before any act: the states of all time.
_EVER = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Question:
    """A placement as it would be logged; `player_id` may be blank, `item` is a class, a display name or a part."""

    server: GameServer
    gamertag: str
    x: float
    z: float
    item: str
    at: datetime
    player_id: str = ""
    is_part: bool = False


class Standing(StrEnum):
    """Where the moment of the act stands to a period."""

    NOT_YET = "not_yet"
    IN_FORCE = "in_force"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class HeldRight:
    """A right somebody holds, held or will hold in a base; `level` is a permission's, or the role in the clan."""

    right: Right
    user_id: int
    level: str
    period: Period
    standing: Standing
    at_judging: bool


@dataclass(frozen=True, slots=True)
class SeenBase:
    """One state of a base near the place; `edge_m` is the distance to its edge, negative inside the circle."""

    base_id: int
    name: str
    owner_id: int
    owner: User
    clan_id: int | None
    clan: str
    x: float
    z: float
    radius_m: float
    distance_m: float
    edge_m: float
    period: Period
    standing: Standing
    is_first: bool
    is_removed: bool
    rights: tuple[HeldRight, ...]

    @property
    def holds_place(self) -> bool:
        """Tell whether the circle holds the place; the edge belongs to it."""
        return self.distance_m <= self.radius_m


@dataclass(frozen=True, slots=True)
class Explanation:
    """The verdict with everything that bears on it; bases in force that hold the place come first, then the nearest."""

    question: Question
    now: datetime
    named: Named
    verdict: Verdict
    bases: tuple[SeenBase, ...]
    memberships: tuple[ClanMembership, ...]
    immunities: tuple[StaffImmunity, ...]
    bans: tuple[Ban, ...]
    swapped: tuple[str, ...]  # names of bases that hold (z, x)
    elsewhere: tuple[
        tuple[str, str], ...
    ]  # bases of other servers that hold the place, with the server's name
    nearest: tuple[str, float] | None  # of all bases in force, with the distance to its edge

    @property
    def placement(self) -> Placement:
        """The row as judging would store it, unsaved."""
        asked, verdict = self.question, self.verdict
        return Placement(
            server=asked.server,
            gamertag=asked.gamertag,
            player_id=self.named.player_id,
            item=asked.item,
            x=asked.x,
            z=asked.z,
            occurred_at=asked.at,
            state=Placement.State.JUDGED,
            outcome=verdict.outcome.value,
            rule=verdict.rule.value,
            action=verdict.action.value,
            base_id=verdict.charged.base_id if verdict.charged else None,
            distance_m=verdict.charged.distance_m if verdict.charged else None,
            user_id=self.named.user.pk if self.named.user else None,
            reasons=None if verdict.rule is Rule.OUTSIDE else judging.explain(verdict),
        )


def explain(question: Question, *, now: datetime) -> Explanation:
    """Judge a placement that nobody stored, as if it were judged `now`, in a transaction that cannot write."""
    with _reading_only():
        named = naming.name_player(question.server, question.gamertag, question.player_id, question.at)
        bases = _bases_near(question, now, named)
        swapped, elsewhere, nearest = _places_mistaken(question)
        return Explanation(
            question=question,
            now=now,
            named=named,
            verdict=_judge(question, named, now),
            bases=bases,
            memberships=tuple(
                ClanMembership.objects.filter(user__in=named.user_ids)
                .select_related("clan", "user")
                .order_by("joined_at", "pk")
            ),
            immunities=tuple(
                StaffImmunity.objects.filter(server=question.server, user__in=named.user_ids)
                .select_related("user")
                .order_by("granted_at", "pk")
            ),
            bans=_bans(question, named, now),
            swapped=swapped,
            elsewhere=elsewhere,
            nearest=nearest,
        )


def standing(period: Period, at: datetime) -> Standing:
    """Tell whether a period has begun, lasts or has ended at a moment."""
    if period.covers(at):
        return Standing.IN_FORCE
    return Standing.NOT_YET if at < period.start else Standing.ENDED


def deciding_line(verdict: Verdict) -> int:
    """Return the number of the line that decided in the table of docs/rules.md."""
    match verdict.rule:
        case Rule.ITEM_IGNORED:
            return 1
        case Rule.IMMUNE:
            return 2 if verdict.item.policy is Policy.FORBIDDEN else 7
        case Rule.ITEM_FORBIDDEN:
            return 3
        case Rule.OUTSIDE:
            return 4
        case Rule.INTRUDER:
            return 8
        case _:
            return 6 if verdict.since else 5


@contextmanager
def _reading_only() -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield


def _judge(asked: Question, named: Named, now: datetime) -> Verdict:
    people = facts.load_people(asked.server, named.user_ids)
    return judge(
        Act(asked.x, asked.z, asked.at),
        item=facts.load_policies(asked.server).decide(asked.item, is_part=asked.is_part),
        actor=Actor(
            people.get(named.user.pk if named.user else None),
            people.get(named.disputed.pk) if named.disputed else None,
            tuple(people.get(user.pk) for user in named.candidates),
        ),
        nearby=facts.load_bases(asked.server, since=min(asked.at, now)).near(asked.x, asked.z),
        server=asked.server.rules,
        now=now,
    )


def _bases_near(asked: Question, now: datetime, named: Named) -> tuple[SeenBase, ...]:
    wide = GameServer(pk=asked.server.pk, border_margin_m=NEAR_M)
    near = [
        one
        for one in facts.load_bases(wide, since=_EVER).near(asked.x, asked.z)
        if one.distance_m <= one.state.radius_m + NEAR_M and one.state.period.start != one.state.period.end
    ]
    near.sort(key=lambda one: _order(one, asked.at))
    inside = [one for one in near if one.distance_m <= one.state.radius_m]
    beside = [one for one in near if one.distance_m > one.state.radius_m]
    shown = inside + beside[:_MOST_BESIDE]
    states = [one.state for one in shown]
    rows = Base.objects.in_bulk({state.base_id for state in states})
    owners = User.objects.in_bulk({state.owner_id for state in states})
    clans = Clan.objects.in_bulk({state.clan_id for state in states if state.clan_id is not None})
    rights = _Rights(named, asked.at, now, rows)
    return tuple(
        _seen(one, rows=rows, owners=owners, clans=clans, rights=rights, at=asked.at) for one in shown
    )


def _order(near: Nearby, at: datetime) -> tuple[bool, bool, float, int, datetime]:
    state = near.state
    beside = near.distance_m > state.radius_m
    far = near.distance_m - state.radius_m if beside else near.distance_m
    return beside, not state.period.covers(at), far, state.base_id, state.period.start


def _seen(
    near: Nearby,
    *,
    rows: dict[int, Base],
    owners: dict[int, User],
    clans: dict[int, Clan],
    rights: "_Rights",
    at: datetime,
) -> SeenBase:
    state = near.state
    row = rows[state.base_id]
    return SeenBase(
        base_id=state.base_id,
        name=row.name,
        owner_id=state.owner_id,
        owner=owners[state.owner_id],
        clan_id=state.clan_id,
        clan=str(clans[state.clan_id]) if state.clan_id is not None else "",
        x=state.x,
        z=state.z,
        radius_m=state.radius_m,
        distance_m=near.distance_m,
        edge_m=near.distance_m - state.radius_m,
        period=state.period,
        standing=standing(state.period, at),
        is_first=state.period.start <= row.registered_at,
        is_removed=row.removed_at is not None and state.period.end == row.removed_at,
        rights=rights.held_in(state),
    )


class _Rights:
    """What the people meant hold in bases, at any time; read in two queries."""

    def __init__(self, named: Named, at: datetime, now: datetime, base_ids: Iterable[int]) -> None:
        self._users, self._at, self._now = named.user_ids, at, now
        self._permissions = list(
            BasePermission.objects.filter(user__in=self._users, base__in=base_ids).order_by(
                "granted_at", "pk"
            )
        )
        self._stays = list(ClanMembership.objects.filter(user__in=self._users).order_by("joined_at", "pk"))

    def held_in(self, state: BaseState) -> tuple[HeldRight, ...]:
        """Return the rights in the order of the rule, with those that ended or begin later."""
        return (
            *(
                self._held(Right.OWNER, user, "", state.period)
                for user in self._users
                if user == state.owner_id
            ),
            *(
                self._held(Right.PERMISSION, one.user_id, one.level, Period(one.granted_at, one.revoked_at))
                for one in self._permissions
                if one.base_id == state.base_id
            ),
            *(
                self._held(Right.CLAN, one.user_id, one.role, Period(one.joined_at, one.left_at))
                for one in self._stays
                if one.clan_id == state.clan_id
            ),
        )

    def _held(self, right: Right, user_id: int, level: str, period: Period) -> HeldRight:
        return HeldRight(right, user_id, level, period, standing(period, self._at), period.covers(self._now))


def _bans(asked: Question, named: Named, now: datetime) -> tuple[Ban, ...]:
    """Return the bans in force of this player id, or of a name without one."""
    meant = Q(player_id="", pk__in=naming.bans_by_name(asked.server, asked.gamertag))
    if named.player_id:
        meant |= Q(player_id=named.player_id)
    else:
        meant |= Q(pk__in=naming.bans_by_name(asked.server, asked.gamertag))
    return tuple(
        Ban.objects.filter(meant, server=asked.server, lifted_at=None)
        .filter(Q(ends_at=None) | Q(ends_at__gt=now))
        .prefetch_related("deliveries")
        .order_by("pk")
    )


def _places_mistaken(
    asked: Question,
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...], tuple[str, float] | None]:
    """Return what would fit with X and Z swapped, what would on another server, and the nearest base of all."""
    swapped: list[str] = []
    elsewhere: list[tuple[str, str]] = []
    nearest: tuple[str, float] | None = None
    for base in Base.objects.active_at(asked.at).select_related("server").order_by("pk"):
        here = base.server_id == asked.server.pk
        edge_m = _edge_m(base, asked.x, asked.z)
        if here and _edge_m(base, asked.z, asked.x) <= 0:
            swapped.append(base.name)
        if here and (nearest is None or edge_m < nearest[1]):
            nearest = base.name, edge_m
        if not here and edge_m <= 0:
            elsewhere.append((base.name, str(base.server)))
    return tuple(swapped), tuple(elsewhere), nearest


def _edge_m(base: Base, x: float, z: float) -> float:
    return distance_m(base.x, base.z, x, z) - base.radius_m
