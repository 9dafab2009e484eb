"""Moving in from the old territory system: what its tables become, in one pass that may be repeated with a newer copy."""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Exists, Func, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from clans.models import Clan, ClanMembership
from moving.legacy_rows import (
    BASES,
    CLANS,
    COLUMNS,
    IDENTITIES,
    INFRACTIONS,
    MEMBERS,
    PERMISSIONS,
    missing_clan,
    read_base,
    read_clan,
    read_identity,
    read_infraction,
    read_member,
    read_permission,
    read_rows,
)
from moving.models import MovedRow
from moving.reasons import Reason, RefusedError, Trouble
from moving.report import Report
from moving.source import Raw, Source, SourceError
from moving.taking import Columns, Kind, Plan, Run, Table
from moving.values import folded
from territory.models import Base, BasePermission, GameServer, Infraction, PlayerIdentity
from territory.models.base import MAX_RADIUS_M, MIN_RADIUS_M
from territory.rules.geometry import is_on_map
from territory.rules.names import is_placeholder

_LOCK = 0x4D4F5645  # any number that nothing else uses
_BATCH = 1_000
_LONGEST_NAME = 100


# -- Clans: each row is a clan of its own, whatever it is called, for its members may build in its bases only ---------


def _named(name: str, own_id: int | None) -> list[Clan]:
    """Return the clans of a name. The game's clans are others: their rosters come from elsewhere."""
    clans = Clan.objects.filter(wargaming_id__isnull=True).exclude(pk=own_id or 0).order_by("pk")
    return [clan for clan in clans if folded(clan.name) == folded(name)]


def _may_mean(table: Table, plan: Plan, clan: Clan) -> bool:
    """Tell whether a row may mean this clan of its name: not if another row stands for it, here or in another file.

    A row without a number is meant by nobody, and adds nothing to the clan of its name.
    """
    if not plan.raw.number:
        return True
    if clan.pk in table.claimed:
        return False
    elsewhere = MovedRow.objects.filter(table=CLANS, object_id=clan.pk).exclude(source=table.run.source)
    return not elsewhere.exclude(key=plan.raw.key).exists()


def _same_clan(table: Table, plan: Plan) -> Clan | None:
    named = _named(plan.columns["name"], None)
    return next((clan for clan in named if _may_mean(table, plan, clan)), None)


def _choose_name(table: Table, plan: Plan) -> None:
    """Add the number to a name that another clan has."""
    name, number = plan.columns["name"], f" #{plan.raw.key}"
    named = _named(name, plan.own_id)
    if not named or (plan.found is None and any(_may_mean(table, plan, clan) for clan in named)):
        return
    numbered = name[: _LONGEST_NAME - len(number)] + number
    if _named(numbered, plan.own_id):
        raise RefusedError(Reason.DUPLICATE, key=numbered)
    plan.columns["name"] = numbered
    plan.notes.append(Trouble(Reason.NAME_TAKEN, {"taken": name, "name": numbered}))


def _give_up_names(objects: "models.QuerySet[Any]", column: str = "name") -> None:
    """Give objects names that nothing has, for as long as rows change places."""
    objects.update(**{column: Concat(Value("\x01"), Cast("pk", models.CharField()))})


CLAN = Kind(
    table=CLANS,
    model=Clan,
    read=read_clan,
    columns=("name", "tag"),
    same=_same_clan,
    make_room=_give_up_names,
    check=_choose_name,
)

# -- Identities: which gamertag is whose ------------------------------------------------------------------------------


def _linked(gamertag: str) -> "models.QuerySet[PlayerIdentity]":
    """Return the linked identities of a gamertag, compared as judging does."""
    linked = PlayerIdentity.objects.filter(user__isnull=False).select_related("user").order_by("pk")
    return linked.filter(gamertag_key=Func(Value(gamertag), function="territory_gamertag_key"))


def _same_identity(table: Table, plan: Plan) -> PlayerIdentity | None:
    """Find the player by id, else the person's own identity of that gamertag: of two ids it is another account."""
    columns = plan.columns
    own = _linked(columns["gamertag"]).filter(user_id=columns["user_id"])
    if not columns["player_id"]:
        return own.first()
    by_id = PlayerIdentity.objects.filter(player_id=columns["player_id"]).first()
    waiting = (one for one in own.filter(player_id=None) if one.pk not in table.claimed)
    return by_id or next(waiting, None)


