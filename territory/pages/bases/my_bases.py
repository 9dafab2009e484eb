"""What a member sees of the own territory: the own bases, and those of others where the member may build."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from string import ascii_uppercase
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clans.models import AccountLink, User
from clans.services.account_links import claimed_keys
from common.periods import in_force
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
class MyBases:
    """A person's bases at one moment; `own`, `shared` and `map` are those of the game server that is open.

    `servers` are those on which the person has something, each with the number of bases there.
    """

    total: int
    observed: int
    needs_gamertag: bool
    gamertag_waits: bool
    servers: Sequence[tuple[GameServer, int]]
    own: Sequence[OwnBase]
    shared: Sequence[SharedBase]
    invasions: Sequence[Infraction]
    map: GameMap | None
    open_server: GameServer | None


def my_bases(person: User, *, server: str, now: datetime) -> MyBases:
    """Return what a person has on the game server with this slug, or else where most is. A fixed number of queries."""
    mine, lent = _own_bases(person, now), list(shared_bases(person, at=now))
    invasions = _invasions(mine, now)
    counts = Counter(base.server for base in [*mine, *lent])
    servers = sorted(counts.items(), key=lambda one: (-one[1], one[0].slug))
    opened = next((one for one, _count in servers if one.slug == server), servers[0][0] if servers else None)
    has_gamertag = PlayerIdentity.objects.filter(user=person).exists()
    last = last_acts(mine, since=now - LOOKS_BACK)
    own = [
        OwnBase(
            base,
            letter_of(number),
            *_state(base, invasions, now, has_gamertag=has_gamertag),
            _builders(base),
            last.get(base.pk),
        )
        for number, base in enumerate(one for one in mine if one.server == opened)
    ]
    permissions = {one.base_id: one for one in _permissions(person, now)}
    shared = [
        SharedBase(base, number, permissions.get(base.pk))
        for number, base in enumerate((one for one in lent if one.server == opened), start=1)
    ]
    needs_gamertag = bool(servers) and not has_gamertag
    return MyBases(
        total=len(mine),
        observed=sum(base.server.mode == GameServer.Mode.OBSERVE for base in mine),
        needs_gamertag=needs_gamertag,
        gamertag_waits=needs_gamertag and bool(claimed_keys(person.pk, AccountLink.Kind.GAMERTAG)),
        servers=servers,
        own=own,
        shared=shared,
        invasions=invasions,
        map=_map(opened, own, shared, invasions) if opened else None,
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


def _own_bases(person: User, now: datetime) -> list[Any]:
    """Return a person's bases in force, each with the numbers of those `permitted` and of other `members` of its clan."""
    permitted = in_force("permissions__granted_at", "permissions__revoked_at", at=now)
    members = in_force("clan__memberships__joined_at", "clan__memberships__left_at", at=now)
    others = members & ~Q(clan__memberships__user=person)
    bases = Base.objects.active_at(now).filter(owner=person).select_related("server", "clan")
    counted = bases.annotate(
        permitted=Count("permissions", filter=permitted, distinct=True),
        members=Count("clan__memberships__user", filter=others, distinct=True),
    )
    return list(counted)


def _permissions(person: User, now: datetime) -> QuerySet[BasePermission]:
    return permissions_in_force(at=now).filter(user=person).select_related("granted_by")


def _invasions(bases: Sequence[Base], now: datetime) -> list[Infraction]:
    invasions = Infraction.objects.incidents().filter(
        base__in=bases,
        infraction_type=Infraction.Type.TERRITORY_INVASION,
        occurred_at__range=(now - LOOKS_BACK, now),
    )
    return list(invasions.select_related("placement").order_by("-occurred_at")[:500])


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


def _builders(base: Any) -> str:
    """Return in words who may build besides the owner."""
    parts = []
    if base.members:
        words = ngettext("%(count)d of the clan", "%(count)d of the clan", base.members)
        parts.append(words % {"count": base.members})
    if base.permitted:
        words = ngettext("%(count)d by permission", "%(count)d by permission", base.permitted)
        parts.append(words % {"count": base.permitted})
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
