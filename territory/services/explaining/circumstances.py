"""The circumstances of a case: the people the player may be, the bases around the place, and the active bans."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection, models
from django.db.models import F, Q, Value
from django.db.models.functions import Power, Sqrt
from django.utils.translation import gettext as _

from clans.models import Clan, User
from territory import wording
from territory.models import Ban, Base, GamertagUse, GameServer, IdentityConflict, Placement, PlayerIdentity
from territory.models.identity import folded_gamertag
from territory.rules.facts import BaseState, Period, Person, Right
from territory.rules.geometry import distance_m
from territory.rules.names import fold
from territory.services import facts
from territory.services.hearing import Case, Finding, hear, verdict_columns
from territory.services.identities import find_matches

# More rows of a kind would help nobody.
_MOST, _NEAREST = 20, 10


@dataclass(frozen=True, slots=True)
class HeldRight:
    """A past, present or future right of a person in one state of a base."""

    right: Right
    user_id: int | None
    period: Period


@dataclass(frozen=True, slots=True)
class SeenBase:
    """One state of a base around the place, the distance to its centre, and the rights of the people in question."""

    state: BaseState
    name: str
    distance_m: float
    is_removed: bool
    rights: tuple[HeldRight, ...]

    @property
    def edge_m(self) -> float:
        """The distance to the edge in metres, negative inside the circle."""
        return self.distance_m - self.state.radius_m

    @property
    def holds_place(self) -> bool:
        """True if the place lies in the circle or on its edge."""
        return self.distance_m <= self.state.radius_m


@dataclass(frozen=True, slots=True)
class Circumstances:
    """A finding and the facts that bear on it. `people` are the matched person and the people the player may be instead.

    If only the gamertag was given, the case has the player id it is known under (`id_is_assumed`), and `other_ids` are the
    other player ids linked to it or seen under it in an open conflict. `bearers` are the identities that bear or bore the
    gamertag, or have the player id. `bases` are sorted: circles around the place first, states in force first, then by
    distance. `swapped` are bases around (z, x), `elsewhere` bases around the place on other servers.
    """

    server: GameServer
    case: Case
    now: datetime
    id_is_assumed: bool
    other_ids: tuple[str, ...]
    bearers: tuple[PlayerIdentity, ...]
    finding: Finding
    people: tuple[Person, ...]
    bases: tuple[SeenBase, ...]
    swapped: tuple[Base, ...]
    elsewhere: tuple[Base, ...]
    bans: tuple[Ban, ...]
    users: Mapping[int, User]
    clans: Mapping[int, Clan]

    @property
    def found_by(self) -> str:
        """The way the player was matched to a person: `player_id`, `gamertag`, `disputed` or `nobody`."""
        match, player_id = self.finding.match, self.case.player_id
        if match.user_id is None:
            return "disputed" if match.doubtful_ids else "nobody"
        is_known = player_id and any(one.player_id == player_id and one.user_id for one in self.bearers)
        return "player_id" if is_known else "gamertag"

    @property
    def judged(self) -> Placement:
        """The placement as judging would store it; it is not stored."""
        return Placement(state=Placement.State.JUDGED, **verdict_columns(self.finding))

    @property
    def base_names(self) -> dict[int, str]:
        """The names of the bases by id."""
        return {base.state.base_id: base.name for base in self.bases}

    @property
    def reasons(self) -> list[str]:
        """The reasons of the verdict, in words."""
        return wording.reasons_in_words(self.judged, self.base_names)

    def standing(self, period: Period) -> str:
        """Return the period's standing at the act: `not_yet`, `in_force` or `ended`."""
        if period.covers(self.case.act.occurred_at):
            return "in_force"
        return "not_yet" if self.case.act.occurred_at < period.start else "ended"

    def person(self, user_id: int | None) -> str:
        """Return a person's name with the Discord id or username: people may share a display name."""
        if user_id is None:
            return _("nobody")
        user = self.users[user_id]
        name = str(user)
        if user.discord_id:
            return f"{name} (Discord {user.discord_id})"
        return name if name == user.username else f"{name} ({user.username})"

    def clan(self, clan_id: int | None) -> str:
        """Return a clan's name."""
        return str(self.clans[clan_id]) if clan_id is not None else _("none")

    def say(self, words: wording.Text, **values: object) -> str:
        """Return a sentence with its values in words, times on the game server's clock."""
        return str(words) % {
            name: wording.value_in_words(value, self.server.zone) for name, value in values.items()
        }


