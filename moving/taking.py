"""One row of the old territory system becomes one object of this site.

A new row makes an object, or stands for an object that exists already; an unchanged row does nothing; a changed row overwrites
its object, unless staff or the game changed the object since: then the row is reported and nothing happens. Rows may
swap unique values, whatever their order: every object that is to be overwritten gives up its unique values first, and a
row that is refused then keeps the values that it had.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DataError, IntegrityError, models, transaction

from clans.models import User
from moving.legacy_rows import BASES, CLANS, Row
from moving.models import MovedRow
from moving.report import Reason, Report, RowError
from moving.source import OldRow
from moving.values import digest
from territory.models import GameServer


@dataclass(slots=True)
class Run:
    """One run: the game server, the moment, the report, and by table the object of each row number."""

    server: GameServer
    now: datetime
    report: Report
    ids: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def source(self) -> str:
        """The old system of the game server."""
        return f"server {self.server.pk}"

    def moved(self, *tables: str) -> "models.QuerySet[MovedRow]":
        """Return the stored rows of tables."""
        return MovedRow.objects.filter(source=self.source, table__in=tables)


@dataclass(slots=True)
class Plan:
    """A row that is new or has changed; `known` is its stored MovedRow, `moved` the new one, `target` its untouched object."""

    row: Row
    known: MovedRow | None
    moved: MovedRow
    columns: dict[str, Any]
    notes: list[RowError]
    target: models.Model | None = None
    has_ended: bool = False  # moving in ended the object, for the row means something else now
    is_taken: bool = True

    @property
    def own_id(self) -> int:
        """The key of the object that is to be overwritten, or zero."""
        return 0 if self.target is None else self.target.pk


@dataclass(frozen=True)
class RowKind:
    """How rows of a table become objects of a model.

    `columns` are all that moving in writes, `person` and `parent` the ones of a row's person and of what it hangs on; of what
    holds for a time the last two are its beginning and its end. `find` raises RowError for what somebody else has; else
    it returns an object that is already what a row says, whoever made it. `is_another` tells whether a changed row means
    something else than its object, which ends then. `make_room` lets objects give up what only one can have.
    """

    table: str
    model: type[models.Model]
    columns: str
    find: Callable[["Table", Plan], models.Model | None]
    person: str = ""
    parent: tuple[str, str] = ("", "")  # the column, and the table
    is_another: Callable[[Any, dict[str, Any]], bool] | None = None
    make_room: Callable[["models.QuerySet[Any]"], object] = lambda _objects: None

    @property
    def period(self) -> tuple[str, str]:
        """The columns of a beginning and an end."""
        since, end = self.columns.split()[-2:]
        return (since, end) if self.is_another else ("", "")

    def state(self, target: models.Model) -> str:
        """Return the digest of what moving in wrote, as it is now."""
        return digest(*(getattr(target, column) for column in self.columns.split()))


class Table:
    """A table of the file: its rows, and the stored MovedRows of earlier runs.

    Anew for each attempt to write: the remembered objects that are there, the row that each object stands for, and what is
    still to be overwritten.
    """

    def __init__(self, run: Run, kind: RowKind, rows: Sequence[Row], known: Iterable[MovedRow]) -> None:
        self.run, self.kind, self.rows = run, kind, rows
        self.known = {row.key: row for row in known}
        self.keys = {row.raw.key for row in rows}
        self.gone = {row.object_id: row for row in self.known.values() if row.key not in self.keys}
        self._begin()

    def _begin(self) -> None:
        ids = [row.object_id for row in self.known.values()]
        objects = self.kind.model._default_manager.select_for_update(no_key=True).filter(pk__in=ids)
        self.objects: dict[int, models.Model] = {target.pk: target for target in objects.order_by("pk")}
        in_file = [row for row in self.known.values() if row.key in self.keys]
        self.claimed = {row.object_id: row.key for row in in_file if row.object_id in self.objects}
        self.waiting: set[int] = set()

    def take(self) -> None:
        """Take over all rows, again without the refused ones until no other is refused: the values that they keep may be in the way."""
        rows = self._changed()
        refused: dict[str, RowError] = {}
        while True:
            with transaction.atomic():
                plans, failed = self._attempt([row for row in rows if row.raw.key not in refused])
                transaction.set_rollback(bool(failed))
            if not failed:
                break
            refused |= failed
        for plan in plans:
            self.run.report.settle(plan.row.raw, plan.notes, is_taken=plan.is_taken)
            self._stand_for(plan.row.raw, plan.moved.object_id)
        for row in rows:
            if row.raw.key in refused:
                self._refuse(row.raw, refused[row.raw.key])
        for moved in self.gone.values():
            if moved.object_id not in self.claimed:
                self.run.report.note(OldRow(self.kind.table, moved.key, {}), RowError(Reason.GONE))

    def _changed(self) -> list[Row]:
        """Return the rows that are new or have changed; settle unchanged rows, refuse unreadable ones."""
        changed = []
        for row in self.rows:
            known = self.known.get(row.raw.key)
            if row.refusal is not None:
                self._refuse(row.raw, row.refusal)
            elif known is not None and (row.is_missing or known.said == self._said(row)):
                self.run.report.settle(row.raw, is_taken=False)
                self._stand_for(row.raw, known.object_id)
            else:
                changed.append(row)
        # The oldest first: where two bases overlap, or two rows give one right, the older stays.
        return sorted(changed, key=lambda row: row.since or self.run.now)

    def _said(self, row: Row) -> str:
        parent = self.run.ids[self.kind.parent[1]].get(row.parent)
        return digest(sorted(row.values.items()), row.person, row.parent, parent, row.since)

    # -- Writing ------------------------------------------------------------------------------------------------------

    def _attempt(self, rows: Sequence[Row]) -> tuple[list[Plan], dict[str, RowError]]:
        """Write rows and their MovedRows; return the plans and the refusals."""
        failed: dict[str, RowError] = {}
        self._begin()
        plans = [plan for plan in map(self._plan, rows) if self._try(self._fill, plan, failed)]
        self._make_room(plans)
        plans = [plan for plan in plans if self._try(self._write, plan, failed)]
        if not failed:
            self._remember(plans)
        return plans, failed

    def _plan(self, row: Row) -> Plan:
        known, raw = self.known.get(row.raw.key), row.raw
        moved = MovedRow(
            source=self.run.source, table=raw.table, key=raw.key, said=self._said(row), marks=row.marks
        )
        target = self.objects[known.object_id] if known and self.is_untouched(known) else None
        return Plan(row, known, moved, dict(row.values), list(row.notes), target)

    def is_untouched(self, row: MovedRow | None) -> bool:
        """Return whether a stored row's object is as moving in wrote it."""
        target = self.objects.get(row.object_id) if row is not None else None
        return target is not None and row is not None and self.kind.state(target) == row.wrote

    def _try(self, step: Callable[[Plan], None], plan: Plan, failed: dict[str, RowError]) -> bool:
        """Do a step for a row, and undo it if the row is refused."""
        try:
            with transaction.atomic():
                step(plan)
        except RowError as refusal:
            failed[plan.row.raw.key] = refusal
        except (IntegrityError, DataError) as error:
            failed[plan.row.raw.key] = RowError(Reason.NOT_STORED, error=type(error.__cause__).__name__)
        return plan.row.raw.key not in failed

    def _fill(self, plan: Plan) -> None:
        """Fill in the columns to write; an unknown beginning is left out, so that a stored one stays."""
        kind, row = self.kind, plan.row
        column, table = kind.parent
        if column:
            plan.columns[column] = self.run.ids[table].get(row.parent)
            if plan.columns[column] is None and (row.parent or kind.table != BASES):
                reason = Reason.UNKNOWN_CLAN if table == CLANS else Reason.BASE_NOT_TAKEN
                raise RowError(reason, number=row.parent)
        if kind.person:
            plan.columns[kind.person] = User.objects.for_discord_id(row.person).pk
        if row.since is not None:
            plan.columns[kind.period[0]] = row.since

    def _make_room(self, plans: Sequence[Plan]) -> None:
        kind, objects = self.kind, self.kind.model._default_manager
        since, end = kind.period
        for plan in plans:
            if plan.target is not None and kind.is_another and kind.is_another(plan.target, plan.columns):
                ended_at = max(self.run.now, getattr(plan.target, since))
                objects.filter(pk=plan.own_id).update(**{end: ended_at})
                plan.target, plan.has_ended = None, True
        self.waiting = {plan.own_id for plan in plans if plan.target is not None}
        if self.waiting:
            kind.make_room(objects.filter(pk__in=self.waiting))

    def _write(self, plan: Plan) -> None:
        same, since = self.kind.find(self, plan), self.kind.period[0]
        # A person's object that agrees with the row stands for it; others' rights hang on clans and bases.
        agrees = same is not None and self.kind.person == "user_id"
        if plan.known is not None and plan.target is None and not plan.has_ended:
            touched = self.objects.get(plan.known.object_id)
            if not agrees or same == touched:
                raise RowError(Reason.CHANGED_HERE if touched else Reason.DELETED_HERE)
        if plan.target is None and same is not None:
            self._adopt(plan, same)
            return
        if plan.target is None:
            columns = ({since: self.run.now} if since else {}) | plan.columns
            plan.target = self.kind.model._default_manager.create(**columns)
        else:
            self.waiting.discard(plan.own_id)
            _set(plan.target, plan.columns)
        plan.moved.object_id, plan.moved.wrote = plan.own_id, self.kind.state(plan.target)
        self.claimed[plan.own_id], self.objects[plan.own_id] = plan.row.raw.key, plan.target

    def _adopt(self, plan: Plan, same: models.Model) -> None:
        """Let a row stand for an object that exists already; a later run overwrites it only if another row wrote it."""
        key = self.claimed.setdefault(same.pk, plan.row.raw.key)
        if key != plan.row.raw.key:
            raise RowError(Reason.DUPLICATE, key=key, same_as=same.pk)
        given = {name: value for name, value in plan.columns.items() if value is not None}
        lacking = {name: value for name, value in given.items() if getattr(same, name) is None}
        if lacking and same.pk in self.gone and not self.is_untouched(self.gone[same.pk]):
            raise RowError(Reason.CHANGED_HERE)
        _set(same, lacking)
        others = MovedRow.objects.filter(table=self.kind.table, object_id=same.pk).exclude(wrote="")
        wrote = others.values_list("wrote", flat=True).first()
        if wrote is None and not lacking:
            plan.notes.append(RowError(Reason.ALREADY_HERE))
        plan.moved.object_id, plan.moved.wrote, plan.is_taken = same.pk, wrote or "", bool(lacking)
        self.objects[same.pk] = same

    def _remember(self, plans: Sequence[Plan]) -> None:
        """Store MovedRows, and delete those of rows that are gone if other rows stand for their objects now."""
        MovedRow.objects.bulk_create(
            [plan.moved for plan in plans],
            update_conflicts=True,
            unique_fields=["source", "table", "key"],
            update_fields=["object_id", "said", "wrote", "marks"],
        )
        followed = [row.pk for row in self.gone.values() if row.object_id in self.claimed]
        MovedRow.objects.filter(pk__in=followed).delete()

    # -- Standing for -------------------------------------------------------------------------------------------------

    def _refuse(self, raw: OldRow, refusal: RowError) -> None:
        """Report a refused row; the object of the row that it repeats, or its own, still stands for it."""
        self.run.report.refuse(raw, refusal)
        known = self.known.get(raw.key)
        same_as = refusal.values.get("same_as", known and known.object_id)
        if isinstance(same_as, int):
            self._stand_for(raw, same_as)

    def _stand_for(self, raw: OldRow, object_id: int) -> None:
        """Let other tables find an object by its row's number; if two rows have the number, the first counts."""
        if raw.number and object_id in self.objects:
            self.run.ids[raw.table].setdefault(raw.number, object_id)


def _set(target: models.Model, columns: Mapping[str, Any]) -> None:
    for name, value in columns.items():
        setattr(target, name, value)
    if columns:
        target.save(update_fields=list(columns))
