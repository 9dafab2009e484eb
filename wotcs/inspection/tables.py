"""Tables: how many rows, how large, how new; and which migrations were not applied."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import AutoField, DateTimeField, Max, Model

# Above it PostgreSQL would read for seconds to count what nobody needs to the last row.
MOST_COUNTED: Final = 100_000
# What says when a row was made, by the names that the models use; the first one there counts.
_MADE_AT: Final = (
    "received_at",
    "requested_at",
    "taken_at",
    "noticed_at",
    "registered_at",
    "created_at",
    "granted_at",
    "joined_at",
    "first_seen",
    "first_seen_at",
    "valid_to",
    "last_read_at",
    "date_joined",
    "action_time",
    "applied",
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: rows (an estimate of the planner above MOST_COUNTED), bytes with indexes, when its newest row was made."""

    name: str
    rows: int
    is_estimate: bool
    bytes: int
    newest_at: datetime | None


def pending_migrations() -> list[str]:
    """Return the migrations that were not applied, in the order in which they would be."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def tables() -> list[Table]:
    """Return every table of the apps that is there, by name."""
    there = set(connection.introspection.table_names())
    models = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    return [_table(name, models[name]) for name in sorted(models) if name in there]


def _table(name: str, model: type[Model]) -> Table:
    rows, is_estimate = _count(name)
    return Table(name, rows, is_estimate, _size(name), _newest(model, is_large=is_estimate))


def _count(name: str) -> tuple[int, bool]:
    """Return the number of rows and whether it is estimated; reads MOST_COUNTED rows at most."""
    quoted = connection.ops.quote_name(name)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM (SELECT 1 FROM {quoted} LIMIT %s) AS few", [MOST_COUNTED])
        (counted,) = cursor.fetchone()
        if counted < MOST_COUNTED:
            return int(counted), False
        cursor.execute(f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {quoted}")
        (plan,) = cursor.fetchone()
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return max(MOST_COUNTED, int(plan[0]["Plan"]["Plan Rows"])), True


def _size(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size(%s::regclass)", [connection.ops.quote_name(name)])
        (size,) = cursor.fetchone()
    return int(size)


def _newest(model: type[Model], *, is_large: bool) -> datetime | None:
    """Return when the newest row was made, None where the table does not tell; never by reading a large table."""
    fields = {field.name for field in model._meta.concrete_fields if isinstance(field, DateTimeField)}
    name = next((name for name in _MADE_AT if name in fields), None)
    if name is None:
        return None
    rows: Any = model._base_manager.all()
    newest: datetime | None = None
    if isinstance(model._meta.pk, AutoField):  # the highest key is the newest row, and has an index
        newest = rows.order_by("-pk").values_list(name, flat=True).first()
    elif not is_large:
        newest = rows.aggregate(newest=Max(name))["newest"]
    return newest
