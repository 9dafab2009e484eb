"""Entries of the audit in words: which row, and each changed column from what to what. Two queries, and one a related model."""

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

from common.admin.parts import clipped, moment
from common.audit import kinds
from wotcs.models import AuditEntry

NOTHING, UNKNOWN = "-", "?"
_LONGEST = 120
Columns = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    """An entry's row, as it was before the act or was made by it; and the changed columns with both values in words."""

    row: Model
    is_there: bool
    differences: list[tuple[str, str, str]]


def stories(entries: Sequence[AuditEntry]) -> dict[int, Story]:
    """Return what each entry tells, by the entry's number."""
    states = _states(entries)
    models = {entry.pk: kinds()[entry.kind].pgh_tracked_model for entry in entries}
    related = _related(
        (models[pk], columns) for pk, (before, after, _there) in states.items() for columns in (before, after)
    )
    return {
        entry.pk: _story(entry, models[entry.pk], *states[entry.pk], related)
        for entry in entries
        if entry.pk in states
    }


def _states(entries: Sequence[AuditEntry]) -> dict[int, tuple[Columns | None, Columns | None, bool]]:
    """Return for each entry the row's columns before and after, and whether the row is still there."""
    by_kind = defaultdict(list)
    for entry in entries:
        by_kind[entry.kind].append(entry)
    if not by_kind:
        return {}
    acts = {entry.pk: entry.act for entry in entries}
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(_state_sql(kinds()[kind]) for kind in by_kind),
            [[entry.pk for entry in group] for group in by_kind.values()],
        )
        return {
            pk: (*_ordered(acts[pk], json.loads(event), later and json.loads(later)), there)
            for pk, event, later, there in cursor.fetchall()
        }


def _ordered(act: str, event: Columns, later: Columns | None) -> tuple[Columns | None, Columns | None]:
    """Return the columns before and after: an event of a new row holds it, any other what the row was before."""
    match act:
        case AuditEntry.Act.INSERT:
            return {}, event
        case AuditEntry.Act.DELETE:
            return event, {}
        case _:
            return event, later


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


def _related(rows: Iterable[tuple[type[Model], Columns | None]]) -> dict[type[Model], dict[Any, Model]]:
    """Return the rows that the columns refer to, with what their names need, by model and key."""
    keys = defaultdict(set)
    for model, columns in rows:
        for field in _columns(kinds()[model._meta.label]):
            if isinstance(field, ForeignKey) and columns and columns.get(field.column) is not None:
                keys[field.related_model].add(columns[field.column])
    return {
        model: {row.pk: row for row in model._default_manager.filter(pk__in=wanted).select_related()}
        for model, wanted in keys.items()
    }


def _story(
    entry: AuditEntry,
    model: type[Model],
    before: Columns | None,
    after: Columns | None,
    is_there: bool,  # noqa: FBT001
    related: dict[type[Model], dict[Any, Model]],
) -> Story:
    events = kinds()[entry.kind]
    differences = [
        (_label(field), _value(field, before, related), _value(field, after, related))
        for field in _columns(events)
        if field.name in events.watched and _differs(field.column, before, after)
    ]
    row = model(pk=entry.object_id)
    for field in _columns(events):
        if (value := _read(field, before or after or {})) is None:
            continue
        setattr(row, field.attname, value)
        if isinstance(field, ForeignKey):
            # What is gone has its number for a name; asking the database for each would take a query a row.
            row._state.fields_cache[field.name] = related[field.related_model].get(value, f"#{value}")
    return Story(row, is_there, differences)


def _differs(column: str, before: Columns | None, after: Columns | None) -> bool:
    old, new = (None if columns is None else columns.get(column) for columns in (before, after))
    return old != new and not (old in (None, "") and new in (None, ""))


def _label(field: Any) -> str:
    """Return a column's name; Django's own tables between two others name theirs in English."""
    return str(field.related_model._meta.verbose_name if field.model._meta.auto_created else field.verbose_name)


def _read(field: Any, columns: Columns) -> Any:
    """Return a column's value as the model has it; JSON has no moments."""
    value = columns.get(field.column)
    return None if value is None else field.to_python(value)


def _value(field: Any, columns: Columns | None, related: dict[type[Model], dict[Any, Model]]) -> str:
    if columns is None:
        return UNKNOWN
    value = _read(field, columns)
    if field.choices and value is not None and value in (labels := dict(field.flatchoices)):
        return str(labels[value])
    match value:
        case None | "":
            return NOTHING
        case bool():
            return _("Yes") if value else _("No")
        case _ if isinstance(field, ForeignKey):
            return clipped(str(related[field.related_model].get(value, f"#{value}")), _LONGEST)
        case datetime():
            return moment(value)
        case float():
            return number_format(value)
        case _:
            return clipped(str(value), _LONGEST)


def causes(entry: AuditEntry) -> Iterator[str]:
    """Yield the causes of an entry in words, from the outermost."""
    words = entry.cause or {}
    if name := words.get("request"):
        yield _("page %(name)s") % {"name": name}
    if words.get("sender"):
        yield _("the HTTP API")
    if name := words.get("task"):
        yield _("task %(name)s") % {"name": name}
    if name := words.get("command"):
        yield _("command %(name)s") % {"name": name}
    if not words:
        yield _("plain SQL")
