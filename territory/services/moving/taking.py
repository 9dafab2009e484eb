"""One row of the old system becomes one object here: made, found, brought up to date or refused."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import Enum, auto
from hashlib import blake2b
from typing import Any

from django.db import DataError, IntegrityError, connection, models, transaction

from territory.legacy.database import Raw
from territory.legacy.rows import Reader
from territory.legacy.trouble import Reason, RefusedError, Trouble
from territory.models import GameServer, ImportedRow
from territory.services.moving.report import Report

_LOCK = 0x4D4F5645  # any number that nothing else uses
Values = dict[str, Any]  # by the model's column
Kept = Mapping[str, Any]  # the same as JSON keeps it
Order = Callable[[Iterator[tuple[Raw, Any]]], Iterable[tuple[Raw, Any]]]

_NO_ROW = Raw("", "", {})
# What is kept of a row beside its columns: which rows of ours ended because it changed.
_ENDED = "ended"


class Outcome(Enum):
    """What a row led to."""

    TAKEN = auto()
    UNCHANGED = auto()


@dataclass(slots=True)
class Moving:
    """A run: where to, when, and what it has met so far."""

    server: GameServer
    now: datetime
    report: Report
    # By table: the object that each number in the file stands for, the key of each object's row, every number.
    ids: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    objects: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    numbers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    # By table: the keys of all rows of the file; those of rows that are gone from it and that another one followed.
    seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    followed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    # By table, then by key: what was moved in before, and what the file's rows say.
    known: dict[str, dict[str, ImportedRow]] = field(default_factory=lambda: defaultdict(dict))
    told: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    raw: Raw = _NO_ROW  # in hand
    notes: list[Trouble] = field(default_factory=list)  # of the row in hand

    def note(self, reason: Reason, **values: object) -> None:
        """Say something about the row in hand, should it be taken over."""
        self.notes.append(Trouble(reason, values))


@dataclass(frozen=True, slots=True)
class Kind:
    """How rows of a table become objects of a model.

    `wanted` returns the columns a row asks for, without those it does not know, or raises RefusedError; its last argument
    is the object that is to be changed, if there is one. `here` finds an object that staff made for the same thing; what
    it lacks of `fills` is added. `refers` names the objects a row hangs on. `same` tells whether a row that has changed
    still speaks of its object; else it gets another, and the old one stays. `names` are the columns that say whose right
    it is: when they change, the old right ends and another begins. `end` is the column of its end; `order` puts the rows
    in the order in which they are taken. Of what staff changed here since, everything stays: the row's other columns are
    taken over, unless one of `firm` is concerned; columns that are `together` stay together; `learned` are no change by
    staff.
    """

    table: str
    model: type[models.Model]
    read: Reader
    wanted: Callable[[Moving, Any, int | None], Values]
    here: Callable[[Moving, Values], models.Model | None]
    refers: Callable[[Moving, Any], int | None] = lambda _moving, _told: None
    same: Callable[[Any, Any, Kept], bool] = lambda _told, _found, _kept: True
    learned: Callable[[Any], frozenset[str]] = lambda _found: frozenset()
    since: str = ""
    end: str = ""
    names: frozenset[str] = frozenset()
    firm: frozenset[str] = frozenset()
    together: frozenset[str] = frozenset()
    fills: tuple[str, ...] = ()
    order: Order = list
    fixed: Callable[[Moving], Values] = lambda _moving: {}


@dataclass(frozen=True, slots=True)
class Table:
    """A table in hand: what was moved in of it before, and which of those objects are still there."""

    moving: Moving
    kind: Kind
    known: dict[str, ImportedRow]
    living: frozenset[int]
    seen: set[str] = field(default_factory=set)

    def refuse(self, raw: Raw, refusal: RefusedError) -> None:
        """Report a refused row; what it became earlier, or the row it repeats, still stands for it."""
        self.moving.report.refuse(raw, refusal.trouble)
        row = self.known.get(raw.key)
        same_as = refusal.trouble.values.get("same_as")
        if isinstance(same_as, int):
            self.stand_for(raw, same_as)
        elif row is not None and row.object_id in self.living:
            self.stand_for(raw, row.object_id)

    def accept(self, raw: Raw, outcome: Outcome, object_id: int) -> None:
        """Report a row that was taken over or is unchanged."""
        is_new = raw.key not in self.known
        if outcome is Outcome.TAKEN or is_new:
            for trouble in self.moving.notes:
                self.moving.report.note(raw, trouble)
        self.moving.report.count(self.kind.table, outcome.name.lower())
        self.moving.objects[self.kind.table][object_id] = raw.key
        if outcome is Outcome.TAKEN or is_new or object_id in self.living:
            self.stand_for(raw, object_id)

    def stand_for(self, raw: Raw, object_id: int) -> None:
        """Let other tables find the object by the row's number; of a number that stands twice the first is meant."""
        if raw.number:
            self.moving.ids[self.kind.table].setdefault(raw.number, object_id)


