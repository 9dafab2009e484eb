"""Pytest plugin: throw-away PostgreSQL and Valkey for one run, started before Django reads its settings.

Servers given by DATABASE_URL or REDIS_URL are used instead, each on its own. Workers of pytest-xdist inherit the servers
of the process that started them, and have databases and a folder of their own there.
"""

import atexit
import contextlib
import gc
import os
import shutil
import tempfile
import time
from pathlib import Path

from common import redis_urls
from local import embedded, servers

_PREFIX = "wotcs-test-"
_ROOM_BYTES = 1_000_000_000
_STALE_SECONDS = 600.0
_KEPT = {"django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}
_cleanup = contextlib.ExitStack()
_starter = os.getpid()
# Next to nothing of what is made while the site and the tests are imported is garbage.
gc.set_threshold(100_000, 50, 100)


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over what stays until the end: the site, its libraries and the tests.

    It would go through all of it again and again, and while the database is made throw-away models are all that is new.
    """
    gc.freeze()
    from django.test import TransactionTestCase  # noqa: PLC0415 - as below

    flush = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]
    TransactionTestCase._fixture_teardown = lambda test: _empty() or flush(test)  # type: ignore[attr-defined]


def _empty() -> bool:
    """Delete what a test has committed: in 4 ms, where Django's flush takes 150 for tables that are empty anyway.

    Rights and groups stay, which the flush would make anew. The lock waits for what killed processes still write.
    Return False, and do nothing, where the database was given without the rights of a superuser.
    """
    from django.db import connection, transaction  # noqa: PLC0415 - as below

    found = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - _KEPT
    tables = [connection.ops.quote_name(name) for name in sorted(found)]
    with transaction.atomic(), connection.cursor() as cursor:
        if cursor.connection.info.parameter_status("is_superuser") != "on":
            return False
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables)
        )
        filled = [name for (name,) in cursor.fetchall()]
        cursor.execute("SET LOCAL session_replication_role = replica")  # neither keys nor histories
        for name in filled:
            cursor.execute(f"DELETE FROM {name}")
    return True


def pytest_runtest_setup() -> None:
    """Begin each test in the site's language, which pages change, and with an empty cache.

    The cache counts failed attempts by address, and all tests come from one address.
    """
    from django.core.cache import cache  # noqa: PLC0415 - the settings must not be read before the servers are up
    from django.utils import translation  # noqa: PLC0415

    translation.deactivate()
    cache.clear()


def pytest_unconfigure() -> None:
    """Stop the servers; called by pytest at its end, and at exit in case pytest did not come so far."""
    if os.getpid() == _starter:
        _cleanup.close()


def _base() -> Path:
    """Return the folder for the data: in memory if there is enough, because the databases are thrown away."""
    memory = Path("/dev/shm")  # noqa: S108
    with contextlib.suppress(OSError):
        if os.access(memory, os.W_OK | os.X_OK) and shutil.disk_usage(memory).free > _ROOM_BYTES:
            return memory
    return Path(tempfile.gettempdir())


def _sweep(base: Path) -> None:
    """Remove the folders of killed runs; a run that goes on holds its lock."""
    for left in base.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError, embedded.EmbeddedError):
            if left.stat().st_uid == os.getuid() and left.stat().st_mtime < time.time() - _STALE_SECONDS:
                with embedded.exclusive(left):
                    embedded.forget(left)


def _start() -> None:
    base = _base()
    _sweep(base)
    data_dir = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
    data_dir.chmod(0o711)  # under root, PostgreSQL runs as somebody else
    atexit.register(pytest_unconfigure)
    os.environ["DJANGO_TESTING"] = "1"
    # In memory too, where writing through to the disk costs nothing, which copies of databases and lists do.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(data_dir))
    os.environ["SECRET_KEY"] = "for-tests-only-and-long-enough-to-please-every-check-of-length"  # noqa: S105
    os.environ["GAME_FILES_ROOTS"] = "/"  # tests of the setting narrow it
    servers.provide(_cleanup, data_dir, throw_away=True)


def _move_apart(worker: str) -> None:
    """Give one of several workers its own part of the servers; pytest-django does so for PostgreSQL."""
    queues = 2 * int(worker.removeprefix("gw"))
    os.environ["CACHE_URL"] = redis_urls.other_database(os.environ["REDIS_URL"], queues + 1)
    os.environ["REDIS_URL"] = redis_urls.other_database(os.environ["REDIS_URL"], queues)
    own = Path(os.environ["WOTCS_DATA_DIR"]) / worker
    own.mkdir(exist_ok=True)
    os.environ["WOTCS_DATA_DIR"] = str(own)


if _worker := os.environ.get("PYTEST_XDIST_WORKER"):
    _move_apart(_worker)
else:
    try:
        _start()
    except BaseException:
        pytest_unconfigure()
        raise
