"""`make services`: what manage.py in another terminal takes from it, and what is left when it is killed."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from local import embedded

pytestmark = pytest.mark.thorough
COMMAND = [sys.executable, "-m", "local", "--services-only"]
NAMES = ("SECRET_KEY", "DATABASE_URL", "REDIS_URL")


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Return a folder with odd characters in its name that everybody may reach, as an ordinary user's server must."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "da ta, 100% 'é'"
        embedded.forget(Path(folder) / "da ta, 100% 'é'")


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    return (
        os.environ
        | dict.fromkeys((*NAMES, "DJANGO_TESTING"), "")
        | {"WOTCS_DATA_DIR": str(data_dir), "LC_ALL": "C"}
        | more
    )


@contextmanager
def services(data_dir: Path) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        COMMAND, env=environment(data_dir), cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert any("Servers are ready" in line for line in process.stdout)
            yield process
        finally:
            process.kill()


def run(*command: str, data_dir: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        env=environment(data_dir, **more),
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


def manage(data_dir: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    return run(sys.executable, "manage.py", *arguments, data_dir=data_dir, **more)


def pids(data_dir: Path) -> list[int]:
    names = ("postgres/postmaster.pid", "valkey/valkey.pid")
    return [int((data_dir / name).read_text().split()[0]) for name in names]


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_manage_py_takes_the_addresses_while_the_servers_run(data_dir: Path) -> None:
    script = "from django.conf import settings; print(settings.SECRET_KEY, settings.DATABASE_URL)"
    with services(data_dir) as process:
        run_env = data_dir / "run.env"
        assert stat.S_IMODE(run_env.stat().st_mode) == 0o600
        done = manage(data_dir, "check", "--database", "default")
        assert (done.returncode, done.stderr) == (0, "")
        assert f"SECRET_KEY='{embedded.secret_key(data_dir)}'" in run_env.read_text()
        mine = manage(data_dir, "shell", "--no-imports", "-c", script, SECRET_KEY="mine")
        assert mine.stdout.split() == ["mine", embedded.database_url(data_dir)]
        second = run(*COMMAND, data_dir=data_dir)
        assert (second.returncode, "in use by another copy" in second.stderr) == (1, True)
        assert run_env.exists()
        servers = pids(data_dir)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        assert process.stdout.read().endswith("Stopped.\n")
        assert process.wait() == 0
    assert all(map(is_gone, servers))
    assert not run_env.exists()


def test_addresses_of_killed_servers_are_not_taken_and_the_next_start_keeps_the_secrets(
    data_dir: Path,
) -> None:
    with services(data_dir) as process:
        before, servers = (data_dir / "run.env").read_text(), pids(data_dir)
        process.kill()
    done = manage(data_dir, "check")
    assert done.returncode == 1
    assert done.stderr.startswith("manage.py: Not set: SECRET_KEY, DATABASE_URL, REDIS_URL. ")
    assert "`make services`" in done.stderr
    assert "Traceback" not in done.stderr
    begun = time.monotonic()
    with services(data_dir):
        # A server that had to be told to end would have cost ten seconds: the kernel has told it.
        assert time.monotonic() - begun < 8
        assert all(map(is_gone, servers))
        assert (data_dir / "run.env").read_text() == before
