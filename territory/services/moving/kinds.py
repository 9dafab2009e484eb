"""Memberships, bases and permissions: what a row asks for, and what speaks against it."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from clans.models import ClanMembership
from territory.legacy import database, rows
from territory.legacy.trouble import Reason, RefusedError
from territory.models import Base, BasePermission
from territory.models.base import MAX_RADIUS_M, MIN_RADIUS_M
from territory.rules.geometry import is_on_map
from territory.services.moving.clans import CLANS
from territory.services.moving.identities import IDENTITIES, person_of
from territory.services.moving.sameness import holders, is_other
from territory.services.moving.taking import Kind, Moving, Values, ended_by_moving


def _since(column: str, told: Any) -> Values:
    """Leave a beginning nobody knows out: what is stored then stays."""
    return {} if told.since is None else {column: told.since}


# -- Memberships -------------------------------------------------------------------------------------------------


def _wanted_stay(moving: Moving, told: rows.Member, _own_id: int | None) -> Values:
    clan_id = moving.ids[database.CLANS].get(told.clan)
    if clan_id is None:
        raise RefusedError(Reason.UNKNOWN_CLAN, number=told.clan)
    person = person_of(told.discord_id)
    return {"clan_id": clan_id, "user_id": person.pk, "role": told.role} | _since("joined_at", told)


def _stay_here(_moving: Moving, wanted: Values) -> ClanMembership | None:
    stays = ClanMembership.objects.filter(clan=wanted["clan_id"], user=wanted["user_id"])
    found = stays.filter(left_at=None).first()
    if found is None and "joined_at" in wanted:
        ended = stays.filter(joined_at=wanted["joined_at"])
        if ended.exclude(pk__in=ended_by_moving(database.MEMBERS)).exists():
            raise RefusedError(Reason.ENDED_HERE)
    return found


MEMBERS = Kind(
    table=database.MEMBERS,
    model=ClanMembership,
    read=rows.member_of,
    wanted=_wanted_stay,
    here=_stay_here,
    since="joined_at",
    end="left_at",
    refers=lambda moving, told: moving.ids[database.CLANS].get(told.clan),
    names=frozenset({"clan_id", "user_id"}),
)

# -- Bases -------------------------------------------------------------------------------------------------------

# The same expressions as the constraint that holds circles apart, so that it can say which one is in the way.
_IN_THE_WAY = """
    SELECT b.name, COALESCE(NULLIF(u.display_name, ''), u.username),
        b.radius_m + %(radius)s - sqrt((b.x - %(x)s) ^ 2 + (b.z - %(z)s) ^ 2) AS overlap
    FROM territory_base b JOIN clans_user u ON u.id = b.owner_id
    WHERE b.server_id = %(server)s AND b.owner_id <> %(owner)s AND b.id IS DISTINCT FROM %(own)s
        AND circle(point(b.x, b.z), b.radius_m) && circle(point(%(x)s, %(z)s), %(radius)s)
        AND tstzrange(b.registered_at, b.removed_at) && tstzrange(%(since)s, NULL)
    ORDER BY overlap DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class _InTheWay:
    base: str
    owner: str
    overlap_m: float


def _in_the_way(moving: Moving, wanted: Values, own_id: int | None) -> _InTheWay | None:
    """Return the base of another owner that the circle overlaps most."""
    values = {
        "server": moving.server.pk,
        "owner": wanted["owner_id"],
        "own": own_id,
        "x": wanted["x"],
        "z": wanted["z"],
        "radius": wanted["radius_m"],
        "since": wanted.get("registered_at", moving.now),
    }
    with connection.cursor() as cursor:
        cursor.execute(_IN_THE_WAY, values)
        found = cursor.fetchone()
    return None if found is None else _InTheWay(*found)


