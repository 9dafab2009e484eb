"""Real workers and a real web server on the test's own database and broker."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from local.run import answers, web_program
from tests.forked import Forked, celery_worker

Worker = Callable[[], Forked]


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
def start_worker(transactional_db: None, tmp_path: Path) -> Iterator[Worker]:
    """Return a function that starts a Celery worker as `make run` does; what still runs at the end is killed."""
    started: list[Forked] = []

    def start() -> Forked:
        queues = "placements,bans,logs,outbound,default"
        started.append(Forked(celery_worker, queues, 2, log=tmp_path / "worker.log"))
        return started[-1]

    yield start
    for process in started:
        kill_group(process)


@contextmanager
def running_site(log: Path = Path(os.devnull)) -> Iterator[str]:
    """Run the web server of `make run` in the present environment, and yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    with log.open("wb") as output:
        process: subprocess.Popen[bytes] = web_program(port).start(output.fileno())
    try:
        until = time.monotonic() + 60
        while not answers(port):
            assert process.poll() is None, "the web server ended"
            assert time.monotonic() < until, "the web server does not answer"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        kill_group(process)


def kill_group(process: "subprocess.Popen[bytes] | Forked") -> None:
    """Kill -9 of a worker with all its children: no clean-up of any kind."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
