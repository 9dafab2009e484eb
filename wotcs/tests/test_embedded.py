"""The embedded servers: real ones, in a directory whose name has everything a name can have."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import environ
import psycopg
import pytest

from wotcs import embedded, embedded_servers

ROOT = Path(__file__).resolve().parents[2]

# Starts both servers, tells their numbers, and waits to be killed.
HOLDER = """
import sys, time
from pathlib import Path
from wotcs import embedded, embedded_servers as servers
data_dir = Path(sys.argv[1])
with embedded.exclusive(data_dir):
    postgres = servers.start_postgres(data_dir, output=None)
    valkey = servers.start_valkey(data_dir, output=None)
    servers.wait_until(lambda: servers.postgres_ready(data_dir), postgres, "postgres")
    servers.wait_until(lambda: servers.valkey_ready(data_dir), valkey, "valkey")
    print(f"\\n{postgres.pid} {valkey.pid} ready", flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("home") / "da ta 100% 'é' @host:1"
    embedded.make_data_dir(path)
    (path / "postgres.partial").mkdir()  # as an interrupted first start leaves it
    (path / "postgres.partial" / "PG_VERSION").write_text("18\n")
    yield path
    embedded.forget(path)


@contextmanager
def running_postgres(data_dir: Path) -> Iterator["subprocess.Popen[bytes]"]:
    process = embedded_servers.start_postgres(data_dir, output=subprocess.DEVNULL)
    try:
        embedded_servers.wait_until(lambda: embedded_servers.postgres_ready(data_dir), process, "PostgreSQL")
        yield process
    finally:
        embedded_servers.stop(process, signal.SIGINT)


def connect(data_dir: Path) -> psycopg.Connection[tuple[Any, ...]]:
    """Connect as Django does: by what django-environ makes of the address."""
    parts = environ.Env.db_url_config(embedded.database_url(data_dir))
    return psycopg.connect(
        host=parts["HOST"],
        port=parts["PORT"],
        user=parts["USER"],
        password=parts["PASSWORD"],
        dbname=parts["NAME"],
        autocommit=True,
    )


def wait_for(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


@pytest.mark.slow
def test_row_survives_kill_of_postgres_and_reused_process_number(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "6543")  # of another PostgreSQL of this machine
    with running_postgres(data_dir) as process:
        with connect(data_dir) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS killed (word text)")
            connection.execute("INSERT INTO killed VALUES ('kept')")
        process.kill()
        process.wait()
        pid_file = data_dir / "postgres" / "postmaster.pid"
        with subprocess.Popen(["sleep", "60"]) as stranger:
            pid_file.write_text(pid_file.read_text().replace(str(process.pid), str(stranger.pid), 1))
            with running_postgres(data_dir), connect(data_dir) as connection:
                assert connection.execute("SELECT word FROM killed").fetchall() == [("kept",)]
            assert stranger.poll() is None
            stranger.kill()


@pytest.mark.slow
def test_killed_supervisor_leaves_no_servers_and_next_start_works_at_once(data_dir: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data_dir)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        line = next(line for line in holder.stdout if line.endswith(" ready\n"))
        servers = [Path("/proc", number) for number in line.split()[:2]]
        with (
            pytest.raises(embedded.EmbeddedError, match="in use by another copy"),
            embedded.exclusive(data_dir),
        ):
            pass
        assert all(server.exists() for server in servers)
        holder.kill()
        holder.wait()
    begun = time.monotonic()
    with embedded.exclusive(data_dir), running_postgres(data_dir), connect(data_dir) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == (embedded.DATABASE,)
    # A server that had to be told to end would have cost ten seconds: the kernel has told it.
    assert time.monotonic() - begun < 8
    assert wait_for(lambda: not any(server.exists() for server in servers))


def test_data_of_another_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    version = tmp_path / "postgres" / "PG_VERSION"
    version.parent.mkdir()
    version.write_text("12\n")
    try:
        with pytest.raises(
            embedded.EmbeddedError, match=r"written by PostgreSQL 12, installed is \d+.*pg_dump"
        ):
            embedded_servers.start_postgres(tmp_path, output=subprocess.DEVNULL)
        assert list(version.parent.iterdir()) == [version]
    finally:
        embedded.forget(tmp_path)


@pytest.mark.parametrize(
    ("variable", "start"),
    [
        ("EMBEDDED_POSTGRES_BIN", embedded_servers.start_postgres),
        ("EMBEDDED_VALKEY_SERVER", embedded_servers.start_valkey),
    ],
)
def test_missing_program_is_named(
    variable: str, start: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "no such"))
    with pytest.raises(embedded.EmbeddedError, match=f"{variable}: .*no such"):
        start(tmp_path, output=subprocess.DEVNULL)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("redis://:se%2Fcret@host/3", "redis://:se%2Fcret@host/3"),
        (
            "rediss://user:pw@host:6380/1?ssl_cert_reqs=required",
            "rediss://user:pw@host:6380/1?ssl_cert_reqs=required",
        ),
        ("unix:///tmp/run/kv.sock?db=0", "redis+socket:///tmp/run/kv.sock?virtual_host=0"),
        ("unix:///tmp/run/kv.sock?db=2", "redis+socket:///tmp/run/kv.sock?virtual_host=2"),
        ("unix:///tmp/run/kv.sock", "redis+socket:///tmp/run/kv.sock?virtual_host=0"),
        ("unix://:pw@/tmp/run/kv.sock?db=1", "redis+socket://:pw@/tmp/run/kv.sock?virtual_host=1"),
    ],
)
def test_broker_address_of_a_redis_address(url: str, expected: str) -> None:
    assert embedded.broker_from_redis_url(url) == expected


