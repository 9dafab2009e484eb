"""Entries of the audit in words: which row, and each changed column from what to what. One query, and one a related model."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import ForeignKey, Model
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.admin.parts import clipped, moment
from common.audit import kinds
from wotcs.models import AuditEntry

NOTHING, UNKNOWN = "-", "?"
_LONGEST = 120
_CAUSES = {
    "request": gettext_lazy("page %(name)s"),
    "sender": gettext_lazy("the HTTP API"),
    "task": gettext_lazy("task %(name)s"),
    "command": gettext_lazy("command %(name)s"),
}
Columns = dict[str, Any]
Related = dict[type[Model], dict[Any, Model]]


@dataclass(frozen=True, slots=True)
class Story:
    """An entry's row, as it was before the act or was made by it; and the changed columns with both values in words."""

    row: Model
    is_there: bool
    differences: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class _State:
    """The columns of an entry's row before and after the act, None if unknown, and whether the row is still there."""

    events: Any
    before: Columns | None
    after: Columns | None
    is_there: bool


def stories(entries: Sequence[AuditEntry]) -> dict[int, Story]:
    """Return what each entry tells, by the entry's number."""
    states = _states(entries)
    related = _related(states.values())
    return {
        entry.pk: Story(
            _row(entry.object_id, states[entry.pk], related),
            states[entry.pk].is_there,
            _differences(states[entry.pk], related),
        )
        for entry in entries
        if entry.pk in states
    }


def _states(entries: Sequence[AuditEntry]) -> dict[int, _State]:
    by_kind = defaultdict(list)
    for entry in entries:
        by_kind[entry.kind].append(entry.pk)
    if not by_kind:
        return {}
    asked = {entry.pk: entry for entry in entries}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(_state_sql(kinds()[kind]) for kind in by_kind), [*by_kind.values()])
        return {
            pk: _state(asked[pk], json.loads(event), later and json.loads(later), is_there)
            for pk, event, later, is_there in cursor.fetchall()
        }


def _state(entry: AuditEntry, event: Columns, later: Columns | None, is_there: bool) -> _State:  # noqa: FBT001
    """Return the columns before and after: an event of a new row holds it, any other what the row was before."""
    before, after = {
        AuditEntry.Act.INSERT: ({}, event),
        AuditEntry.Act.DELETE: (event, {}),
    }.get(AuditEntry.Act(entry.act), (event, later))
    return _State(kinds()[entry.kind], before, after, is_there)


def _state_sql(events: Any) -> str:
    """Return the SQL for events of one table: what they hold, and what the row became: its next event, or the row itself."""
    model = events.pgh_tracked_model
    table, row, key = events._meta.db_table, model._meta.db_table, model._meta.pk.column
    names = ", ".join(f'"{field.column}"' for field in _columns(events))
    return f"""
        SELECT e.pgh_id, to_jsonb(e), COALESCE(
            (SELECT to_jsonb(later) FROM {table} AS later
             WHERE later.pgh_obj_id = e.pgh_obj_id AND later.pgh_id > e.pgh_id ORDER BY later.pgh_id LIMIT 1),
            (SELECT to_jsonb(present) FROM (SELECT {names} FROM {row} WHERE {key} = e.pgh_obj_id) AS present)
        ), EXISTS (SELECT FROM {row} WHERE {key} = e.pgh_obj_id)
        FROM {table} AS e WHERE e.pgh_id = ANY(%s)
    """


def _columns(events: Any) -> list[Any]:
    """Return the fields of the model that its events hold."""
    held = {field.name for field in events._meta.concrete_fields}
    model = events.pgh_tracked_model
    return [field for field in model._meta.concrete_fields if field.name in held and not field.primary_key]


def _related(states: Iterable[_State]) -> Related:
    """Return the rows that the columns refer to, with what their names need, by model and key."""
    keys: dict[Any, set[Any]] = defaultdict(set)
    for state in states:
        for field in _columns(state.events):
            if isinstance(field, ForeignKey):
                values = {(columns or {}).get(field.column) for columns in (state.before, state.after)}
                keys[field.related_model] |= values - {None}
    return {
        model: {row.pk: row for row in model._default_manager.filter(pk__in=row_keys).select_related()}
        for model, row_keys in keys.items()
    }


def _row(pk: int, state: _State, related: Related) -> Model:
    """Return a row with what the event holds; what it refers to and is gone has its number for a name."""
    row: Model = state.events.pgh_tracked_model(pk=pk)
    for field in _columns(state.events):
        if (value := _read(field, state.before or state.after or {})) is not None:
            setattr(row, field.attname, value)
            if isinstance(field, ForeignKey):
                row._state.fields_cache[field.name] = related[field.related_model].get(value, f"#{value}")
    return row


def _differences(state: _State, related: Related) -> list[tuple[str, str, str]]:
    return [
        (_label(field), _value(field, state.before, related), _value(field, state.after, related))
        for field in _columns(state.events)
        if field.name in state.events.watched and _differs(field.column, state)
    ]


def _differs(column: str, state: _State) -> bool:
    old, new = ((columns or {}).get(column) for columns in (state.before, state.after))
    return state.after is None or (old != new and not (old in (None, "") and new in (None, "")))


def _label(field: Any) -> str:
    """Return a column's name; Django's own tables between two others name theirs in English."""
    return str(
        field.related_model._meta.verbose_name if field.model._meta.auto_created else field.verbose_name
    )


def _read(field: Any, columns: Columns) -> Any:
    """Return a column's value as the model has it; JSON has no moments."""
    value = columns.get(field.column)
    return None if value is None else field.to_python(value)


def _value(field: Any, columns: Columns | None, related: Related) -> str:
    """Return a value in words."""
    if columns is None:
        return UNKNOWN
    value = _read(field, columns)
    if field.choices and value is not None:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, ForeignKey) and value is not None:
        value = related[field.related_model].get(value, f"#{value}")
    return _plain(value)


def _plain(value: Any) -> str:
    match value:
        case None | "":
            return NOTHING
        case bool():
            return _("Yes") if value else _("No")
        case datetime():
            return moment(value)
        case float():
            return number_format(value)
        case _:
            return clipped(str(value), _LONGEST)


def causes(entry: AuditEntry) -> Iterator[str]:
    """Yield the causes of an entry in words, from the outermost."""
    words = entry.cause or {}
    for kind, text in _CAUSES.items():
        if name := words.get(kind):
            yield str(text) % {"name": name}
    if not words:
        yield _("plain SQL")