def take_table(moving: Moving, kind: Kind, raws: Iterable[Raw]) -> None:
    """Take over a table, each row in its own savepoint; what is unchanged in the file is not looked at.

    A row that was refused is tried again as long as others give up what it may have waited for: a gamertag, a right, a
    place. Within one file nothing hangs on the order of its rows.
    """
    known = known_rows(moving.server, kind.table)
    table = Table(moving, kind, known, _living(kind, known.values()))
    moving.objects[kind.table] = {row.object_id: row.key for row in known.values()}
    moving.seen[kind.table], moving.known[kind.table] = table.seen, known
    waiting = list(kind.order(_read(table, raws)))
    moving.told[kind.table] = {raw.key: told for raw, told in waiting}
    while waiting:
        refused, is_freed = _take_all(table, waiting)
        if not is_freed:
            for raw, _told, refusal in refused:
                table.refuse(raw, refusal)
            break
        waiting = [(raw, told) for raw, told, _refusal in refused]
    for key in sorted(known.keys() - table.seen - moving.followed[kind.table]):
        moving.report.note(Raw(kind.table, key, known[key].kept), Trouble(Reason.GONE))


def _take_all(
    table: Table, rows: Iterable[tuple[Raw, Any]]
) -> tuple[list[tuple[Raw, Any, RefusedError]], bool]:
    """Take rows; return the refused ones, and whether a row that was known has changed, which may free something."""
    refused, is_freed = [], False
    for raw, told in rows:
        table.moving.raw, table.moving.notes = raw, list(told.notes)
        try:
            outcome, object_id = _take(table, raw, told)
        except RefusedError as refusal:
            refused.append((raw, told, refusal))
        else:
            is_freed |= outcome is Outcome.TAKEN and raw.key in table.known
            table.accept(raw, outcome, object_id)
    return refused, is_freed


def _read(table: Table, raws: Iterable[Raw]) -> Iterator[tuple[Raw, Any]]:
    """Yield the rows that say enough, and report the others."""
    moving, kind = table.moving, table.kind
    for raw in raws:
        moving.report.count(kind.table, "found")
        moving.numbers[kind.table].add(raw.number)
        table.seen.add(raw.key)
        try:
            told = kind.read(raw, moving.now)
        except RefusedError as refusal:
            table.refuse(raw, refusal)
        else:
            yield raw, told


def lock(server: GameServer) -> None:
    """Let one run at a time write, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, server.pk])


@contextmanager
def no_whole_tables() -> Iterator[None]:
    """Look rows up by their indexes: of tables that were empty a moment ago the planner thinks they still are."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan TO DEFAULT")


def known_rows(server: GameServer, table: str) -> dict[str, ImportedRow]:
    """Return what was moved in of a table before, by key."""
    return {row.key: row for row in ImportedRow.objects.filter(server=server, table=table)}


def _living(kind: Kind, known: Iterable[ImportedRow]) -> frozenset[int]:
    ids = [row.object_id for row in known]
    return frozenset(kind.model._default_manager.filter(pk__in=ids).values_list("pk", flat=True))


def _take(table: Table, raw: Raw, told: Any) -> tuple[Outcome, int]:
    moving, kind, row = table.moving, table.kind, table.known.get(raw.key)
    digest = digest_of(told, kind.refers(moving, told))
    if row is not None and row.digest == digest:
        return Outcome.UNCHANGED, row.object_id
    try:
        with transaction.atomic():
            if row is None:
                return _take_new(
                    moving, kind, told, ImportedRow(server=moving.server, table=kind.table), digest
                )
            return take_change(moving, kind, told, row, digest)
    except (IntegrityError, DataError) as error:
        raise RefusedError(Reason.NOT_STORED, error=_cause(kind.model, error)) from error


def _take_new(moving: Moving, kind: Kind, told: Any, row: ImportedRow, digest: str) -> tuple[Outcome, int]:
    """Find or make the object of a row; `row` may have had another one before."""
    wanted = kind.wanted(moving, told, None)
    found = kind.here(moving, wanted)
    if found is None:
        outcome, found = Outcome.TAKEN, _create(moving, kind, wanted)
    else:
        _leave_gone_row(moving, kind, found)
        outcome = _fill(moving, kind, found, wanted)
    # A beginning the file does not know is kept too: one that it tells later is then no change by staff.
    since = {kind.since: getattr(found, kind.since)} if kind.since else {}
    row.key, row.object_id, row.digest = moving.raw.key, found.pk, digest
    row.kept = {_ENDED: row.kept[_ENDED]} if row.kept and _ENDED in row.kept else {}
    row.kept |= plain(since | wanted)
    row.save()
    return outcome, found.pk