def find_circumstances(server: GameServer, asked: Case, *, now: datetime) -> Circumstances:
    """Hear a case without learning from it, and read what bears on it, in a fixed number of queries."""
    bearers = _bearers(asked)
    player_id, other_ids = _player_ids(asked, bearers)
    case = replace(asked, player_id=player_id)
    [finding] = hear(server, [case], now=now, match=find_matches)
    people = [one for one in (finding.actor.person, *finding.actor.doubtful) if one.user_id is not None]
    bases = _bases(server, case, people)
    user_ids = {one.user_id for one in people} | {one.user_id for one in bearers}
    user_ids |= {one.state.owner_id for one in bases}
    clan_ids = {one.state.clan_id for one in bases} | {clan for one in people for clan in one.memberships}
    in_force = Base.objects.active_at(case.act.occurred_at)
    return Circumstances(
        server=server,
        case=case,
        now=now,
        id_is_assumed=not asked.player_id,
        other_ids=other_ids,
        bearers=bearers,
        finding=finding,
        people=tuple(people),
        bases=tuple(bases),
        swapped=_holding(in_force.filter(server=server), case.act.z, case.act.x),
        elsewhere=_holding(in_force.exclude(server=server), case.act.x, case.act.z),
        bans=_bans(server, case, now),
        users=User.objects.in_bulk(user_ids),
        clans=Clan.objects.in_bulk(clan_ids),
    )


def _bearers(case: Case) -> tuple[PlayerIdentity, ...]:
    """Return the identities that bear the gamertag, then those that bore it, each the last seen first."""
    key = folded_gamertag(Value(case.gamertag))
    bore = GamertagUse.objects.alias(key=folded_gamertag("gamertag")).filter(key=key).values("identity")
    of_player = Q(gamertag_key=key) | Q(pk__in=bore) | Q(player_id=case.player_id)
    bears_now = models.ExpressionWrapper(Q(gamertag_key=key), output_field=models.BooleanField())
    uses = GamertagUse.objects.filter(identity=models.OuterRef("pk")).order_by("-last_seen_at")
    seen_at = models.Subquery(uses.values("last_seen_at")[:1])
    in_order = bears_now.desc(), seen_at.desc(nulls_last=True), "-pk"
    return tuple(PlayerIdentity.objects.filter(of_player).order_by(*in_order)[:_MOST])


def _player_ids(case: Case, bearers: Sequence[PlayerIdentity]) -> tuple[str, tuple[str, ...]]:
    """Return the given player id, or the likeliest player id of the gamertag and its other player ids."""
    if case.player_id:
        return case.player_id, ()
    present = [one for one in bearers if fold(one.gamertag) == fold(case.gamertag)]
    linked = [one for one in present if one.user_id is not None]
    is_waiting = any(not one.player_id for one in linked)  # the player id is still to be learned
    likeliest = "" if is_waiting else next((one.player_id or "" for one in linked or present), "")
    key = folded_gamertag(Value(case.gamertag))
    conflicts = IdentityConflict.objects.alias(key=folded_gamertag("gamertag")).filter(
        key=key, resolved_at=None
    )
    seen_ids = conflicts.order_by("-last_seen_at", "pk").values_list("player_id", flat=True)[:_MOST]
    ids = dict.fromkeys([*(one.player_id or "" for one in linked), *seen_ids])
    return likeliest, tuple(one for one in ids if one not in ("", likeliest))


