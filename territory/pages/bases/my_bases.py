"""What a member sees of the own territory: the own bases, and those of others where the member may build."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from string import ascii_uppercase

from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clans.models import AccountLink, User
from clans.services.account_links import claimed_keys
from clans.services.own_clans import stays_in_force
from face.game_maps import GameMap
from face.maps import Circle, Point
from face.parts import Kind, Text, isolated
from territory import access
from territory.models import Base, BasePermission, GameServer, Infraction, PlayerIdentity
from territory.pages.map.sheets import sheet_of
from territory.selectors import last_acts
from territory.services.permissions import permissions_in_force

LOOKS_BACK = timedelta(days=7)
_LEAST_WIDTH_M = 600.0


@dataclass(frozen=True, slots=True)
class OwnBase:
    """One of the own bases: `letter` is its mark on the map, `kind` and `state` its pill.

    `last_act_at` is when anything was last done there, None if nothing was in LOOKS_BACK.
    """

    base: Base
    letter: str
    kind: Kind
    state: Text
    builders: str
    last_act_at: datetime | None


@dataclass(frozen=True, slots=True)
class SharedBase:
    """Somebody else's base where the reader may build, by a permission or as a member of its clan; `number` is its mark."""

    base: Base
    number: int
    permission: BasePermission | None

    @property
    def may_manage(self) -> bool:
        return self.permission is not None and self.permission.level == BasePermission.Level.ADMIN


@dataclass(frozen=True, slots=True)
class ServerPart:
    """A game server on which the reader has something, with the number of bases there."""

    server: GameServer
    count: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class MyBases:
    """A person's bases at one moment; `own`, `shared` and `map` are those of the game server that is open."""

    total: int
    observed: int
    needs_gamertag: bool
    gamertag_waits: bool
    parts: Sequence[ServerPart]
    own: Sequence[OwnBase]
    shared: Sequence[SharedBase]
    invasions: Sequence[Infraction]
    map: GameMap | None
    open_server: GameServer | None


@dataclass(frozen=True, slots=True)
class _Reading:
    """The rows that the page is made of."""

    own: list[Base]
    permissions: dict[int, BasePermission]
    shared: list[Base]
    invasions: list[Infraction]
    clan_sizes: dict[int, int] = field(default_factory=dict)
    permission_counts: dict[int, int] = field(default_factory=dict)
    last_acts: dict[int, datetime] = field(default_factory=dict)


def my_bases(person: User, *, server: str, now: datetime) -> MyBases:
    """Return what a person has on the game server with this slug, or else where most is. A fixed number of queries."""
    rows = _read(person, now)
    parts = _parts(rows, server)
    opened = next((part.server for part in parts if part.is_open), None)
    has_gamertag = PlayerIdentity.objects.filter(user=person).exists()
    mine = [base for base in rows.own if base.server == opened]
    own = [
        _own(base, letter_of(number), rows, now, has_gamertag=has_gamertag)
        for number, base in enumerate(mine)
    ]
    there = [base for base in rows.shared if base.server == opened]
    shared = [
        SharedBase(base, number, rows.permissions.get(base.pk)) for number, base in enumerate(there, start=1)
    ]
    needs_gamertag = bool(rows.own or rows.shared) and not has_gamertag
    return MyBases(
        total=len(rows.own),
        observed=sum(base.server.mode == GameServer.Mode.OBSERVE for base in rows.own),
        needs_gamertag=needs_gamertag,
        gamertag_waits=needs_gamertag and bool(claimed_keys(person.pk, AccountLink.Kind.GAMERTAG)),
        parts=parts,
        own=own,
        shared=shared,
        invasions=rows.invasions,
        map=_map(opened, own, shared, rows.invasions) if opened else None,
        open_server=opened,
    )


def letter_of(number: int) -> str:
    """Return A for 0, B for 1, ... Z, AA, AB, ..."""
    rest, last = divmod(number, len(ascii_uppercase))
    return (letter_of(rest - 1) if rest else "") + ascii_uppercase[last]


def shared_bases(person: User, *, at: datetime) -> QuerySet[Base]:
    """Return the bases of others in force where a person may build."""
    known = access.bases_known_to(person, at=at).exclude(owner=person)
    return known.select_related("server", "owner", "clan").order_by("name", "pk")


