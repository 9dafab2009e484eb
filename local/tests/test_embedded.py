"""The embedded servers: real ones, in a directory whose name has everything a name can have."""

import importlib.util
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from local import embedded, servers


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
    process = servers.start_postgres(data_dir, output=subprocess.DEVNULL)
    try:
        servers.wait_until(lambda: servers.postgres_ready(data_dir), process, "PostgreSQL")
        yield process
    finally:
        servers.stop(process, signal.SIGINT)


def connect(data_dir: Path) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(embedded.database_url(data_dir), autocommit=True)


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
def test_next_start_waits_for_a_server_that_is_just_ending(data_dir: Path) -> None:
    with running_postgres(data_dir) as ending:
        ending.send_signal(signal.SIGINT)  # as the kernel does when a supervisor is killed
        with running_postgres(data_dir), connect(data_dir) as connection:
            assert connection.execute("SELECT current_database()").fetchone() == (embedded.DATABASE,)
        assert ending.poll() == 0


def test_data_directory_is_held_by_one_process(tmp_path: Path) -> None:
    with (
        embedded.exclusive(tmp_path),
        pytest.raises(embedded.EmbeddedError, match="in use by another copy"),
        embedded.exclusive(tmp_path),
    ):
        pass


def test_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _package: None)
    for start, program in ((servers.start_postgres, "postgres"), (servers.start_valkey, "valkey-server")):
        with pytest.raises(embedded.EmbeddedError, match=f"No {program} for this machine.*DATABASE_URL"):
            start(tmp_path, output=subprocess.DEVNULL)


def test_addresses_are_short_and_plain_wherever_the_data_is(tmp_path: Path) -> None:
    deep = tmp_path / ("long name " * 12) / "é'\"%20" / "data"
    for url in (embedded.database_url(deep), embedded.redis_url(deep)):
        assert url.isascii()
        assert not set(url) & set(" '\"%")
    assert len(str(embedded.sockets(deep) / "pg" / ".s.PGSQL.5432.lock")) < 108
    assert embedded.sockets(deep) != embedded.sockets(tmp_path)


def test_secret_is_made_once_and_nobody_else_reads_it(tmp_path: Path) -> None:
    home = tmp_path / "not yet there"
    word = embedded.secret_key(home)
    assert (embedded.secret_key(home), len(word) > 40) == (word, True)
    assert list(home.iterdir()) == [home / "secret_key"]
    assert stat.S_IMODE((home / "secret_key").stat().st_mode) == 0o600


def test_unwritable_data_directory_says_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    data_dir = tmp_path / "file" / "data"
    with pytest.raises(embedded.EmbeddedError, match="WOTCS_DATA_DIR"):
        embedded.secret_key(data_dir)
    with pytest.raises(embedded.EmbeddedError, match="WOTCS_DATA_DIR"), embedded.exclusive(data_dir):
        pass


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