def _check_identity(table: Table, plan: Plan) -> None:
    """Refuse what somebody else has; leave out an XUID that another player has."""
    columns, gamertag = plan.columns, plan.columns["gamertag"]
    if not columns["player_id"] and is_placeholder(gamertag):
        raise RefusedError(Reason.GAMERTAG_OF_ANYBODY, gamertag=gamertag)
    for other in _others(plan, _linked(gamertag)):
        if not _release(table, other):
            raise RefusedError(Reason.GAMERTAG_TAKEN, gamertag=gamertag, person=other.user)
    for other in _others(plan, PlayerIdentity.objects.filter(player_id=columns["player_id"] or "")):
        if not _release(table, other):
            raise RefusedError(Reason.PLAYER_ID_TAKEN, person=other.user)
    bearer = PlayerIdentity.objects.filter(xuid=columns["xuid"] or "").exclude(pk=plan.own_id or 0).first()
    if bearer is not None and (bearer.user_id, folded(bearer.gamertag)) != (
        columns["user_id"],
        folded(gamertag),
    ):
        plan.notes.append(Trouble(Reason.XUID_TAKEN))
        columns["xuid"] = None


def _others(plan: Plan, identities: "models.QuerySet[PlayerIdentity]") -> "models.QuerySet[PlayerIdentity]":
    """Return those of the identities that are another person's."""
    linked = identities.filter(user__isnull=False).select_related("user")
    return linked.exclude(pk=plan.own_id or 0).exclude(user_id=plan.columns["user_id"])


def _release(table: Table, identity: PlayerIdentity) -> bool:
    """Unlink an identity whose row is gone from the file, unless it was changed here or the game has taught it since."""
    if not table.is_given_up(identity):
        return False
    del table.gone[identity.pk]
    identity.user = None
    identity.save(update_fields=["user"])
    return True


def _give_up_identities(identities: "models.QuerySet[Any]") -> None:
    identities.update(player_id=None, xuid=None)
    _give_up_names(identities, "gamertag")


IDENTITY = Kind(
    table=IDENTITIES,
    model=PlayerIdentity,
    read=read_identity,
    columns=("user_id", "gamertag", "player_id", "xuid"),
    same=_same_identity,
    person="user_id",
    fills=("user_id", "player_id", "xuid"),
    make_room=_give_up_identities,
    check=_check_identity,
)

# -- Memberships, bases and permissions -------------------------------------------------------------------------------


def _in_force(table: Table, plan: Plan, names: Sequence[str]) -> "models.QuerySet[Any]":
    """Return the objects in force of the same names; refuse what was ended here and would begin again."""
    kind = table.kind
    same = kind.model._default_manager.filter(
        **{name: plan.columns[name] for name in names}, **kind.fixed(table.run)
    )
    ended = same.filter(**{f"{kind.end}__isnull": False, kind.since: plan.told.since}).exclude(
        pk__in=table.ended
    )
    in_force = same.filter(**{kind.end: None}).order_by("pk")
    if plan.told.since and ended.exists() and not in_force.exists():
        raise RefusedError(Reason.ENDED_HERE)
    return in_force


def _same_right(table: Table, plan: Plan) -> models.Model | None:
    found: models.Model | None = _in_force(table, plan, table.kind.names[0]).first()
    return found


def _same_base(table: Table, plan: Plan) -> Base | None:
    """Find the same circle of the same owner. Within the file each row is a base of its own: each has its permissions."""
    same = _in_force(table, plan, ("owner_id", "clan_id", "x", "z", "radius_m"))
    return next((base for base in same if base.pk not in table.claimed), None)


# The same expressions as the constraint that holds circles apart, so that it can say which one is in the way.
_IN_THE_WAY = """
    SELECT b.name, COALESCE(NULLIF(u.display_name, ''), u.username),
        b.radius_m + %(radius)s - sqrt((b.x - %(x)s) ^ 2 + (b.z - %(z)s) ^ 2) AS overlap
    FROM territory_base b JOIN clans_user u ON u.id = b.owner_id
    WHERE b.server_id = %(server)s AND b.owner_id <> %(owner)s AND b.id <> ALL(%(moving)s)
        AND circle(point(b.x, b.z), b.radius_m) && circle(point(%(x)s, %(z)s), %(radius)s)
        AND tstzrange(b.registered_at, b.removed_at) && tstzrange(%(since)s, NULL)
    ORDER BY overlap DESC LIMIT 1
"""


