"""The file: copied and read, its tables found under any case, its rows one after the other."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
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
_DAMAGE = "*** in database"  # how SQLite begins what is wrong with pages, not with values


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    type: str
    is_key: bool


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
    return Raw(table, _key([number], is_plain=True), {"id": number}, is_missing=True)


@contextmanager
def open_file(path: Path) -> Iterator["LegacyFile"]:
    """Yield the database as it is at this moment; raise UnreadableError where that is impossible.

    A copy is read, so that the old system can go on writing however long the reading takes.
    """
    if not path.is_file():
        raise UnreadableError("missing")
    with TemporaryDirectory(prefix="wotcs-legacy-") as folder, closing(_copy(path, Path(folder))) as copy:
        yield _read(copy)


def _copy(path: Path, folder: Path) -> sqlite3.Connection:
    copy = sqlite3.connect(folder / "copy.db", isolation_level=None)
    try:
        source = sqlite3.connect(_address(path), uri=True, timeout=_PATIENCE_SECONDS)
        with closing(source):
            source.execute(
                "SELECT 1 FROM sqlite_master LIMIT 1"
            ).fetchone()  # waits for a writer, as a copy does not
            source.backup(copy)
    except sqlite3.Error as error:
        copy.close()
        raise _unreadable(error) from error
    return copy


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
        found = _tables(connection)
        _check_rights(connection, found)
    except sqlite3.Error as error:
        raise _unreadable(error) from error
    if not found:
        raise UnreadableError("no_tables")
    return LegacyFile(connection, found)


def _check_rights(connection: sqlite3.Connection, names: Mapping[str, str]) -> None:
    """Refuse a file that is damaged where rights stand: rows may be missing from it without any error of reading.

    Damage among the infractions costs history only, and is met while they are read.
    """
    for table, name in names.items():
        if table == INFRACTIONS:
            continue
        for (found,) in connection.execute(f"PRAGMA quick_check({_quoted(name)})"):
            if str(found).startswith(_DAMAGE):
                raise UnreadableError("unreadable", str(found).replace("\n", " "))


def _unreadable(error: sqlite3.Error) -> UnreadableError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    problems = {
        sqlite3.SQLITE_NOTADB: "no_database",
        sqlite3.SQLITE_BUSY: "locked",
        sqlite3.SQLITE_LOCKED: "locked",
        sqlite3.SQLITE_READONLY: "interrupted",
    }
    return UnreadableError(problems.get(code, "unreadable"), str(error))


def _tables(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the names as they are written by the names we know them by. Tables only: a view could do anything."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {name.lower(): name for (name,) in names if isinstance(name, str) and name.lower() in COLUMNS}


class LegacyFile:
    """A copy of a database of the old system, open."""

    def __init__(self, connection: sqlite3.Connection, names: Mapping[str, str]) -> None:
        self._connection = connection
        self._names = names

    def has(self, table: str) -> bool:
        """Tell whether the file has this table."""
        return table in self._names

    def rows(self, table: str) -> Iterator[Raw]:
        """Yield the rows of a table, one by one, in the order in which they were written.

        Raises UnreadableError where the file is damaged.
        """
        try:
            yield from self._rows(table)
        except sqlite3.Error as error:
            raise _unreadable(error) from error

    def _rows(self, table: str) -> Iterator[Raw]:
        columns = self._columns(table)
        by_name = {column.name.lower(): column.name for column in columns}
        keys = [column.name.lower() for column in columns if column.is_key]
        keys = keys or [name for name in ("id",) if name in by_name]
        known_by = keys or [name for name in COLUMNS[table][: _KNOWN_BY[table]] if name in by_name]
        read = list(dict.fromkeys([*known_by, *(c for c in ("id", *COLUMNS[table]) if c in by_name)]))
        if not read:
            return
        chosen = ", ".join(_quoted(by_name[name]) for name in read)
        order = self._order(table, [_quoted(by_name[name]) for name in keys])
        seen: Counter[str] | None = None if _is_numbered(columns) else Counter()
        for values in self._connection.execute(
            f"SELECT {chosen} FROM {_quoted(self._names[table])} ORDER BY {order}"
        ):
            row = dict(zip(read, values, strict=True))
            key, turn = _key([row[name] for name in known_by], is_plain=len(known_by) == 1), 1
            if seen is not None:
                seen[key] += 1
                turn = seen[key]
            told = key if turn == 1 else f"{key}#{turn}"
            yield Raw(table, told, row, is_repeated=turn > 1 and not keys)

    def _order(self, table: str, keys: list[str]) -> str:
        """Return what rows are in order of: who was there first stands first. Some tables have nothing but their key."""
        try:
            self._connection.execute(f"SELECT rowid FROM {_quoted(self._names[table])} LIMIT 0")
        except sqlite3.OperationalError:
            return ", ".join(keys)
        return "rowid"

    def _columns(self, table: str) -> list[_Column]:
        rows = self._connection.execute(f"PRAGMA table_info({_quoted(self._names[table])})")
        return [_Column(str(row[1]), str(row[2]), bool(row[5])) for row in rows]


def _is_numbered(columns: Sequence[_Column]) -> bool:
    """Tell whether SQLite itself keeps the key from standing twice; of any other it takes NULL, or 1 and '1'."""
    keys = [column for column in columns if column.is_key]
    return len(keys) == 1 and keys[0].type.upper() == "INTEGER"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _key(values: list[Any], *, is_plain: bool) -> str:
    """Return a row's key: the one value it is known by, or a digest where that is not short and clean."""
    plain = key_of(values[0]) if is_plain else ""
    if not plain or len(plain) > _LONGEST_KEY or (isinstance(values[0], str) and plain != values[0]):
        told = "\x1f".join(f"{type(value).__name__}:{value!r}" for value in values)
        plain = blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return plain
