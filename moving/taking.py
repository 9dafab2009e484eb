"""One row of the old territory system becomes one object here.

A new row makes an object, or stands for one that is here already; an unchanged row does nothing; a changed row overwrites
its object, unless that was changed here since: then it is left and reported. Rows may swap what only one of them can have,
whatever their order: all that is to be overwritten makes room first, and whatever is refused then keeps what it had.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from django.db import DataError, IntegrityError, models, transaction

from clans.models import User
from moving.legacy_rows import Told
from moving.models import MovedRow
from moving.reasons import Reason, RefusedError, Trouble
from moving.report import Report
from moving.source import Raw
from moving.values import digest
from territory.models import GameServer

Columns = dict[str, Any]
_BATCH = 1_000
_STORED = ("object_id", "said", "wrote", "marks", "ended", "moved_at")


@dataclass(slots=True)
class Run:
    """Where the rows of one file move to, when, and what they have become so far, by table."""

    server: GameServer
    now: datetime
    report: Report
    # By table: the object for each number in the file, and every number of the file.
    ids: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    numbers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @property
    def source(self) -> str:
        """The name under which rows are remembered."""
        return f"server {self.server.pk}"


@dataclass(slots=True)
class Plan:
    """A row that is new or has changed. `row` is what was remembered of it, `found` its object if that is untouched."""

    raw: Raw
    told: Told
    said: str
    row: MovedRow | None
    found: models.Model | None = None
    columns: Columns = field(default_factory=dict)
    notes: list[Trouble] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    object_id: int = 0
    wrote: str = ""
    is_taken: bool = True

    @property
    def own_id(self) -> int | None:
        """The key of the object that is to be overwritten."""
        return None if self.found is None else self.found.pk


@dataclass(frozen=True, slots=True)
class Kind:
    """How rows of a table become objects of a model.

    `person` and `parent` are the columns of the row's person and of the object that it hangs on, which is of `parent_table`;
    `since` and `end` those of its beginning and its end. `columns` are all columns that moving in writes. `same` finds an
    object here that is what the row says, whoever made it; `fills` may be added to that. `names` tell whose right it is:
    when one of each group has changed, the old object ends and another begins. `make_room` lets objects give up what only
    one can have; `check` raises RefusedError for what somebody else has.
    """

    table: str
    model: type[models.Model]
    read: Callable[[Raw, datetime], Told]
    columns: tuple[str, ...]
    same: Callable[["Table", Plan], models.Model | None]
    person: str = ""
    parent: str = ""
    parent_table: str = ""
    is_parent_needed: bool = True
    since: str = ""
    end: str = ""
    names: tuple[tuple[str, ...], ...] = ()
    fills: tuple[str, ...] = ()
    fixed: Callable[[Run], Columns] = lambda _run: {}
    missing_parent: Callable[[Run, str], RefusedError] = lambda _run, number: RefusedError(
        Reason.UNKNOWN_CLAN, number=number
    )
    make_room: Callable[["models.QuerySet[Any]"], None] = lambda _objects: None
    check: Callable[["Table", Plan], None] = lambda _table, _plan: None

    def state(self, found: models.Model) -> str:
        """Return the digest of what moving in wrote, as it is now."""
        return digest(*(getattr(found, column) for column in self.columns))

    def is_another(self, found: models.Model, columns: Columns) -> bool:
        """Tell whether a changed row means something else than its object."""
        return bool(self.names) and all(
            any(getattr(found, name) != columns[name] for name in group) for group in self.names
        )


class Table:
    """A table in hand: its rows in the file, and what is remembered of them."""

    def __init__(self, run: Run, kind: Kind, raws: Sequence[Raw]) -> None:
        self.run, self.kind, self.raws = run, kind, raws
        self.keys = {raw.key for raw in raws}
        self.known: dict[str, MovedRow] = {}
        self.living: set[int] = set()
        # Set anew by every attempt to write: the row that each object stands for, what rows gone from the file stood for,
        # what moving in ended, and what is still to be overwritten.
        self.claimed: dict[int, str] = {}
        self.gone: dict[int, MovedRow] = {}
        self.ended: set[int] = set()
        self.waiting: set[int] = set()

    def take(self) -> None:
        """Take over all rows, and tell which are gone from the file."""
        self.remember(MovedRow.objects.filter(source=self.run.source, table=self.kind.table))
        # The oldest first: where two bases overlap, or two rows give one right, the older stays.
        self.write(sorted(self.plan(), key=lambda plan: plan.told.since or self.run.now))
        for key in sorted(self.known.keys() - self.keys):
            row = self.known[key]
            if row.object_id in self.gone:
                self.run.report.note(Raw(self.kind.table, key, {}), Trouble(Reason.GONE))

    def remember(self, rows: Iterable[MovedRow]) -> None:
        """Note what is remembered, and which of its objects are still there."""
        self.known = {row.key: row for row in rows}
        ids = [row.object_id for row in self.known.values()]
        self.living = set(self._objects(ids).values_list("pk", flat=True))

    def plan(self) -> list[Plan]:
        """Return the rows that are new or have changed; settle the unchanged, and those that say too little."""
        plans = []
        for raw in self.raws:
            self.run.report.find(raw.table)
            self.run.numbers[raw.table].add(raw.number)
            try:
                told = self._read(raw)
            except RefusedError as refusal:
                self._refuse(raw, refusal)
                continue
            row, said = self.known.get(raw.key), self._said(told)
            if row is not None and (row.said == said or raw.is_missing):
                self.run.report.settle(raw, is_taken=False)
                self._stand_for(raw, row.object_id)
            else:
                plans.append(Plan(raw, told, said, row))
        return plans

    def _read(self, raw: Raw) -> Told:
        if raw.is_repeated:
            raise RefusedError(Reason.DUPLICATE, key=raw.key.rpartition("#")[0])
        return self.kind.read(raw, self.run.now)

    def _said(self, told: Told) -> str:
        parent = self.run.ids[self.kind.parent_table].get(told.parent)
        return digest(sorted(told.values.items()), told.person, told.parent, parent, told.since)

    # -- Writing ------------------------------------------------------------------------------------------------------

    def write(self, plans: Sequence[Plan]) -> None:
        """Write rows until none is refused that was not before: what a refused row keeps may be in the way of another."""
        refused: dict[str, RefusedError] = {}
        while True:
            with transaction.atomic():
                failed = self._attempt([plan for plan in plans if plan.raw.key not in refused])
                transaction.set_rollback(bool(failed))
            if not failed:
                break
            refused |= failed
        for plan in plans:
            if plan.raw.key in refused:
                self._refuse(plan.raw, refused[plan.raw.key])
            else:
                self.run.report.settle(plan.raw, plan.notes, is_taken=plan.is_taken)
                self._stand_for(plan.raw, plan.object_id, is_living=True)

    def _attempt(self, plans: Sequence[Plan]) -> dict[str, RefusedError]:
        """Write rows and what is to be remembered of them; return those that were refused."""
        failed: dict[str, RefusedError] = {}
        in_file = {key: row for key, row in self.known.items() if key in self.keys}
        self.claimed = {row.object_id: key for key, row in in_file.items()}
        self.gone = {row.object_id: row for key, row in self.known.items() if key not in self.keys}
        self.ended = _ended_by_moving(self.kind.table)
        self._find(plans)
        ready = [plan for plan in plans if self._try(self._fill_columns, plan, failed)]
        self._make_room(ready)
        written = [plan for plan in ready if self._try(self._write_one, plan, failed)]
        if not failed:
            self.settle_rows(written)
        return failed

    def _find(self, plans: Sequence[Plan]) -> None:
        """Find the objects of changed rows, locked; those that were changed or deleted here since are left out."""
        rows = {plan.row.object_id: plan.row for plan in plans if plan.row is not None}
        objects = {found.pk: found for found in self._objects(rows).select_for_update(of=("self",))}
        for plan in plans:
            found = objects.get(plan.row.object_id) if plan.row else None
            is_untouched = found is not None and plan.row and self.kind.state(found) == plan.row.wrote
            plan.found = found if is_untouched else None
            plan.notes, plan.is_taken = list(plan.told.notes), True
            plan.ended = list(plan.row.ended) if plan.row else []

    def _try(self, step: Callable[[Plan], None], plan: Plan, failed: dict[str, RefusedError]) -> bool:
        """Do a step for a row; of one that is refused nothing stays."""
        try:
            with transaction.atomic():
                step(plan)
        except RefusedError as refusal:
            failed[plan.raw.key] = refusal
        except (IntegrityError, DataError) as error:
            failed[plan.raw.key] = RefusedError(Reason.NOT_STORED, error=_cause(self.kind.model, error))
        return plan.raw.key not in failed

    def _fill_columns(self, plan: Plan) -> None:
        """Fill in what the row asks for; a beginning that nobody knows is left out, so that one which is stored stays."""
        kind, told = self.kind, plan.told
        columns = dict(told.values)
        if kind.parent:
            parent = self.run.ids[kind.parent_table].get(told.parent)
            if parent is None and (told.parent or kind.is_parent_needed):
                raise kind.missing_parent(self.run, told.parent)
            columns[kind.parent] = parent
        if kind.person:
            columns[kind.person] = User.objects.for_discord_id(told.person).pk
        if told.since is not None:
            columns[kind.since] = told.since
        plan.columns = columns

    def _make_room(self, plans: Sequence[Plan]) -> None:
        kind, now = self.kind, self.run.now
        for plan in plans:
            if plan.found is not None and kind.is_another(plan.found, plan.columns):
                self._objects([plan.found.pk]).update(**{kind.end: max(now, getattr(plan.found, kind.since))})
                plan.ended.append(plan.found.pk)
                self.ended.add(plan.found.pk)
                plan.found = None
        self.waiting = {plan.found.pk for plan in plans if plan.found is not None}
        if self.waiting:
            kind.make_room(self._objects(self.waiting))

    def _write_one(self, plan: Plan) -> None:
        if plan.row is not None and plan.found is None and plan.row.object_id not in plan.ended:
            self._refuse_touched(plan, plan.row.object_id)
        self.kind.check(self, plan)
        same = None if plan.found is not None else self.kind.same(self, plan)
        if same is not None:
            self._adopt(plan, same)
            return
        if plan.found is None:
            plan.found = self._create(plan)
        else:
            self.waiting.discard(plan.found.pk)
            _set(plan.found, plan.columns)
        self.claimed[plan.found.pk] = plan.raw.key
        plan.object_id, plan.wrote = plan.found.pk, self.kind.state(plan.found)

    def _refuse_touched(self, plan: Plan, object_id: int) -> None:
        """Refuse a row whose object was changed or deleted here, unless another object is what the row says now."""
        same, found = self.kind.same(self, plan), self._objects([object_id]).first()
        if same is not None and same.pk != object_id:
            return
        if found is None:
            raise RefusedError(Reason.DELETED_HERE)
        is_ended = self.kind.end and getattr(found, self.kind.end) is not None
        raise RefusedError(Reason.ENDED_HERE if is_ended else Reason.CHANGED_HERE)

    def _create(self, plan: Plan) -> models.Model:
        since = {self.kind.since: self.run.now} if self.kind.since else {}
        return self.kind.model._default_manager.create(**since | plan.columns | self.kind.fixed(self.run))

    def _adopt(self, plan: Plan, same: models.Model) -> None:
        """Let a row stand for an object that is here already; only what another row wrote may be overwritten later."""
        key = self.claimed.get(same.pk, plan.raw.key)
        if key != plan.raw.key:
            raise RefusedError(Reason.DUPLICATE, key=key, same_as=same.pk)
        lacking = {name: plan.columns[name] for name in self.kind.fills if getattr(same, name) is None}
        lacking = {name: value for name, value in lacking.items() if value is not None}
        _set(same, lacking)
        gone = self.gone.pop(same.pk, None)
        elsewhere = MovedRow.objects.filter(table=self.kind.table, object_id=same.pk).exclude(wrote="")
        wrote = gone.wrote if gone else elsewhere.values_list("wrote", flat=True).first()
        if wrote is None and not lacking:
            plan.notes.append(Trouble(Reason.ALREADY_HERE))
        self.claimed[same.pk] = plan.raw.key
        plan.object_id, plan.wrote, plan.is_taken = same.pk, wrote or "", bool(lacking)

    def is_given_up(self, found: models.Model) -> bool:
        """Tell whether a row that is gone from the file made an object, and nobody changed it since."""
        row = self.gone.get(found.pk)
        return row is not None and row.wrote == self.kind.state(found)

    def settle_rows(self, plans: Sequence[Plan]) -> None:
        """Remember rows, and forget those that are gone from the file and whose objects others stand for now."""
        rows = [
            MovedRow(
                source=self.run.source,
                table=self.kind.table,
                key=plan.raw.key,
                object_id=plan.object_id,
                said=plan.said,
                wrote=plan.wrote,
                marks=plan.told.marks,
                ended=plan.ended,
                moved_at=self.run.now,
            )
            for plan in plans
        ]
        unique = ["source", "table", "key"]
        MovedRow.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=unique, update_fields=_STORED, batch_size=_BATCH
        )
        followed = [
            row.pk
            for key, row in self.known.items()
            if key not in self.keys and row.object_id not in self.gone
        ]
        MovedRow.objects.filter(pk__in=followed).delete()

    # -- Standing for -------------------------------------------------------------------------------------------------

    def _refuse(self, raw: Raw, refusal: RefusedError) -> None:
        """Report a refused row; the object of the row that it repeats, or its own, still stands for it."""
        self.run.report.refuse(raw, refusal.trouble)
        same_as, row = refusal.trouble.values.get("same_as"), self.known.get(raw.key)
        if isinstance(same_as, int):
            self._stand_for(raw, same_as, is_living=True)
        elif row is not None:
            self._stand_for(raw, row.object_id)

    def _stand_for(self, raw: Raw, object_id: int, *, is_living: bool = False) -> None:
        """Let other tables find an object by its row's number; of a number that stands twice the first is meant."""
        if raw.number and (is_living or object_id in self.living):
            self.run.ids[raw.table].setdefault(raw.number, object_id)

    def _objects(self, ids: Iterable[int]) -> "models.QuerySet[Any]":
        return self.kind.model._default_manager.filter(pk__in=list(ids))


def _ended_by_moving(table: str) -> set[int]:
    """Return the objects that moving in has ended, because a row means something else: staff did not."""
    rows = MovedRow.objects.filter(table=table).exclude(ended=[])
    return set(chain.from_iterable(rows.values_list("ended", flat=True)))


def _set(found: models.Model, columns: Mapping[str, Any]) -> None:
    for name, value in columns.items():
        setattr(found, name, value)
    if columns:
        found.save(update_fields=list(columns))


def _cause(model: type[models.Model], error: Exception) -> str:
    """Return what the constraint that was broken says to people, else its name; it tells no values."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or type(error).__name__
    said = {one.name: one.violation_error_message for one in model._meta.constraints}.get(name)
    return str(said or name).removesuffix(".")