def test_addresses_are_short_and_plain_wherever_the_data_is(tmp_path: Path) -> None:
    deep = tmp_path / ("long name " * 12) / "é'\"%20" / "data"
    for url in (embedded.database_url(deep), embedded.redis_url(deep, 3), embedded.broker_url(deep)):
        assert url.isascii()
        assert not set(url) & set(" '\"%")
    assert embedded.redis_url(deep, 3).endswith("?db=3")
    assert len(str(embedded.sockets(deep) / "pg" / ".s.PGSQL.5432.lock")) < 108
    assert embedded.sockets(deep) != embedded.sockets(tmp_path)


def test_secret_is_made_once_by_racing_processes(tmp_path: Path) -> None:
    script = "import pathlib, runpy, sys; print(runpy.run_path(sys.argv[1])['secret_key'](pathlib.Path(sys.argv[2])))"
    home = tmp_path / "not yet there"
    command = [sys.executable, "-c", script, str(ROOT / "wotcs" / "embedded.py"), str(home)]
    racers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    words = {racer.communicate()[0].strip() for racer in racers}
    assert len(words) == 1
    assert len(words.pop()) > 40
    assert list(home.iterdir()) == [home / "secret_key"]
    assert stat.S_IMODE((home / "secret_key").stat().st_mode) == 0o600


def test_unwritable_data_directory_says_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(embedded.EmbeddedError, match="WOTCS_DATA_DIR"):
        embedded.secret_key(tmp_path / "file" / "data")


@pytest.mark.parametrize("trap", ["symlink", "file", "writable by others"])
def test_prepared_socket_directory_is_refused(
    trap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as temp:
        monkeypatch.setattr(tempfile, "tempdir", temp)
        place = embedded.sockets(tmp_path)
        assert place.parent == Path(temp)
        if trap == "symlink":
            place.symlink_to(tmp_path)
        elif trap == "file":
            place.touch()
        else:
            place.mkdir()
            place.chmod(0o777)
        with pytest.raises(embedded.EmbeddedError, match="not a private directory"):
            embedded.database_url(tmp_path)


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("redis://host:6379/0", "redis://host:6379/1"),
        ("rediss://:secret@host:6379", "rediss://:secret@host:6379/1"),
        ("redis://host/0?protocol=3", "redis://host/1?protocol=3"),
        ("unix:///run/kv.sock?db=0", "unix:///run/kv.sock?db=1"),
        ("unix:///run/kv.sock", "unix:///run/kv.sock?db=1"),
    ],
)
def test_other_database_keeps_the_rest_of_the_address(url: str, other: str) -> None:
    assert embedded.other_database(url, 1) == other


def test_simulator_is_known_while_it_is_noted(tmp_path: Path) -> None:
    assert embedded.simulated(tmp_path) == ("", "", "")

    embedded.note_simulated(tmp_path, "simulated", "http://127.0.0.1:8950", "1900000777")
    embedded.note_simulated(tmp_path, "simulated", "http://127.0.0.1:8951", "1900000777")
    assert embedded.simulated(tmp_path) == ("simulated", "http://127.0.0.1:8951", "1900000777")

    embedded.forget_simulated(tmp_path)
    assert embedded.simulated(tmp_path) == ("", "", "")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2", "postgresql+asyncpg"])
def test_address_of_the_old_systems_database_is_understood(tmp_path: Path, scheme: str) -> None:
    script = "from wotcs.settings import DATABASES as d; d = d['default']; print(d['ENGINE'], d['USER'], d['HOST'], d['NAME'])"
    environment = os.environ | {
        "WOTCS_DATA_DIR": str(tmp_path),
        "DATABASE_URL": f"{scheme}://ana:segredo@db.example:5432/wotcs",
    }
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["django.db.backends.postgresql", "ana", "db.example", "wotcs"]
