"""The whole of moving in from the old clan system, in order: players, their vehicles, people."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

from clans.moving import garages, people
from clans.moving.players import Destination, store_players
from clans.moving.reasons import Reason
from clans.moving.report import Counts, Report
from clans.moving.rows import (
    GARAGE_TANK,
    PLAYER,
    USER,
    OldPerson,
    Refused,
    read_person,
    read_player,
    read_tank,
)
from clans.moving.source import Row, Source

T = TypeVar("T")

PLAYERS: Final = "player"
TABLES: Final = (PLAYERS, garages.TABLE, people.TABLE)
_BY_AGE: Final = "id, username"
# Without these columns a table tells nothing.
_NEEDED: Final = {
    PLAYERS: {"account_id"},
    garages.TABLE: {"account_id", "tank_id"},
    people.TABLE: {"username"},
}


def take_over(source: Source, to: Destination, report: Report, *, on_rows: Callable[[int], object]) -> None:
    """Take over everything there is; each batch is a transaction of its own, so that a run broken off can be run again."""
    steps = {PLAYERS: _players, garages.TABLE: _garages, people.TABLE: _people}
    for table, step in steps.items():
        if not _NEEDED[table] <= source.tables.get(table, {}).keys():
            report.left_out.append(table)
            continue
        report.tables[table] = Counts()
        step(source, to, report, on_rows)


def _batches(
    source: Source, report: Report, table: str, columns: Sequence[str], order: str
) -> Iterator[list[Row]]:
    for rows in source.batches(table, columns, order):
        report.tables[table].found += len(rows)
        yield rows


def _understood(
    rows: Iterable[Row],
    read: Callable[[Row], T],
    key: Callable[[T], Hashable],
    seen: set[Hashable],
    refuse: Callable[[Row, Reason], None],
) -> list[tuple[Row, T]]:
    """Read rows and refuse those that cannot be taken, or tell of what is in `seen`, to which each read is added."""
    told = []
    for row in rows:
        try:
            value = read(row)
        except Refused as refused:
            refuse(row, refused.reason)
            continue
        if key(value) in seen:
            refuse(row, Reason.DUPLICATE)
        else:
            seen.add(key(value))
            told.append((row, value))
    return told


def _players(source: Source, to: Destination, report: Report, on_rows: Callable[[int], object]) -> None:
    """Read them sorted: rows of one player stand together, and remembering the last of a batch is enough."""
    last: int | None = None
    refuse = partial(report.refuse, PLAYERS)
    for rows in _batches(source, report, PLAYERS, PLAYER, "account_id, nickname DESC"):
        told = _understood(rows, read_player, lambda player: player.account_id, {last}, refuse)
        written = store_players({player.account_id: player.nickname for _, player in told}, to)
        report.written["players"] += len(written)
        for row, player in told:
            report.settle(PLAYERS, row, was_written=player.account_id in written, notes=player.notes)
        last = told[-1][1].account_id if told else last
        on_rows(len(rows))


def _garages(source: Source, to: Destination, report: Report, on_rows: Callable[[int], object]) -> None:
    """Read them sorted as well, and of several rows for one vehicle the newest first."""
    last: tuple[int, int] | None = None
    read, refuse = partial(read_tank, now=to.at), partial(report.refuse, garages.TABLE)
    order = "account_id, tank_id, last_updated DESC"
    for rows in _batches(source, report, garages.TABLE, GARAGE_TANK, order):
        told = _understood(rows, read, garages.key, {last}, refuse)
        if told:
            garages.store_garages(told, to, report)
            last = garages.key(told[-1][1])
        on_rows(len(rows))


def _people(source: Source, to: Destination, report: Report, on_rows: Callable[[int], object]) -> None:
    seen: set[Hashable] = set()
    disputed = _disputed(source)
    for rows in _batches(source, report, people.TABLE, USER, _BY_AGE):
        for row, old in _understood(rows, read_person, _username, seen, partial(_refuse_person, report)):
            people.store_person(row, old, to, report, disputed=disputed)
        on_rows(len(rows))


def _refuse_person(report: Report, row: Row, reason: Reason) -> None:
    # Of people the first row counts: nothing tells which is newer.
    report.refuse(people.TABLE, row, Reason.NAMESAKE if reason is Reason.DUPLICATE else reason)


def _username(person: OldPerson) -> str:
    return person.username


def _disputed(source: Source) -> set[int]:
    """Return the accounts that several people name: the old site asked nobody to prove one."""
    claimed: dict[int, set[str]] = defaultdict(set)
    for rows in source.batches(people.TABLE, USER, _BY_AGE):
        for row in rows:
            with suppress(Refused):
                person = read_person(row)
                if person.account_id is not None:
                    claimed[person.account_id].add(person.username)
    return {account for account, names in claimed.items() if len(names) > 1}