def _check_circle(table: Table, plan: Plan) -> None:
    """Refuse a circle that cannot be, or that overlaps another owner's; bases that are yet to move are not in the way."""
    columns, run = plan.columns, table.run
    x, z, radius, size = columns["x"], columns["z"], columns["radius_m"], run.server.map_size_m
    if not MIN_RADIUS_M <= radius <= MAX_RADIUS_M:
        raise RefusedError(Reason.RADIUS_OUT_OF_BOUNDS, radius=radius, least=MIN_RADIUS_M, most=MAX_RADIUS_M)
    if not is_on_map(x, z, size):
        raise RefusedError(Reason.OFF_MAP, x=x, z=z, size=size)
    values = {
        "server": run.server.pk,
        "owner": columns["owner_id"],
        "moving": [*table.waiting, plan.own_id or 0],
        "x": x,
        "z": z,
        "radius": radius,
        "since": plan.told.since or getattr(plan.found, "registered_at", run.now),
    }
    with connection.cursor() as cursor:
        cursor.execute(_IN_THE_WAY, values)
        found = cursor.fetchone()
    if found is not None:
        raise RefusedError(Reason.OVERLAP, base=found[0], owner=found[1], overlap=found[2])


def _missing_base(run: Run, number: str) -> RefusedError:
    is_in_file = number in run.numbers[BASES]
    return RefusedError(Reason.BASE_NOT_TAKEN if is_in_file else Reason.UNKNOWN_BASE, number=number)


