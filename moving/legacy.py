"""Moving in from the old territory system: the object of each table, and one run over the file."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from math import hypot
from typing import Any, cast

from django.db import connection, models, transaction
from django.db.models import Count, Exists, Min, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from clans.models import Clan, ClanMembership
from moving import legacy_rows as old
from moving.legacy_rows import BASES, CLANS, INFRACTIONS, Row
from moving.models import MovedRow
from moving.report import Reason, RowError
from moving.source import OldRow, OldSource, SourceError
from moving.taking import Plan, RowKind, Run, Table
from territory.models import Base, BasePermission, Case, Infraction, PlayerIdentity
from territory.models.base import MAX_RADIUS_M, MIN_RADIUS_M
from territory.models.identity import folded_gamertag
from territory.rules.geometry import is_on_map
from territory.rules.names import fold, is_placeholder

_LOCK = 0x4D4F5645  # any number that nothing else uses
_BATCH = 1_000
_LONGEST_NAME = 100
_ROUNDING_M = 1e-6  # PostgreSQL's own, when it compares circles

# -- Clans: each row is a clan of its own, whatever it is called, for its members may build in its bases only ---------


def _named(name: str, own_id: int) -> list[Clan]:
    """Return the clans of a name, without the game's own clans: their rosters come from Wargaming."""
    clans = Clan.objects.filter(origin="").exclude(pk=own_id).order_by("pk")
    return [clan for clan in clans if fold(clan.name) == fold(name)]


def _find_clan(table: Table, plan: Plan) -> Clan | None:
    """Find the clan of a name that no other row stands for, of this file or another; else the number is added to the name."""
    name, number = plan.columns["name"], f" #{plan.row.raw.key}"
    others = MovedRow.objects.filter(table=CLANS).exclude(key=plan.row.raw.key)
    others = others.exclude(pk__in=[row.pk for row in table.gone.values()])
    taken = {*table.claimed, *others.values_list("object_id", flat=True)}
    named = _named(name, plan.own_id)
    same = next((clan for clan in named if clan.pk not in taken and plan.target is None), None)
    if same is not None or not named:
        return same
    numbered = name[: _LONGEST_NAME - len(number)] + number
    if _named(numbered, plan.own_id):
        raise RowError(Reason.DUPLICATE, key=numbered)
    plan.columns["name"] = numbered
    plan.notes.append(RowError(Reason.NAME_TAKEN, taken=name, name=numbered))
    return None


def _give_up_names(objects: "models.QuerySet[Any]", column: str = "name") -> None:
    """Give objects unused names while rows swap theirs."""
    objects.update(**{column: Concat(Value("\x01"), Cast("pk", models.CharField()))})


CLAN = RowKind(CLANS, Clan, "name tag", _find_clan, make_room=_give_up_names)

# -- Identities: which gamertag is whose ------------------------------------------------------------------------------

_Identities = models.QuerySet[PlayerIdentity]


def _find_identity(table: Table, plan: Plan) -> PlayerIdentity | None:
    """Find the player by id, else the person's own identity of the gamertag: of two ids it is another account.

    Refuses what somebody else has; an XUID that another player has is left out.
    """
    gamertag, player_id = plan.columns["gamertag"], plan.columns["player_id"]
    if not player_id and is_placeholder(gamertag):
        raise RowError(Reason.GAMERTAG_OF_ANYBODY, gamertag=gamertag)
    identities = PlayerIdentity.objects.select_related("user").exclude(pk=plan.own_id).order_by("pk")
    # Compared as judging does.
    named = identities.filter(gamertag_key=folded_gamertag(Value(gamertag)))
    of_id = identities.filter(player_id=player_id or "")
    for same, reason in ((named, Reason.GAMERTAG_TAKEN), (of_id, Reason.PLAYER_ID_TAKEN)):
        for other in _of_others(table, plan, same):
            raise RowError(reason, gamertag=gamertag, person=other.user)
    own = named.filter(user=plan.columns["user_id"])
    bearer = identities.filter(xuid=plan.columns["xuid"] or "").first()
    if bearer is not None and bearer not in own:
        plan.notes.append(RowError(Reason.XUID_TAKEN))
        plan.columns["xuid"] = None
    if not player_id:
        return own.first()
    waiting = (one for one in own.filter(player_id=None) if one.pk not in table.claimed)
    return of_id.first() or next(waiting, None)


def _of_others(table: Table, plan: Plan, identities: _Identities) -> list[PlayerIdentity]:
    """Return the identities of other people.

    One whose row is gone from the file, that nobody has changed and that is known by no other player id, is unlinked.
    """
    others = identities.filter(user__isnull=False).exclude(user=plan.columns["user_id"])
    given_up = [one for one in others if table.is_untouched(table.gone.get(one.pk))]
    freed = [one.pk for one in given_up if one.player_id in {None, plan.columns["player_id"]}]
    PlayerIdentity.objects.filter(pk__in=freed).update(user=None)
    table.claimed |= dict.fromkeys(freed, plan.row.raw.key)  # so that the row that is gone is forgotten
    return [one for one in others if one.pk not in freed]