def _read(person: User, now: datetime) -> _Reading:
    own = list(Base.objects.active_at(now).filter(owner=person).select_related("server", "clan"))
    permissions = permissions_in_force(at=now)
    given = permissions.filter(user=person).select_related("granted_by")
    stays = stays_in_force(at=now).filter(clan__in=[base.clan_id for base in own])
    invasions = (
        Infraction.objects.incidents()
        .filter(base__in=own, infraction_type=Infraction.Type.TERRITORY_INVASION)
        .filter(occurred_at__range=(now - LOOKS_BACK, now))
        .select_related("placement")
        .order_by("-occurred_at")[:500]
    )
    return _Reading(
        own,
        {one.base_id: one for one in given},
        list(shared_bases(person, at=now)),
        list(invasions),
        dict(stays.exclude(user=person).values_list("clan").annotate(Count("user", distinct=True))),
        dict(permissions.filter(base__in=own).order_by().values_list("base").annotate(Count("pk"))),
        last_acts(own, since=now - LOOKS_BACK),
    )


def _parts(rows: _Reading, slug: str) -> list[ServerPart]:
    servers = {base.server_id: base.server for base in [*rows.own, *rows.shared]}
    counts = {pk: sum(base.server_id == pk for base in [*rows.own, *rows.shared]) for pk in servers}
    ordered = sorted(servers.values(), key=lambda one: (-counts[one.pk], one.slug))
    opened = next((one for one in ordered if one.slug == slug), ordered[0] if ordered else None)
    return [ServerPart(one, counts[one.pk], one is opened) for one in ordered]


def _own(base: Base, letter: str, rows: _Reading, now: datetime, *, has_gamertag: bool) -> OwnBase:
    kind, state = _state(base, rows.invasions, now, has_gamertag=has_gamertag)
    return OwnBase(base, letter, kind, state, _builders(base, rows), rows.last_acts.get(base.pk))


def _state(
    base: Base, invasions: Sequence[Infraction], now: datetime, *, has_gamertag: bool
) -> tuple[Kind, Text]:
    if not base.server.is_active:
        return "observed", _("server switched off")
    if base.server.mode == GameServer.Mode.OBSERVE:
        return "observed", _("only observed")
    today = timezone.localtime(now).date()
    count = sum(
        one.base_id == base.pk and timezone.localtime(one.occurred_at).date() == today for one in invasions
    )
    if count:
        words = ngettext("%(count)d invasion today", "%(count)d invasions today", count)
        return "invasion", words % {"count": count}
    return ("allowed", _("in force")) if has_gamertag else ("review", _("your gamertag is missing"))


def _builders(base: Base, rows: _Reading) -> str:
    """Return in words who may build besides the owner."""
    permitted, members = rows.permission_counts.get(base.pk, 0), rows.clan_sizes.get(base.clan_id or 0, 0)
    parts = []
    if members:
        words = ngettext("%(count)d of the clan", "%(count)d of the clan", members)
        parts.append(words % {"count": members})
    if permitted:
        words = ngettext("%(count)d by permission", "%(count)d by permission", permitted)
        parts.append(words % {"count": permitted})
    return _("you, %(others)s") % {"others": ", ".join(parts)} if parts else _("only you")


# -- The map ------------------------------------------------------------------------------------------------------


def _map(
    server: GameServer,
    own: Sequence[OwnBase],
    shared: Sequence[SharedBase],
    invasions: Sequence[Infraction],
) -> GameMap:
    circles = [_circle(one.base, "b-clan", str(one.number)) for one in shared]
    circles += [_circle(one.base, "b-own", one.letter) for one in own]
    centre, width_m = _frame([*(one.base for one in own), *(one.base for one in shared)])
    points = list(_points({one.base.pk for one in own}, invasions))
    words = _("Map of my bases on %(server)s") % {"server": isolated(server)}
    return sheet_of(server, words, centre=centre, width_m=width_m, circles=circles, points=points)


def _points(bases: Collection[int], invasions: Sequence[Infraction]) -> Iterator[Point]:
    for one in invasions:
        act = one.placement
        if one.base_id in bases and act and act.x is not None and act.z is not None:
            yield Point(act.x, act.z, "invasion", one.gamertag[:60])


def _circle(base: Base, css: str, letter: str = "") -> Circle:
    return Circle(base.x, base.z, base.radius_m, css, base.name[:40], letter)


def _frame(bases: Sequence[Base]) -> tuple[tuple[float, float], float]:
    """Return the middle and the width of a sheet that holds all circles, on a screen that is higher than wide, too."""
    west = min(base.x - base.radius_m for base in bases)
    east = max(base.x + base.radius_m for base in bases)
    south = min(base.z - base.radius_m for base in bases)
    north = max(base.z + base.radius_m for base in bases)
    width_m = 1.2 * max(east - west, 1.2 * (north - south))
    return ((west + east) / 2, (south + north) / 2), max(_LEAST_WIDTH_M, width_m)