def _let_bases_move(_bases: "models.QuerySet[Any]") -> None:
    """Let bases overlap until all of them are written; `_check_circle` has looked at each one by then."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS territory_base_no_overlap DEFERRED")


MEMBER = Kind(
    table=MEMBERS,
    model=ClanMembership,
    read=read_member,
    columns=("clan_id", "user_id", "role", "joined_at", "left_at"),
    same=_same_right,
    person="user_id",
    parent="clan_id",
    parent_table=CLANS,
    since="joined_at",
    end="left_at",
    names=(("clan_id", "user_id"),),
)
BASE = Kind(
    table=BASES,
    model=Base,
    read=read_base,
    columns=("owner_id", "clan_id", "name", "place", "x", "z", "radius_m", "registered_at", "removed_at"),
    same=_same_base,
    person="owner_id",
    parent="clan_id",
    parent_table=CLANS,
    is_parent_needed=False,
    since="registered_at",
    end="removed_at",
    names=(("owner_id",), ("x", "z")),
    fixed=lambda run: {"server_id": run.server.pk},
    make_room=_let_bases_move,
    check=_check_circle,
)
PERMISSION = Kind(
    table=PERMISSIONS,
    model=BasePermission,
    read=read_permission,
    columns=("base_id", "user_id", "level", "granted_at", "revoked_at"),
    same=_same_right,
    person="user_id",
    parent="base_id",
    parent_table=BASES,
    missing_parent=_missing_base,
    since="granted_at",
    end="revoked_at",
    names=(("base_id", "user_id"),),
)
INFRACTION = Kind(
    table=INFRACTIONS,
    model=Infraction,
    read=read_infraction,
    columns=(
        *("gamertag", "infraction_type", "item", "base_name", "description", "evidence", "xuid"),
        *("occurred_at", "detected_at", "status"),
    ),
    same=lambda _table, _plan: None,
)
# Who people are comes before what they own, and a base before those who may build in it.
_RIGHTS = (CLAN, IDENTITY, MEMBER, BASE, PERMISSION)

# -- The whole file ---------------------------------------------------------------------------------------------------

_Rows = dict[str, list[Raw]]


def move_in(
    server: GameServer,
    source: Source,
    report: Report,
    *,
    now: datetime,
    dry_run: bool = False,
    is_newer_copy: bool = False,
) -> None:
    """Take over what the file holds and report what became of each row; in a dry run nothing stays.

    SourceError, and then nothing was taken over, for a file that is damaged where rights stand, or that is of another
    system than the one moved in to this server before; not so if somebody says that it `is_newer_copy`.
    """
    run = Run(server, now, report)
    report.missing_tables = [table for table in COLUMNS if not source.columns(table)]
    rows = _read_rights(run, source)
    # Together: a base without its permissions, even for a moment, would turn friends into intruders.
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, server.pk])
            # Of tables that were empty a moment ago the planner thinks that they still are.
            cursor.execute("SET LOCAL enable_seqscan = off")
        if not is_newer_copy:
            _refuse_other_system(run, rows)
        for kind in _RIGHTS:
            Table(run, kind, rows[kind.table]).take()
            if kind.table in report.missing_tables and kind is not CLAN:
                report.note(Raw(kind.table, "", {}), Trouble(Reason.TABLE_MISSING))
        _note_unlinked(run)
        if INFRACTIONS not in report.missing_tables:
            _take_history(run, source)
        transaction.set_rollback(dry_run)


def _read_rights(run: Run, source: Source) -> _Rows:
    """Read all rows of rights, and the clans that only members and bases name: their rights do not hang on a name."""
    present = [kind.table for kind in _RIGHTS if kind.table not in run.report.missing_tables]
    if len(run.report.missing_tables) == len(COLUMNS):
        raise SourceError(
            _("it has none of the old system's tables: %(tables)s") % {"tables": ", ".join(COLUMNS)}
        )
    for table in present:
        source.check(table)
    rows: _Rows = {kind.table: [] for kind in _RIGHTS}
    rows |= {table: list(read_rows(source, table)) for table in present}
    listed = {raw.number for raw in rows[CLANS]}
    named: set[str] = set()
    for kind in (MEMBER, BASE):
        for raw in rows[kind.table]:
            with suppress(RefusedError):
                named.add(kind.read(raw, run.now).parent)
    rows[CLANS] += [missing_clan(number) for number in sorted(named - listed - {"", "0"})]
    return rows


def _refuse_other_system(run: Run, rows: _Rows) -> None:
    """Raise SourceError unless something in the file is as old as before; where there were bases, one of the bases.

    Taken for a newer copy, another system's file would give bases, gamertags and memberships to other people.
    """
    for kinds in ((BASE,), (IDENTITY, MEMBER, PERMISSION)):
        tables = [kind.table for kind in kinds]
        moved = MovedRow.objects.filter(source=run.source, table__in=tables)
        known = {(row.table, row.key, mark) for row in moved for mark in row.marks}
        marks = {mark for kind in kinds for mark in _marks(run, kind, rows[kind.table])}
        if known & marks:
            return
        if known and marks:
            raise SourceError(
                _(
                    "it seems to be the file of another system than the one moved in to this game server before: nothing in it "
                    "is as old as before. If it is a newer copy all the same, add --newer-copy"
                )
            )


def _marks(run: Run, kind: Kind, raws: Iterable[Raw]) -> Iterable[tuple[str, str, str]]:
    for raw in raws:
        with suppress(RefusedError):
            for mark in kind.read(raw, run.now).marks:
                yield kind.table, raw.key, mark


def _note_unlinked(run: Run) -> None:
    """Tell at every run which rights in force are of people without a gamertag: nobody would recognise them in the game."""
    for kind, holder, reason in (
        (MEMBER, "user", Reason.HOLDER_UNLINKED),
        (BASE, "owner", Reason.OWNER_UNLINKED),
        (PERMISSION, "user", Reason.HOLDER_UNLINKED),
    ):
        moved = MovedRow.objects.filter(source=run.source, table=kind.table)
        keys = dict(moved.values_list("object_id", "key"))
        linked = PlayerIdentity.objects.filter(user=OuterRef(holder))
        held = kind.model._default_manager.filter(~Exists(linked), pk__in=keys, **{kind.end: None})
        for right in held.select_related(holder).order_by("pk"):
            person = getattr(right, holder)
            run.report.note(Raw(kind.table, keys[right.pk], {}), Trouble(reason, {"person": person}))


def _take_history(run: Run, source: Source) -> None:
    """Take over infractions as history, a thousand in a statement; nobody is banned for them anew."""
    rows, bases = read_rows(source, INFRACTIONS), _bases_by_name(run)
    try:
        while batch := list(islice(rows, _BATCH)):
            _take_infractions(run, batch, bases)
    except SourceError as error:
        run.report.note(Raw(INFRACTIONS, "", {}), Trouble(Reason.UNREADABLE, {"error": error}))


def _bases_by_name(run: Run) -> dict[str, int]:
    """Return the bases that were moved in and whose name no other one has: all the old system says is a name."""
    named = list(Base.objects.filter(pk__in=run.ids[BASES].values()).values_list("name", "pk"))
    times = Counter(name for name, _pk in named)
    return {name: pk for name, pk in named if times[name] == 1}


def _take_infractions(run: Run, batch: Sequence[Raw], bases: dict[str, int]) -> None:
    table = Table(run, INFRACTION, batch)
    moved = MovedRow.objects.filter(source=run.source, table=INFRACTIONS, key__in=table.keys)
    table.remember(moved)
    plans = table.plan()
    new = [plan for plan in plans if plan.row is None]
    fixed: Columns = {
        "server_id": run.server.pk,
        "status": Infraction.Status.CONFIRMED.value,
        "from_old_system": True,
    }
    infractions = Infraction.objects.bulk_create(
        Infraction(**plan.told.values, base_id=bases.get(plan.told.values["base_name"]), **fixed)
        for plan in new
    )
    for plan, infraction in zip(new, infractions, strict=True):
        plan.object_id, plan.wrote = infraction.pk, INFRACTION.state(infraction)
        run.report.settle(plan.raw, is_taken=True)
    table.settle_rows(new)
    table.write([plan for plan in plans if plan.row is not None])