# The states of any time that hold the place, and the nearest of those in force at the act.
_AROUND = f"""
    WITH state AS MATERIALIZED (
        SELECT *, point(x, z) <-> point(%(x)s, %(z)s) AS distance,
            start <= %(at)s AND COALESCE(until > %(at)s, true) AS in_force
        FROM ({facts.STATES}) AS s (base_id, owner_id, clan_id, x, z, radius_m, start, until)
        WHERE start IS DISTINCT FROM until
    ), around AS (
        (SELECT * FROM state WHERE distance <= radius_m ORDER BY NOT in_force, distance LIMIT %(most)s)
        UNION ALL
        (SELECT * FROM state WHERE distance > radius_m AND in_force ORDER BY distance LIMIT %(nearest)s)
    )
    SELECT a.base_id, a.owner_id, a.clan_id, a.x, a.z, a.radius_m, start, until, b.name,
        COALESCE(until = extract(epoch FROM b.removed_at)::float8, false)
    FROM around a JOIN territory_base b ON b.id = a.base_id
"""


def _bases(server: GameServer, case: Case, people: Sequence[Person]) -> list[SeenBase]:
    x, z, at = case.act.x, case.act.z, case.act.occurred_at
    values = {"server": server.pk, "x": x, "z": z, "at": at.timestamp(), "most": _MOST, "nearest": _NEAREST}
    with connection.cursor() as cursor:
        cursor.execute(_AROUND, {"since": "-infinity", **values})
        rows = cursor.fetchall()
    bases = []
    for base_id, owner_id, clan_id, base_x, base_z, radius_m, start, until, name, is_removed in rows:
        period = facts.period_of(start, until)
        state = BaseState(base_id, owner_id, clan_id, base_x, base_z, radius_m, period)
        away_m = distance_m(base_x, base_z, x, z)
        bases.append(SeenBase(state, name, away_m, is_removed, tuple(_rights(state, people))))
    return sorted(
        bases, key=lambda one: (not one.holds_place, not one.state.period.covers(at), one.distance_m)
    )


def _rights(state: BaseState, people: Sequence[Person]) -> Iterator[HeldRight]:
    """Yield the rights of people in a base, past and future ones too. A clan's right lasts while the base has the clan."""
    for person in people:
        if person.user_id == state.owner_id:
            yield HeldRight(Right.OWNER, person.user_id, state.period)
        for period in person.permissions.get(state.base_id, ()):
            yield HeldRight(Right.PERMISSION, person.user_id, period)
        for stay in person.memberships.get(state.clan_id or 0, ()):
            ends = [end for end in (stay.end, state.period.end) if end is not None]
            period = Period(max(stay.start, state.period.start), min(ends, default=None))
            if period.end is None or period.start < period.end:
                yield HeldRight(Right.CLAN, person.user_id, period)


def _holding(bases: models.QuerySet[Base], x: float, z: float) -> tuple[Base, ...]:
    """Return the bases whose present circle contains a place. Only a hint depends on it."""
    away_m = Sqrt(Power(F("x") - x, 2) + Power(F("z") - z, 2))
    return tuple(bases.filter(radius_m__gte=away_m).select_related("server").order_by("pk")[:_NEAREST])


def _bans(server: GameServer, case: Case, now: datetime) -> tuple[Ban, ...]:
    """Return the newest active bans of this player id, or of the gamertag without a player id."""
    by_name = Q(key=folded_gamertag(Value(case.gamertag)))
    of_player = Q(player_id=case.player_id) | by_name & Q(player_id="") if case.player_id else by_name
    return tuple(
        Ban.objects.alias(key=folded_gamertag("gamertag"))
        .filter(of_player, Q(ends_at=None) | Q(ends_at__gt=now), server=server, lifted_at=None)
        .order_by("-pk")[:_NEAREST]
    )
