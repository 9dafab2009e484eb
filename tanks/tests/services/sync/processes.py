"""Syncs in processes of their own, which can be killed at a moment that the simulator sees."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tanks.tests.services.sync.watch import Watch
from tests.forked import Forked, celery_worker, command


def start_sync(given: Mapping[str, Any], *arguments: str) -> Forked:
    """Start `manage.py sync_clan --json` as a leader of its own group."""
    return Forked(command, "sync_clan", "--json", *arguments, **given)


def start_worker(given: Mapping[str, Any]) -> Forked:
    """Start a Celery worker of the queue `sync`."""
    return Forked(celery_worker, "sync", 1, **given)


def kill(process: Forked) -> None:
    """Kill -9 of a process with all its children: no clean-up of any kind."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(20)


def wait_until(is_so: Callable[[], bool], *, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def wait_for_request(watch: Watch, path: str, nth: int, process: Forked | None = None) -> None:
    """Wait until the n-th request of a method is there; `process` is the one that shall send it."""

    def is_there() -> bool:
        if process and process.poll() is not None:
            pytest.fail(f"It ended before: {process.communicate()}")
        return watch.count(path) >= nth

    wait_until(is_there)