def _give_up_identities(identities: "models.QuerySet[Any]") -> None:
    identities.update(player_id=None, xuid=None)
    _give_up_names(identities, "gamertag")


_ACCOUNT = "user_id gamertag player_id xuid"
IDENTITY = RowKind(
    old.IDENTITIES, PlayerIdentity, _ACCOUNT, _find_identity, "user_id", make_room=_give_up_identities
)

# -- Memberships, bases and permissions -------------------------------------------------------------------------------


def _in_force(table: Table, plan: Plan, names: Iterable[str]) -> Any:
    """Return the objects in force that agree with a new row in these columns, the first first."""
    objects, same = table.kind.model._default_manager, {name: plan.columns[name] for name in names}
    return objects.filter(**same, **{table.kind.period[1]: None}).order_by("pk")


def _find_right(table: Table, plan: Plan) -> models.Model | None:
    same = _in_force(table, plan, table.kind.columns.split()[:2])
    return cast("models.Model | None", None if plan.target else same.first())


def _is_another_right(target: Any, columns: dict[str, Any]) -> bool:
    return any(
        getattr(target, name) != columns[name] for name in {"clan_id", "base_id", "user_id"} & columns.keys()
    )


def _find_base(table: Table, plan: Plan) -> Base | None:
    """Find the same circle of the same owner. Within the file each row is a base of its own: each has its permissions.

    Refuses a circle that cannot be, or that overlaps another owner's; bases that are yet to move are not in the way.
    """
    columns, server = plan.columns, table.run.server
    columns["server_id"] = server.pk
    x, z, radius, size = columns["x"], columns["z"], columns["radius_m"], server.map_size_m
    if not MIN_RADIUS_M <= radius <= MAX_RADIUS_M:
        raise RowError(Reason.RADIUS_OUT_OF_BOUNDS, radius=radius, least=MIN_RADIUS_M, most=MAX_RADIUS_M)
    if not is_on_map(x, z, size):
        raise RowError(Reason.OFF_MAP, x=x, z=z, size=size)
    since = plan.row.since or getattr(plan.target, "registered_at", table.run.now)
    reach = radius + MAX_RADIUS_M
    near = Base.objects.filter(
        server=server, x__range=(x - reach, x + reach), z__range=(z - reach, z + reach)
    )
    near = near.exclude(owner=columns["owner_id"]).exclude(removed_at__lte=since).select_related("owner")
    for other in near.exclude(pk__in=[*table.waiting, plan.own_id]).order_by("pk"):
        overlap = other.radius_m + radius - hypot(other.x - x, other.z - z)
        if overlap >= -_ROUNDING_M:
            raise RowError(Reason.OVERLAP, base=other.name, owner=other.owner, overlap=max(overlap, 0.0))
    same = _in_force(table, plan, ("server_id", "owner_id", "clan_id", "x", "z", "radius_m"))
    return None if plan.target else same.exclude(pk__in=table.claimed).first()


def _is_another_base(target: Base, columns: dict[str, Any]) -> bool:
    return target.owner_id != columns["owner_id"] and (target.x, target.z) != (columns["x"], columns["z"])


