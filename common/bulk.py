"""Many rows in one statement: ten times as fast as through the ORM. Names are the project's own, never data."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

Row = Sequence[Any]
# Column names and their SQL types; and for columns that are the same in all rows the value too.
Columns = Mapping[str, str]
Constants = Mapping[str, tuple[str, Any]]
_NONE: Constants = {}


def columns_of(model: type[Model], *names: str) -> Columns:
    """Return the columns of these fields of a model; a text that is longer than its column will be cut."""
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    return {field.column: field.db_type(connection) for field in fields}


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """COPY rows into a table; any that breaks a constraint fails them all."""
    copying = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    # Django turns the driver's errors into its own for the calls of a cursor, not for what a COPY raises at its end.
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(copying) as copy:
        for row in rows:
            copy.write_row(row)


def stage_rows(name: str, columns: Columns, rows: Iterable[Row]) -> None:
    """COPY rows into a temporary table of this transaction."""
    definition = ", ".join(f"{column} {sql_type}" for column, sql_type in columns.items())
    with connection.cursor() as cursor:
        # Kept by the connection and emptied at each commit: creating it anew for every batch would bloat the catalogue.
        cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} ({definition}) ON COMMIT DELETE ROWS")
        cursor.execute(f"DELETE FROM {name}")
    copy_rows(name, list(columns), rows)


def insert_rows(
    table: str,
    columns: Columns,
    rows: Sequence[Row],
    *,
    constants: Constants = _NONE,
    conflict: str = "",
) -> int:
    """Insert rows and return how many were written; `conflict` is an ON CONFLICT clause.

    `constants` are columns with one value for all rows: turning a moment into text costs more than all the rest of a row.
    """
    if not rows:
        return 0
    names = ", ".join([*columns, *constants])
    values = ", ".join(["given.*", *(f"%s::{sql_type}" for sql_type, _ in constants.values())])
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM {_unnested(columns)} AS given {conflict}",
            [*(value for _, value in constants.values()), *_by_column(rows)],
        )
        return int(cursor.rowcount)


def update_rows(table: str, key: str, columns: Columns, rows: Sequence[Row]) -> int:
    """Set columns of the rows with these keys and return how many were written; `columns` begins with the key."""
    if not rows:
        return 0
    assigned = ", ".join(f"{name} = given.{name}" for name in columns if name != key)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {assigned} FROM {_unnested(columns)} AS given ({', '.join(columns)}) "
            f"WHERE {table}.{key} = given.{key}",
            _by_column(rows),
        )
        return int(cursor.rowcount)


def next_ids(model: type[Model], count: int) -> list[int]:
    """Draw primary keys from a model's sequence, so that rows about to be copied can refer to each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [number for (number,) in cursor.fetchall()]


def _unnested(columns: Columns) -> str:
    return f"unnest({', '.join(f'%s::{sql_type}[]' for sql_type in columns.values())})"


def _by_column(rows: Sequence[Row]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
