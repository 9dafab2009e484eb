"""An old database, SQLite or PostgreSQL: opened by Django's own backends, and only read."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import quote

from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend
from django.utils.translation import gettext as _

from moving.values import number_text

_BATCH: Final = 1_000
_PATIENCE_SECONDS: Final = 5.0
_ALIAS: Final = "old"  # under which Django knows the old database for as long as it is open
# One state of all tables though the old system may be writing, and times in a spelling that `values` reads.
_READ_ONLY: Final = """
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL datestyle TO ISO; SET LOCAL timezone TO 'UTC'
"""

Values = Mapping[str, str | None]  # by column, in lower case


class SourceError(Exception):
    """The old database cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class OldRow:
    """A row as the old database has it, known by its `key`: only the columns that are there, each as text."""

    table: str
    key: str
    values: Values

    def get(self, *columns: str) -> str | None:
        """Return the first of these columns that holds something."""
        return next((self.values[column] for column in columns if self.values.get(column)), None)

    @property
    def number(self) -> str:
        """The row's id, as other tables refer to it."""
        return number_text(self.values.get("id"))


class OldSource:
    """An open old database: its tables by their names in lower case. Views are no tables: one could do anything."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        with _errors(), connection.cursor() as cursor:
            tables = connection.introspection.get_table_list(cursor)
        self._names = {one.name.lower(): one.name for one in tables if one.type in {"t", "p"}}

    def columns(self, table: str) -> dict[str, str]:
        """Return a table's columns by their names in lower case; nothing if there is no such table."""
        if table not in self._names:
            return {}
        with _errors(), self._connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {self._quoted(self._names[table])} LIMIT 0")
            return {name.lower(): name for name, *_type in cursor.description}

    def rows(self, table: str, columns: Sequence[str], order: str = "") -> Iterator[Values]:
        """Yield these columns of a table's rows, as far as they are there, sorted by the column `order` (or "column DESC")."""
        known = self.columns(table)
        names = [name for name in columns if name in known]
        texts = ", ".join(f"CAST({self._quoted(known[name])} AS text)" for name in names)
        query = f"SELECT {texts} FROM {self._quoted(self._names[table])}"
        column, _space, way = order.partition(" ")
        if column in known:
            query += f" ORDER BY {self._quoted(known[column])} {way} NULLS LAST"
        with _errors(), self._connection.chunked_cursor() as cursor:
            cursor.execute(query)
            while rows := cursor.fetchmany(_BATCH):
                yield from (dict(zip(names, values, strict=True)) for values in rows)

    def _quoted(self, name: str) -> str:
        return self._connection.ops.quote_name(name)


@contextmanager
def open_sqlite(path: Path) -> Iterator[OldSource]:
    """Yield a file as it is at this moment. A copy is read, so that the old system can go on writing."""
    if not path.is_file():
        raise SourceError(_("there is no file %(file)s") % {"file": path})
    with TemporaryDirectory(prefix="wotcs-moving-") as folder:
        copy = Path(folder) / "copy.db"
        with _errors():
            _copy(path, copy)
        with open_database({"ENGINE": "django.db.backends.sqlite3", "NAME": str(copy)}) as source:
            yield source


@contextmanager
def open_database(config: dict[str, Any]) -> Iterator[OldSource]:
    """Yield the database that is described as in Django's settings."""
    settings = (
        connections["default"].settings_dict | {"OPTIONS": {}, "DISABLE_SERVER_SIDE_CURSORS": False} | config
    )
    connection = load_backend(config["ENGINE"]).DatabaseWrapper(settings, _ALIAS)
    connections[_ALIAS] = connection
    try:
        with _errors():
            connection.ensure_connection()
            if connection.vendor == "sqlite":
                connection.connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            else:
                connection.set_autocommit(False)
                connection.cursor().execute(_READ_ONLY)
        yield OldSource(connection)
    finally:
        connection.close()
        del connections[_ALIAS]


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except (Error, sqlite3.Error, OSError, ImproperlyConfigured) as error:
        raise SourceError(str(error).strip().partition("\n")[0].rstrip(".")) from None


def _copy(path: Path, copy: Path) -> None:
    """Copy a database at one moment; a finished one in WAL mode is opened without files beside it.

    A damaged one is refused as a whole: rows may be missing from it without any error of reading.
    """
    with path.open("rb") as file:
        is_wal = file.read(20)[18:] == b"\x02\x02"
    is_alone = is_wal and not path.with_name(f"{path.name}-wal").exists()
    address = f"file:{quote(str(path.absolute()))}?mode=ro{'&immutable=1' if is_alone else ''}"
    with (
        closing(sqlite3.connect(copy, isolation_level=None)) as target,
        closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE_SECONDS)) as source,
    ):
        # Waits for a writer, as a copy does not.
        source.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        source.backup(target)
        findings = [str(row[0]) for row in target.execute("PRAGMA quick_check")]
    if any("*** in database" in finding for finding in findings):  # about pages, not about values
        raise SourceError(_("it is damaged; move in from what “sqlite3 FILE .recover” makes of it"))
