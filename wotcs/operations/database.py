"""Figures of PostgreSQL: its server, the migrations and every table; and questions that do not wait for long."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from django.apps import apps
from django.db import connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import AutoField, DateTimeField, Model
from django.utils.translation import gettext_lazy as _

from wotcs.operations.figures import Figure, figure, trouble

# Counting more rows would take PostgreSQL seconds, and nobody needs them to the last row.
MOST_COUNTED: Final = 100_000
# The fields that say when a row was made; the first one that a model has counts.
_MADE_AT: Final = """
    received_at requested_at taken_at noticed_at registered_at created_at granted_at joined_at first_seen first_seen_at
    valid_to last_read_at date_joined action_time applied
"""


@contextmanager
def short_locks() -> Iterator[None]:
    """Ask in a transaction of its own that waits five seconds for a lock at most."""
    with transaction.atomic():
        _ask("SET LOCAL lock_timeout = '5s'")
        yield


@contextmanager
def impatient(seconds: int) -> Iterator[None]:
    """Ask on a connection of its own: the usual one has no time limit for a server that has gone silent."""
    usual, quick = connections["default"], connections.create_connection("default")
    options = {name: value for name, value in quick.settings_dict["OPTIONS"].items() if name != "pool"}
    limits = {"connect_timeout": seconds, "tcp_user_timeout": seconds * 1000}
    quick.settings_dict = {**quick.settings_dict, "OPTIONS": options | limits}
    connections["default"] = quick
    try:
        _ask("SET statement_timeout = %s", seconds * 1000)
        yield
    finally:
        connections["default"] = usual
        quick.close()


def server(_now: datetime) -> Iterator[Figure]:
    """Yield version, name and size of the database, and the migrations that were not applied."""
    version, name, size = _ask(
        "SELECT current_setting('server_version'), current_database(), pg_database_size(current_database())"
    )
    yield figure("database_version", version, "PostgreSQL")
    yield figure("database_name", name, _("name"))
    yield figure("database_bytes", size, _("size"))
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    names = [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]
    yield trouble("migrations_pending", len(names), _("migrations not applied"))
    yield figure("migrations_pending_names", ", ".join(names), _("their names"))


def tables(_now: datetime) -> Iterator[Figure]:
    """Yield for every table its rows (an estimate above MOST_COUNTED), bytes with indexes, and newest row."""
    every = apps.get_models(include_auto_created=True)
    models = {model._meta.db_table: model for model in every if model._meta.managed and not model._meta.proxy}
    for name, model in sorted(models.items()):
        table = connection.ops.quote_name(name)
        few = f"(SELECT 1 FROM {table} LIMIT %s) AS few"
        numbers = f"SELECT count(*), pg_total_relation_size(%s::regclass), {_newest(model)} FROM {few}"
        rows, size, newest_at = _ask(numbers, table, MOST_COUNTED)
        is_large = rows >= MOST_COUNTED
        rows = max(rows, _estimate(table)) if is_large else rows
        yield figure(f"table_rows:{name}", rows, _("rows, estimated") if is_large else _("rows"))
        yield figure(f"table_bytes:{name}", size, _("size"))
        yield figure(f"table_newest_at:{name}", newest_at, _("newest row"))


def _newest(model: type[Model]) -> str:
    """Return SQL for when the newest row was made: the highest key has it, or in a small catalogue a look at all rows."""
    fields = {field.name for field in model._meta.local_concrete_fields if isinstance(field, DateTimeField)}
    made_at = next((name for name in _MADE_AT.split() if name in fields), "")
    table, key = model._meta.db_table, model._meta.pk
    order = key.column if isinstance(key, AutoField) else made_at
    return f'(SELECT "{made_at}" FROM "{table}" ORDER BY "{order}" DESC LIMIT 1)' if made_at else "NULL"


def _estimate(table: str) -> int:
    """Return how many rows the planner expects."""
    (plan,) = _ask(f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {table}")
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return int(plan[0]["Plan"]["Plan Rows"])


def _ask(question: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchone() if cursor.description else None
