"""Syncs in processes of their own, which can be killed at a moment that the simulator sees."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from django.conf import settings

from tanks.tests.services.sync.watch import Watch

Process = subprocess.Popen[str]


def start_sync(environment: Mapping[str, str], *arguments: str) -> Process:
    """Start `manage.py sync_clan --json` as a leader of its own group."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "sync_clan", "--json", *arguments],
        cwd=settings.BASE_DIR,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def start_worker(environment: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
    """Start a Celery worker of the queue `sync`."""
    command = [sys.executable, "-m", "celery", "-A", "wotcs", "worker", "-Q", "sync", "-c", "1"]
    with log.open("ab") as output:
        return subprocess.Popen(
            [*command, "--without-gossip", "--without-mingle", "-l", "WARNING"],
            cwd=settings.BASE_DIR,
            env=dict(environment),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def kill(process: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
    """Kill -9 of a process with all its children: no clean-up of any kind."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=20)


def wait_until(is_so: Callable[[], bool], *, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def wait_for_request(watch: Watch, path: str, nth: int, process: Process | None = None) -> None:
    """Wait until the n-th request of a method is there; `process` is the one that shall send it."""

    def is_there() -> bool:
        if process and process.poll() is not None:
            pytest.fail(f"It ended before: {process.communicate()}")
        return watch.count(path) >= nth

    wait_until(is_there)
