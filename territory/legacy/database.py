"""The file: opened to be read only, its tables found under any case, its rows one after the other."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import quote

from territory.legacy.trouble import UnreadableError
from territory.legacy.values import key_of

CLANS, MEMBERS, IDENTITIES = "clans", "clan_members_v2", "player_identities"
BASES, PERMISSIONS, INFRACTIONS = "bases_v2", "base_permissions", "infractions"

# The columns that are read, the ones a row is known by where the table has no key of its own first.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    CLANS: ("name", "tag", "clan_tag", "sigla"),
    IDENTITIES: ("discord_id", "gamertag", "xbox_id"),
    MEMBERS: ("clan_id", "discord_id", "role", "joined_at"),
    BASES: ("owner_id", "name", "x", "z", "location", "radius", "clan_id", "created_at"),
    PERMISSIONS: ("base_id", "discord_id", "level", "granted_at"),
    INFRACTIONS: (
        "gamertag",
        "description",
        "detected_at",
        "evidence",
        "infraction_type",
        "xuid",
        "xbox_id",
    ),
}
TABLES = tuple(COLUMNS)
_KNOWN_BY = {CLANS: 1, IDENTITIES: 2, MEMBERS: 2, BASES: 4, PERMISSIONS: 2, INFRACTIONS: 5}
_LONGEST_KEY = 80
_PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Raw:
    """A row as the file has it: `values` by lower-case column, only those that are there.

    `key` is what the row is known by, `number` its id as others refer to it; `is_repeated` tells that a table without a
    key holds the same row once more, `is_missing` that the file has no such row, though others refer to it.
    """

    table: str
    key: str
    values: Mapping[str, Any]
    is_repeated: bool = False
    is_missing: bool = False

    def get(self, *columns: str) -> Any:
        """Return the first of these columns that the file has and that holds something."""
        return next((self.values[c] for c in columns if self.values.get(c) not in (None, "")), None)

    @property
    def number(self) -> str:
        """The row's id, as other tables refer to it."""
        return key_of(self.values.get("id"))


def missing_row(table: str, number: str) -> Raw:
    """Return a row that others refer to by its number and the file does not have."""
    return Raw(table, _key([number], 1, is_plain=True), {"id": number}, is_missing=True)


@contextmanager
def open_file(path: Path) -> Iterator["LegacyFile"]:
    """Yield the database in one state, read only; raise UnreadableError where that is impossible."""
    if not path.is_file():
        raise UnreadableError("missing")
    try:
        connection = sqlite3.connect(
            _address(path), uri=True, timeout=_PATIENCE_SECONDS, isolation_level=None
        )
    except sqlite3.Error as error:
        raise UnreadableError("unreadable", str(error)) from error
    try:
        yield _read(connection)
    finally:
        connection.close()


def _address(path: Path) -> str:
    """Return the address; a finished copy of a database in WAL mode is opened without files beside it."""
    try:
        with path.open("rb") as file:
            is_wal = file.read(20)[18:] == b"\x02\x02"
    except OSError as error:
        raise UnreadableError("unreadable", error.strerror or str(error)) from error
    is_alone = is_wal and not path.with_name(f"{path.name}-wal").exists()
    return f"file:{quote(str(path.absolute()))}?mode=ro{'&immutable=1' if is_alone else ''}"


def _read(connection: sqlite3.Connection) -> "LegacyFile":
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    try:
        for pragma in ("query_only = ON", "trusted_schema = OFF"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        found = _tables(connection)
    except sqlite3.Error as error:
        raise _unreadable(error) from error
    if not found:
        raise UnreadableError("no_tables")
    return LegacyFile(connection, found)


def _unreadable(error: sqlite3.Error) -> UnreadableError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    problems = {
        sqlite3.SQLITE_NOTADB: "no_database",
        sqlite3.SQLITE_BUSY: "locked",
        sqlite3.SQLITE_LOCKED: "locked",
    }
    return UnreadableError(problems.get(code, "unreadable"), str(error))


def _tables(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the names as they are written by the names we know them by. Tables only: a view could do anything."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {name.lower(): name for (name,) in names if isinstance(name, str) and name.lower() in COLUMNS}


class LegacyFile:
    """An open database of the old system."""

    def __init__(self, connection: sqlite3.Connection, names: Mapping[str, str]) -> None:
        self._connection = connection
        self._names = names

    def has(self, table: str) -> bool:
        """Tell whether the file has this table."""
        return table in self._names

    def has_column(self, table: str, column: str) -> bool:
        """Tell whether the file has this column of one of its tables."""
        return any(name.lower() == column for name, _is_key in self._columns(table))

    def rows(self, table: str) -> Iterator[Raw]:
        """Yield the rows of a table in order of their key, one by one; raise UnreadableError where the file is damaged."""
        try:
            yield from self._rows(table)
        except sqlite3.Error as error:
            raise _unreadable(error) from error

    def _rows(self, table: str) -> Iterator[Raw]:
        columns = self._columns(table)
        by_name = {name.lower(): name for name, _is_key in columns}
        keys = [name.lower() for name, is_key in columns if is_key] or [c for c in ("id",) if c in by_name]
        known_by = keys or [c for c in COLUMNS[table][: _KNOWN_BY[table]] if c in by_name]
        read = list(dict.fromkeys([*known_by, *(c for c in ("id", *COLUMNS[table]) if c in by_name)]))
        if not read:
            return
        is_unique = any(is_key for _name, is_key in columns)
        for *values, turn in self._connection.execute(
            self._statement(table, by_name, read, known_by, is_unique)
        ):
            row = dict(zip(read, values, strict=True))
            key = _key([row[c] for c in known_by], turn, is_plain=len(known_by) == 1)
            yield Raw(table, key, row, is_repeated=turn > 1 and not keys)

    def _statement(
        self,
        table: str,
        by_name: Mapping[str, str],
        read: list[str],
        known_by: list[str],
        is_unique: bool,  # noqa: FBT001
    ) -> str:
        key = ", ".join(_quoted(by_name[c]) for c in known_by)
        turn = "1" if is_unique else f"row_number() OVER (PARTITION BY {key} ORDER BY rowid)"
        order = key if is_unique else "rowid"
        chosen = ", ".join(_quoted(by_name[c]) for c in read)
        return f"SELECT {chosen}, {turn} FROM {_quoted(self._names[table])} ORDER BY {order}"

    def _columns(self, table: str) -> list[tuple[str, bool]]:
        rows = self._connection.execute(f"PRAGMA table_info({_quoted(self._names[table])})")
        return [(str(row[1]), bool(row[5])) for row in rows]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _key(values: list[Any], turn: int, *, is_plain: bool) -> str:
    """Return a row's key: the one value it is known by, or a digest where that is not short and clean."""
    plain = key_of(values[0]) if is_plain else ""
    if not plain or len(plain) > _LONGEST_KEY or (isinstance(values[0], str) and plain != values[0]):
        told = "\x1f".join(f"{type(value).__name__}:{value!r}" for value in values)
        plain = blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return plain if turn == 1 else f"{plain}#{turn}"
