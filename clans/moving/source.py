"""Reading the old database: nothing is written there, and no more than a batch of rows is held at a time."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import quote

import psycopg
from django.utils.translation import gettext as _
from psycopg import sql

from clans.moving.address import PostgresAddress, SqliteAddress

BATCH: Final = 5000
_CONNECT_SECONDS: Final = 10
# PostgreSQL hands everything over as text, in the spelling that `cells` reads, whatever the column's type. As commands, for
# a pooler in front of it may not take them with the connection.
_SPELLING: Final = "SET datestyle TO ISO; SET timezone TO 'UTC'; SET extra_float_digits TO 1"

Row = Mapping[str, Any]
# Each table's columns in lower case, with the spelling that the database knows them by.
Tables = Mapping[str, Mapping[str, str]]


class SourceError(Exception):
    """The old database cannot be read; the text says why, without any password."""


class Source(Protocol):
    """An open old database."""

    tables: Tables

    def batches(self, table: str, columns: Sequence[str], order: str) -> Iterator[list[Row]]:
        """Read these columns of a table, sorted by the columns in `order`; columns that are not there are left out."""
        ...


@contextmanager
def open_source(address: PostgresAddress | SqliteAddress, names: Sequence[str]) -> Iterator[Source]:
    """Open the old database and look which of these tables it has; SourceError if it does not let us, then or later."""
    if isinstance(address, PostgresAddress):
        try:
            with closing(_connected(address)) as connection:
                yield _Postgres(connection, names)
        except psycopg.Error as error:
            raise SourceError(address.hushed(_first_line(error))) from None
    else:
        try:
            with closing(_opened(address)) as connection:
                yield _Sqlite(connection, names)
        except sqlite3.Error as error:
            raise SourceError(_first_line(error)) from None


def present(columns: Mapping[str, str], wanted: Sequence[str]) -> list[str]:
    """Return those of the wanted columns that a table has, in their order."""
    return [name for name in wanted if name in columns]


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")


def _connected(address: PostgresAddress) -> "psycopg.Connection[tuple[Any, ...]]":
    told = dict(address.parameters)
    told.setdefault("connect_timeout", str(_CONNECT_SECONDS))
    connection = psycopg.connect(client_encoding="UTF8", **told)  # type: ignore[arg-type]  # all of them are texts
    connection.read_only = True
    # One state of all tables, though the old system may still be writing.
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.execute(_SPELLING)
    return connection


class _Postgres:
    def __init__(self, connection: "psycopg.Connection[tuple[Any, ...]]", names: Sequence[str]) -> None:
        self._connection = connection
        self.tables: Tables = {name: columns for name in names if (columns := self._columns(name))}

    def _columns(self, table: str) -> dict[str, str]:
        found = self._connection.execute(
            "SELECT attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid "
            "WHERE relname = %s AND relkind IN ('r', 'p', 'v', 'm', 'f') AND pg_table_is_visible(pg_class.oid) "
            "AND attnum > 0 AND NOT attisdropped",
            [table],
        )
        return {str(name).lower(): str(name) for (name,) in found.fetchall()}

    def batches(self, table: str, columns: Sequence[str], order: str) -> Iterator[list[Row]]:
        known = self.tables[table]
        wanted = present(known, columns)
        texts = [sql.SQL("{}::text").format(sql.Identifier(known[name])) for name in wanted]
        query = sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(texts), sql.Identifier(table))
        if sorting := [self._sorted(known[name], way) for name, way in _order(order, known)]:
            query += sql.SQL(" ORDER BY ") + sql.SQL(", ").join(sorting)
        with self._connection.cursor(name="rows") as cursor:
            cursor.execute(query)
            while rows := cursor.fetchmany(BATCH):
                yield [dict(zip(wanted, row, strict=True)) for row in rows]

    @staticmethod
    def _sorted(column: str, way: str) -> sql.Composed:
        return sql.SQL("{} {} NULLS LAST").format(sql.Identifier(column), sql.SQL("DESC" if way else "ASC"))


def _opened(address: SqliteAddress) -> sqlite3.Connection:
    path = Path(address.path)
    if not path.is_file():
        raise SourceError(_("there is no file %(path)s") % {"path": path})
    try:
        immutable = "&immutable=1" if _is_finished(path) else ""
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from None
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro{immutable}", uri=True)
    connection.text_factory = lambda text: text.decode(errors="replace")
    connection.execute("BEGIN")
    return connection


def _is_finished(path: Path) -> bool:
    """Tell whether this is a write-ahead database with nothing ahead: else reading it would leave files beside it."""
    with path.open("rb") as file:
        uses_log = file.read(20)[18:20] == b"\2\2"
    log = path.with_name(f"{path.name}-wal")
    return uses_log and not (log.exists() and log.stat().st_size)


class _Sqlite:
    def __init__(self, connection: sqlite3.Connection, names: Sequence[str]) -> None:
        self._connection = connection
        self.tables: Tables = {name: columns for name in names if (columns := self._columns(name))}

    def _columns(self, table: str) -> dict[str, str]:
        found = self._connection.execute("SELECT name FROM pragma_table_info(?)", [table])
        return {str(name).lower(): str(name) for (name,) in found}

    def batches(self, table: str, columns: Sequence[str], order: str) -> Iterator[list[Row]]:
        known = self.tables[table]
        wanted = present(known, columns)
        query = f"SELECT {', '.join(_quoted(known[name]) for name in wanted)} FROM {_quoted(table)}"
        if sorting := [f"{_quoted(known[name])} {way}".strip() for name, way in _order(order, known)]:
            query += f" ORDER BY {', '.join(sorting)}"
        with closing(self._connection.execute(query)) as cursor:
            while rows := cursor.fetchmany(BATCH):
                yield [dict(zip(wanted, row, strict=True)) for row in rows]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _order(order: str, known: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the columns to sort by that are there, each with DESC or nothing."""
    parts = [part.partition(" ") for part in order.split(", ")]
    return [(name, way) for name, _blank, way in parts if name in known]