def _leave_gone_row(moving: Moving, kind: Kind, found: models.Model) -> None:
    """Let the row in hand have an object that another row stood for, if that one is no longer in the file."""
    other = moving.objects[kind.table].get(found.pk)
    if other is None or other == moving.raw.key:
        return
    if other in moving.seen[kind.table]:
        raise RefusedError(Reason.DUPLICATE, key=other, same_as=found.pk)
    ImportedRow.objects.filter(server=moving.server, table=kind.table, key=other).delete()
    moving.followed[kind.table].add(other)


def _create(moving: Moving, kind: Kind, wanted: Values) -> models.Model:
    since = {kind.since: moving.now} if kind.since else {}
    return kind.model._default_manager.create(**since | wanted | kind.fixed(moving))


def _fill(moving: Moving, kind: Kind, found: models.Model, wanted: Values) -> Outcome:
    """Leave what is here as it is, but for what is blank there."""
    lacking = {name: wanted[name] for name in kind.fills if not getattr(found, name) and wanted.get(name)}
    if not lacking:
        if found.pk not in moving.objects[kind.table]:
            moving.note(Reason.ALREADY_HERE)
        return Outcome.UNCHANGED
    _set(found, lacking)
    return Outcome.TAKEN


def take_change(moving: Moving, kind: Kind, told: Any, row: ImportedRow, digest: str) -> tuple[Outcome, int]:
    """Take over what a newer copy of the file says, but for what staff changed here since."""
    found = kind.model._default_manager.select_for_update().filter(pk=row.object_id).first()
    if found is None:
        raise RefusedError(Reason.DELETED_HERE)
    if kind.end and getattr(found, kind.end) is not None:
        if found.pk not in ended_by_moving(kind.table):
            raise RefusedError(Reason.ENDED_HERE)
        return _take_new(moving, kind, told, row, digest)  # another server's run of the same file was quicker
    if not kind.same(told, found, row.kept):
        moving.note(Reason.ANOTHER, former=found)
        return _take_new(moving, kind, told, row, digest)
    wanted = kind.wanted(moving, told, row.object_id)
    changed = {name: value for name, value in wanted.items() if plain(value) != row.kept.get(name)}
    mine = _changed_by_staff(kind, found, changed, row.kept)
    if mine & (kind.names | kind.firm):
        raise RefusedError(Reason.CHANGED_HERE, what=_labels(found, mine))
    if mine:
        moving.note(Reason.KEPT_HERE, what=_labels(found, mine))
    if kind.names & changed.keys():
        _set(found, {kind.end: max(moving.now, getattr(found, kind.since))})
        row.kept |= {_ENDED: [*row.kept.get(_ENDED, []), found.pk]}
        row.save(update_fields=["kept"])
        return Outcome.TAKEN, _take_new(moving, kind, told, row, digest)[1]
    left = mine | kind.learned(found)
    _set(found, {name: value for name, value in changed.items() if name not in left})
    row.kept, row.digest = row.kept | plain(wanted), digest
    row.save(update_fields=["kept", "digest"])
    return (Outcome.TAKEN if changed else Outcome.UNCHANGED), row.object_id


def ended_by_moving(table: str) -> set[int]:
    """Return the rows that moving in has ended, because a file named somebody or something else: staff did not."""
    rows = ImportedRow.objects.filter(table=table, kept__has_key=_ENDED)
    return {object_id for row in rows for object_id in row.kept[_ENDED]}


def _changed_by_staff(kind: Kind, found: models.Model, changed: Values, kept: Kept) -> frozenset[str]:
    """Return which of the changed columns hold something else here than the file said, and says now."""
    clashing = {
        name
        for name, value in changed.items()
        if plain(getattr(found, name)) not in (kept.get(name), plain(value))
    } - kind.learned(found)
    if clashing & kind.together:
        clashing |= kind.together & changed.keys()
    return frozenset(clashing)


def _labels(found: models.Model, columns: frozenset[str]) -> str:
    """Return what people call columns."""
    named = {one.attname: str(one.verbose_name) for one in found._meta.concrete_fields}
    return ", ".join(sorted(named[column] for column in columns))


def _set(found: models.Model, values: Values) -> None:
    if not values:
        return
    for name, value in values.items():
        setattr(found, name, value)
    found.save(update_fields=list(values))


def plain(value: Any) -> Any:
    """Return a value, or a mapping of them, as JSON keeps it."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def digest_of(told: Any, refers_to: int | None = None) -> str:
    """Return what tells whether a row says something else than before, or hangs on something else."""
    says = repr([refers_to, *(getattr(told, one.name) for one in fields(told) if one.name != "notes")])
    return blake2b(says.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _cause(model: type[models.Model], error: Exception) -> str:
    """Return what the constraint that was broken says to people, else its name; it tells no values."""
    name = str(
        getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or type(error).__name__
    )
    said = {one.name: one.violation_error_message for one in model._meta.constraints}.get(name)
    return str(said or name).removesuffix(".")
