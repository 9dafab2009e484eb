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
    it lacks of `fills` is added. `names` are the columns that say whose right it is: when they change, the old right ends
    and another begins. `end` is the column of its end; `order` puts the rows in the order in which they are taken.
    """

    table: str
    model: type[models.Model]
    read: Reader
    wanted: Callable[[Moving, Any, int | None], Values]
    here: Callable[[Moving, Values], models.Model | None]
    since: str = ""
    end: str = ""
    names: frozenset[str] = frozenset()
    fills: tuple[str, ...] = ()
    order: Order = iter
    fixed: Callable[[Moving], Values] = lambda _moving: {}


@dataclass(frozen=True, slots=True)
class Table:
    """A table in hand: what was moved in of it before, and which of those objects are still there."""

    moving: Moving
    kind: Kind
    known: Mapping[str, ImportedRow]
    living: frozenset[int]

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
        """Let other tables find the object by the row's number."""
        if raw.number:
            self.moving.ids[self.kind.table][raw.number] = object_id


def take_table(moving: Moving, kind: Kind, raws: Iterable[Raw]) -> None:
    """Take over a table, each row in its own savepoint; what is unchanged in the file is not looked at."""
    known = known_rows(moving.server, kind.table)
    table = Table(moving, kind, known, _living(kind, known.values()))
    moving.objects[kind.table] = {row.object_id: row.key for row in known.values()}
    seen: set[str] = set()
    for raw, told in kind.order(_read(table, raws, seen)):
        moving.raw, moving.notes = raw, list(told.notes)
        try:
            outcome, object_id = _take(moving, kind, raw, told, known.get(raw.key))
        except RefusedError as refusal:
            table.refuse(raw, refusal)
        else:
            table.accept(raw, outcome, object_id)
    for key in sorted(known.keys() - seen):
        moving.report.note(Raw(kind.table, key, {}), Trouble(Reason.GONE))


def _read(table: Table, raws: Iterable[Raw], seen: set[str]) -> Iterator[tuple[Raw, Any]]:
    """Yield the rows that say enough, and report the others."""
    moving, kind = table.moving, table.kind
    for raw in raws:
        moving.report.count(kind.table, "found")
        moving.numbers[kind.table].add(raw.number)
        seen.add(raw.key)
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


def _take(moving: Moving, kind: Kind, raw: Raw, told: Any, row: ImportedRow | None) -> tuple[Outcome, int]:
    digest = digest_of(told)
    if row is not None and row.digest == digest:
        return Outcome.UNCHANGED, row.object_id
    try:
        with transaction.atomic():
            if row is None:
                return _take_new(moving, kind, raw, told, digest)
            return take_change(moving, kind, told, row, digest)
    except (IntegrityError, DataError) as error:
        raise RefusedError(Reason.NOT_STORED, error=_cause(error)) from error


def _take_new(moving: Moving, kind: Kind, raw: Raw, told: Any, digest: str) -> tuple[Outcome, int]:
    wanted = kind.wanted(moving, told, None)
    found = kind.here(moving, wanted)
    if found is None:
        outcome, object_id = Outcome.TAKEN, _create(moving, kind, wanted)
    else:
        other = moving.objects[kind.table].get(found.pk)
        if other is not None:
            raise RefusedError(Reason.DUPLICATE, key=other, same_as=found.pk)
        outcome, object_id = _fill(moving, kind, found, wanted), found.pk
    ImportedRow.objects.create(
        server=moving.server,
        table=kind.table,
        key=raw.key,
        object_id=object_id,
        digest=digest,
        kept=plain(wanted),
    )
    return outcome, object_id


def _create(moving: Moving, kind: Kind, wanted: Values) -> int:
    since = {kind.since: moving.now} if kind.since else {}
    return int(kind.model._default_manager.create(**since | wanted | kind.fixed(moving)).pk)


def _fill(moving: Moving, kind: Kind, found: models.Model, wanted: Values) -> Outcome:
    """Leave what staff entered as it is, but for what is blank there."""
    lacking = {name: wanted[name] for name in kind.fills if not getattr(found, name) and wanted.get(name)}
    if not lacking:
        moving.note(Reason.ALREADY_HERE)
        return Outcome.UNCHANGED
    _set(found, lacking)
    return Outcome.TAKEN


def take_change(moving: Moving, kind: Kind, told: Any, row: ImportedRow, digest: str) -> tuple[Outcome, int]:
    """Take over what a newer copy of the file says, unless staff changed the same here since."""
    found = kind.model._default_manager.select_for_update().filter(pk=row.object_id).first()
    if found is None:
        raise RefusedError(Reason.DELETED_HERE)
    if kind.end and getattr(found, kind.end) is not None:
        raise RefusedError(Reason.ENDED_HERE)
    wanted = kind.wanted(moving, told, row.object_id)
    changed = {name: value for name, value in wanted.items() if plain(value) != row.kept.get(name)}
    _refuse_clashes(found, changed, row.kept)
    row.kept, row.digest = row.kept | plain(wanted), digest
    if kind.names & changed.keys():
        _set(found, {kind.end: max(moving.now, getattr(found, kind.since))})
        row.kept |= {_ENDED: [*row.kept.get(_ENDED, []), found.pk]}
        row.object_id = _create(moving, kind, wanted)
    elif changed:
        _set(found, changed)
    row.save(update_fields=["kept", "digest", "object_id"])
    return (Outcome.TAKEN if changed else Outcome.UNCHANGED), row.object_id


def ended_by_moving(moving: Moving, table: str) -> set[int]:
    """Return the rows that moving in has ended, because the file named somebody or something else: staff did not."""
    rows = ImportedRow.objects.filter(server=moving.server, table=table, kept__has_key=_ENDED)
    return {object_id for row in rows for object_id in row.kept[_ENDED]}


def _refuse_clashes(found: models.Model, changed: Values, kept: Mapping[str, Any]) -> None:
    clashes = []
    for name, value in changed.items():
        current = plain(getattr(found, name))
        if current not in (kept.get(name), plain(value)):
            clashes.append(_label(found, name))
    if clashes:
        raise RefusedError(Reason.CHANGED_HERE, what=", ".join(clashes))


def _label(found: models.Model, column: str) -> str:
    """Return what people call a column."""
    named = {one.attname: str(one.verbose_name) for one in found._meta.concrete_fields}
    return named[column]


def _set(found: models.Model, values: Values) -> None:
    for name, value in values.items():
        setattr(found, name, value)
    found.save(update_fields=list(values))


def plain(value: Any) -> Any:
    """Return a value, or a mapping of them, as JSON keeps it."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def digest_of(told: Any) -> str:
    """Return what tells whether a row says something else than before."""
    says = repr([getattr(told, one.name) for one in fields(told) if one.name != "notes"])
    return blake2b(says.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _cause(error: Exception) -> str:
    """Return the constraint that was broken, which says more than PostgreSQL's sentence and tells no values."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", None) or type(error).__name__)
