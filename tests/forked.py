"""Processes that are forked from one in which the site is set up: each starts in hundredths of a second, not in two."""

import multiprocessing
import os
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from wotcs.celery import app

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.preloaded"])


class Forked:
    """A process that leads a group of its own, used as one of `subprocess`, on the test's database; `given` are settings."""

    _numbers = count()

    def __init__(self, work: Callable[..., object], *arguments: Any, log: Path, **given: Any) -> None:
        self._log, self._out = log, log.with_name(f"{log.name}.{next(self._numbers)}")
        database = str(connection.settings_dict["NAME"])
        given_to = (self._out, self._log, database, given, partial(work, *arguments))
        self._process = PROCESSES.Process(target=_run, args=given_to)
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        self._process.join(timeout)
        assert self._process.exitcode is not None, "it does not end"
        return self._process.exitcode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end, and return what it has printed, and written as errors."""
        self.wait(timeout)
        return self._out.read_text(), self._log.read_text()


def _run(out: Path, log: Path, database: str, given: dict[str, Any], work: Callable[[], object]) -> None:
    os.setsid()
    for path, descriptor in ((out, 1), (log, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), descriptor)
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = database
    for setting, value in given.items():
        setattr(settings, setting, value)
    work()


def celery_worker(queues: str, processes: int) -> None:
    """Be a worker as `make run` starts it."""
    options = ["-Q", queues, "-c", str(processes), "--without-gossip", "--without-mingle", "-l", "WARNING"]
    app.worker_main(["worker", *options])


def command(*arguments: str) -> None:
    """Do a command of `manage.py`."""
    call_command(*arguments)
