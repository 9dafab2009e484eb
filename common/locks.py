"""Locks for work that must not run twice at once. PostgreSQL holds them for a connection, so kill -9 sets them free."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from django.db import connection


class LockKind(IntEnum):
    """The kinds of locks; their numbers only have to differ."""

    LOG_SOURCE = 0x41444D
    CLAN_SYNC = 0x574F54
    CATALOGUE = 0x544E4B
    INCIDENTS = 0x494E43
    BAN_LIST = 0x42414E
    ACCOUNT_LINK = 0x4C4E4B
    PEOPLE = 0x50504C
    ALARMS = 0x414C52
    RULE_VERSION = 0x52554C
    UNDO = 0x554E44
    BASES = 0x424153
    CONNECTION_TEST = 0x434F4E


@contextmanager
def try_lock(kind: LockKind, number: int) -> Iterator[bool]:
    """Yield whether this process got the lock, and hold it until the end of the block. For use outside of transactions.

    A pooler in front of the database must keep one connection for a session.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [kind.value, number])
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours:
            _unlock(kind, number)


def lock_transaction(kind: LockKind, number: int, *, shared: bool = False) -> None:
    """Wait for this lock and hold it until the end of the transaction; `shared` ones keep out only one that is not."""
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [kind.value, number])


def _unlock(kind: LockKind, number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [kind.value, number])
