import threading
from collections.abc import Callable

import psycopg
import pytest
from django.db import connection

from common.locks import LockKind, try_lock

pytestmark = pytest.mark.django_db(transaction=True)


def elsewhere(work: Callable[[], bool]) -> bool:
    """Run work on a connection of its own and return what it returns."""
    found: list[bool] = []

    def run() -> None:
        try:
            found.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    (result,) = found
    return result


def is_free(kind: LockKind, number: int) -> bool:
    def attempt() -> bool:
        with try_lock(kind, number) as is_ours:
            return is_ours

    return elsewhere(attempt)


def test_lock_is_held_until_the_end_of_the_block() -> None:
    with try_lock(LockKind.CLAN_SYNC, 1) as is_ours:
        assert is_ours
        assert not is_free(LockKind.CLAN_SYNC, 1)
        assert not is_free(LockKind.CLAN_SYNC, 1), "set free by one who did not get it"
    assert is_free(LockKind.CLAN_SYNC, 1)


def test_lock_of_another_kind_or_number_is_another_lock() -> None:
    with try_lock(LockKind.CLAN_SYNC, 1):
        assert is_free(LockKind.CLAN_SYNC, 2)
        assert is_free(LockKind.CATALOGUE, 1)


def test_lock_is_set_free_by_a_block_that_fails() -> None:
    with pytest.raises(RuntimeError), try_lock(LockKind.CLAN_SYNC, 1):
        raise RuntimeError
    assert is_free(LockKind.CLAN_SYNC, 1)


def test_lock_is_set_free_when_its_holders_connection_ends() -> None:
    given = connection.get_connection_params()
    given.pop("cursor_factory", None)
    given.pop("context", None)
    holder = psycopg.connect(**given, autocommit=True)
    holder.execute("SELECT pg_advisory_lock(%s, %s)", [LockKind.CLAN_SYNC.value, 1])
    assert not is_free(LockKind.CLAN_SYNC, 1)
    with connection.cursor() as cursor:  # as the end of a process does
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [holder.info.backend_pid])
    holder.close()
    assert is_free(LockKind.CLAN_SYNC, 1)