def _let_bases_move(_bases: "models.QuerySet[Any]") -> None:
    """Let bases overlap until all of them are written; `_find_base` has looked at each one by then."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS territory_base_no_overlap DEFERRED")


_STAY = "clan_id user_id role joined_at left_at"
_CIRCLE = "owner_id clan_id name place x z radius_m registered_at removed_at"
_RIGHT = "base_id user_id level granted_at revoked_at"
_OFFENCE = "gamertag infraction_type item base_name description evidence xuid occurred_at detected_at status"
_OF_CLAN, _OF_BASE = ("clan_id", CLANS), ("base_id", BASES)
MEMBER = RowKind(old.MEMBERS, ClanMembership, _STAY, _find_right, "user_id", _OF_CLAN, _is_another_right)
BASE = RowKind(BASES, Base, _CIRCLE, _find_base, "owner_id", _OF_CLAN, _is_another_base, _let_bases_move)
PERMISSION = RowKind(
    old.PERMISSIONS, BasePermission, _RIGHT, _find_right, "user_id", _OF_BASE, _is_another_right
)
# Who people are comes before what they own, and a base before those who may build in it.
_RIGHTS = (CLAN, IDENTITY, MEMBER, BASE, PERMISSION)

# -- The whole file ---------------------------------------------------------------------------------------------------


def move_in(run: Run, source: OldSource, *, is_newer_copy: bool = False) -> None:
    """Take over the file and report the outcome of each row.

    SourceError, and then nothing was taken over, for a file that is damaged where rights stand, or that is of another
    system than the one moved in to this server before; not so if somebody says that it `is_newer_copy`.
    """
    missing = run.report.missing_tables = [table for table in old.TABLES if not source.columns(table)]
    if len(missing) == len(old.TABLES):
        raise SourceError(_("it has none of the tables %(tables)s") % {"tables": ", ".join(old.TABLES)})
    rows = _read_rights(run, source)
    # Together: a base without its permissions, even for a moment, would turn friends into intruders.
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, run.server.pk])
            # Of tables that were empty a moment ago the planner thinks that they still are.
            cursor.execute("SET LOCAL enable_seqscan = off")
        if not is_newer_copy:
            _refuse_other_system(run, rows)
        for kind in _RIGHTS:
            Table(run, kind, rows[kind.table], run.moved(kind.table)).take()
            if kind.table in missing and kind is not CLAN:
                run.report.note(OldRow(kind.table, "", {}), RowError(Reason.TABLE_MISSING))
        _note_unlinked(run)
        if INFRACTIONS not in missing:
            _take_history(run, source)


def _read_rights(run: Run, source: OldSource) -> dict[str, list[Row]]:
    """Read all rows of rights, and the clans that only members and bases name: their rights do not hang on a name."""
    rows: dict[str, list[Row]] = {kind.table: [] for kind in _RIGHTS}
    for table in rows.keys() - set(run.report.missing_tables):
        rows[table] = list(old.read_table(source, table, run.now))
    listed = {row.raw.number for row in rows[CLANS]}
    named = {row.parent for row in (*rows[old.MEMBERS], *rows[BASES])}
    rows[CLANS] += [old.missing_clan(number, run.now) for number in sorted(named - listed - {"", "0"})]
    return rows


def _refuse_other_system(run: Run, rows: dict[str, list[Row]]) -> None:
    """Raise SourceError unless a row of the file is as before; if there were bases, one of the bases.

    Taken for a newer copy, another system's file would give bases, gamertags and memberships to other people.
    """
    for tables in ([BASES], [old.IDENTITIES, old.MEMBERS, old.PERMISSIONS]):
        known = {(row.table, row.key, mark) for row in run.moved(*tables) for mark in row.marks}
        readable = [row for table in tables for row in rows[table] if row.refusal is None]
        marks = {(row.raw.table, row.raw.key, mark) for row in readable for mark in row.marks}
        if known & marks:
            return
        if known and marks:
            words = _(
                "it seems to be of another system than the one moved in to this game server before, for nothing in it is as "
                "before; if it is a newer copy all the same, add --newer-copy"
            )
            raise SourceError(words)


def _note_unlinked(run: Run) -> None:
    """Report at every run the rights in force of people without a gamertag: in the game they count as intruders."""
    for kind in (MEMBER, BASE, PERMISSION):
        keys = dict(run.moved(kind.table).values_list("object_id", "key"))
        holder = kind.person.removesuffix("_id")
        linked = PlayerIdentity.objects.filter(user=OuterRef(holder))
        held = kind.model._default_manager.filter(~Exists(linked), pk__in=keys, **{kind.period[1]: None})
        for right in held.select_related(holder).order_by("pk"):
            remark = RowError(Reason.HOLDER_UNLINKED, person=getattr(right, holder))
            run.report.note(OldRow(kind.table, keys[right.pk], {}), remark)


def _open_case(columns: Mapping[str, Any], now: datetime) -> int:
    """Open the case of an old infraction, through which staff look at it and lift it; return its number."""
    made = Case.objects.create(
        **{name: columns[name] for name in ("server_id", "base_id", "base_name", "gamertag")},
        kind=columns["infraction_type"],
        state=Case.State.CONFIRMED,
        opened_at=now,
        last_act_at=columns["occurred_at"],
    )
    return made.pk


def _take_history(run: Run, source: OldSource) -> None:
    """Take over infractions as history, batch by batch; nobody is banned for them anew."""
    named = Base.objects.filter(pk__in=run.ids[BASES].values()).values_list("name")
    # An old infraction only names its base.
    bases = {name: pk for name, times, pk in named.annotate(Count("pk"), Min("pk")) if times == 1}

    def add(table: Table, plan: Plan) -> None:
        """Add to a new infraction what the file does not tell; none that exists is the same."""
        if plan.target is None:
            plan.columns["base_id"] = bases.get(plan.columns["base_name"])
            plan.columns |= {"server_id": table.run.server.pk, "status": "confirmed", "from_old_system": True}
            plan.columns["case_id"] = _open_case(plan.columns, table.run.now)
        else:
            named = {column: plan.columns[column] for column in ("gamertag", "base_name")}
            Case.objects.filter(infractions=plan.own_id).update(**named)

    kind = RowKind(INFRACTIONS, Infraction, _OFFENCE, add)
    rows = old.read_table(source, INFRACTIONS, run.now)
    while batch := list(islice(rows, _BATCH)):
        known = run.moved(INFRACTIONS).filter(key__in=[row.raw.key for row in batch])
        Table(run, kind, batch, known).take()
