"""Real worker processes on the test's own database and broker."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

Worker = Callable[[], "subprocess.Popen[bytes]"]


def database_url_of_test() -> str:
    """The address of the database the tests run in, which has another name than the one configured."""
    given = connection.settings_dict
    account = f"{quote(given['USER'])}:{quote(given['PASSWORD'])}@"
    host = str(given["HOST"])
    where = f"/{host}" if host.startswith("/") else f"{host}:{given['PORT'] or 5432}"
    return f"postgres://{account}{where}/{given['NAME']}"


@pytest.fixture
def child_environment(transactional_db: None) -> dict[str, str]:
    """The environment of a process that shall work on the test's database and broker."""
    return os.environ | {"DATABASE_URL": database_url_of_test(), "LOG_LEVEL": "WARNING"}


@pytest.fixture
def start_worker(child_environment: dict[str, str], tmp_path: Path) -> Iterator[Worker]:
    """Return a function that starts a Celery worker as `make run` does; what still runs at the end is killed."""
    queues = ["-Q", "placements,bans,logs,outbound,default", "-c", "2"]
    command = [sys.executable, "-m", "celery", "-A", "wotcs", "worker", *queues]
    command += ["--without-gossip", "--without-mingle", "-l", "WARNING"]
    started: list[subprocess.Popen[bytes]] = []
    log = (tmp_path / "worker.log").open("wb")

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env=child_environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        kill_group(process)
    log.close()


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill -9 of a worker with all its children: no clean-up of any kind."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
