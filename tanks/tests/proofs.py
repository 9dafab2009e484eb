"""Proofs of what was written to the database, and work at the same time."""

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection

from tanks.models import Player, RosterEvent, SyncedClan

GAME_TABLES = (
    *("tanks_realm", "clans_clan", "clans_clanmembership", "tanks_syncedclan", "tanks_player"),
    *("tanks_rosterevent", "tanks_vehicle", "tanks_garagetank"),
    *("tanks_accountsnapshot", "tanks_tanksnapshot"),
)
_threads = itertools.count(1)


def versions(*tables: str) -> Mapping[str, list[tuple[Any, ...]]]:
    """Return all rows with the place and transaction of their newest version: a row that is rewritten differs.

    That holds also for one that is rewritten with the values it had.
    """
    found = {}
    with connection.cursor() as cursor:
        for table in tables or GAME_TABLES:
            cursor.execute(f"SELECT ctid::text, xmin::text, t.*::text FROM {table} t ORDER BY ctid")
            found[table] = cursor.fetchall()
    return found


def rewritten(before: Mapping[str, list[tuple[Any, ...]]]) -> dict[str, int]:
    """Return how many row versions are new since `before`, by table; nothing for a table without any."""
    after = versions(*before)
    counts = {table: len(set(after[table]) - set(rows)) for table, rows in before.items()}
    gone = {table: len(before[table]) - len(after[table]) for table in before}
    assert all(count <= 0 for count in gone.values()), f"rows are gone: {gone}"
    return {table: count for table, count in counts.items() if count}


def on_roster(clan: SyncedClan) -> set[int]:
    return set(Player.objects.filter(clan=clan).values_list("account_id", flat=True))


def player_of(number: int) -> Player:
    return Player.objects.get(account_id=number)


def events(clan: SyncedClan | None = None) -> list[tuple[str, int, str, str]]:
    """Return what happened, in the order of writing: kind, account, before, after."""
    rows = RosterEvent.objects.filter(clan=clan) if clan else RosterEvent.objects.all()
    return list(rows.order_by("pk").values_list("kind", "player__account_id", "before", "after"))


@dataclass(slots=True)
class Background:
    """Work in a thread, with a connection of its own; `error` is what it failed with."""

    work: Callable[[], object]
    error: BaseException | None = None
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run, name=f"background-{next(_threads)}", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.work()
        except BaseException as error:  # noqa: BLE001 - raised for whoever waits for it
            self.error = error
        finally:
            connection.close()

    def join(self) -> None:
        self.thread.join(20)
        assert not self.thread.is_alive(), "the thread still works"
        if self.error:
            raise self.error


def join_all(works: Iterable[Background]) -> None:
    for work in works:
        work.join()


def wait_until_somebody_waits() -> None:
    """Return as soon as a transaction waits for a lock that another one holds."""
    with connection.cursor() as cursor:
        for _ in range(1000):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone() != (0,):
                return
            time.sleep(0.005)
    pytest.fail("Nobody waits for a lock")