def _wanted_base(moving: Moving, told: rows.Base, own_id: int | None) -> Values:
    _refuse_impossible_circle(moving, told)
    clan_id = moving.ids[database.CLANS].get(told.clan) if told.clan else None
    if told.clan and clan_id is None:
        raise RefusedError(Reason.UNKNOWN_CLAN, number=told.clan)
    owner = person_of(told.owner)
    wanted = {
        "owner_id": owner.pk,
        "clan_id": clan_id,
        "name": told.name,
        "place": told.place,
        "x": told.x,
        "z": told.z,
        "radius_m": told.radius_m,
    } | _since("registered_at", told)
    other = _in_the_way(moving, wanted, own_id)
    if other is not None:
        raise RefusedError(Reason.OVERLAP, base=other.base, owner=other.owner, overlap=other.overlap_m)
    return wanted


def _refuse_impossible_circle(moving: Moving, told: rows.Base) -> None:
    size = moving.server.map_size_m
    if not MIN_RADIUS_M <= told.radius_m <= MAX_RADIUS_M:
        raise RefusedError(
            Reason.RADIUS_OUT_OF_BOUNDS, radius=told.radius_m, least=MIN_RADIUS_M, most=MAX_RADIUS_M
        )
    if not is_on_map(told.x, told.z, size):
        raise RefusedError(Reason.OFF_MAP, x=told.x, z=told.z, size=size)


def _base_here(moving: Moving, wanted: Values) -> Base | None:
    """Find the same circle of the same owner. Within the file each row is a base of its own: each has its permissions."""
    same = {name: wanted[name] for name in ("owner_id", "clan_id", "x", "z", "radius_m")}
    here = Base.objects.filter(server=moving.server, removed_at=None, **same)
    rows = moving.objects[database.BASES]
    return next((base for base in here if rows.get(base.pk) not in moving.seen[database.BASES]), None)


BASES = Kind(
    table=database.BASES,
    model=Base,
    read=rows.base_of,
    wanted=_wanted_base,
    here=_base_here,
    since="registered_at",
    end="removed_at",
    refers=lambda moving, told: moving.ids[database.CLANS].get(told.clan),
    same=lambda told, _found, kept: not is_other(database.BASES, told, kept, holders([kept])),
    together=frozenset({"x", "z"}),
    order=rows.in_order_of_time,
    fixed=lambda moving: {"server_id": moving.server.pk},
)

# -- Permissions -------------------------------------------------------------------------------------------------


def _wanted_permission(moving: Moving, told: rows.Permission, _own_id: int | None) -> Values:
    base_id = moving.ids[database.BASES].get(told.base)
    if base_id is None:
        is_in_file = told.base in moving.numbers[database.BASES]
        raise RefusedError(Reason.BASE_NOT_TAKEN if is_in_file else Reason.UNKNOWN_BASE, number=told.base)
    person = person_of(told.discord_id)
    return {"base_id": base_id, "user_id": person.pk, "level": told.level} | _since("granted_at", told)


def _permission_here(_moving: Moving, wanted: Values) -> BasePermission | None:
    granted = BasePermission.objects.filter(base=wanted["base_id"], user=wanted["user_id"])
    found = granted.filter(revoked_at=None).first()
    if found is None and "granted_at" in wanted:
        ended = granted.filter(granted_at=wanted["granted_at"])
        if ended.exclude(pk__in=ended_by_moving(database.PERMISSIONS)).exists():
            raise RefusedError(Reason.ENDED_HERE)
    return found


PERMISSIONS = Kind(
    table=database.PERMISSIONS,
    model=BasePermission,
    read=rows.permission_of,
    wanted=_wanted_permission,
    here=_permission_here,
    since="granted_at",
    end="revoked_at",
    refers=lambda moving, told: moving.ids[database.BASES].get(told.base),
    names=frozenset({"base_id", "user_id"}),
)
# Who people are comes before what they own, and a base before those who may build in it.
IN_ORDER = (CLANS, IDENTITIES, MEMBERS, BASES, PERMISSIONS)
