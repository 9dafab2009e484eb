"""Addresses, secrets and places of the embedded PostgreSQL and Valkey (`servers` starts them).

Nothing of the data directory's path ever enters an address: it may hold spaces and odd characters, and a socket's path is
limited to 108 bytes. Sockets therefore live in a short private directory under the temporary one.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

USER = "app"
DATABASE = "wotcs"
PORT = 5432  # only a part of the socket's name; always given, or a PGPORT of the machine would decide
_SAFE_TEMP = re.compile(r"/[A-Za-z0-9._/-]{1,40}")


class EmbeddedError(RuntimeError):
    """An embedded server cannot be used; the message says what to do, for a person at a terminal."""


# -- Addresses and secrets ----------------------------------------------------------------------------------------


def database_url(data_dir: Path) -> str:
    """Address of the embedded database in libpq's form for sockets, which psql takes too."""
    return f"postgres://{USER}:{password(data_dir)}@/{DATABASE}?host={sockets(data_dir) / 'pg'}&port={PORT}"


def redis_url(data_dir: Path) -> str:
    """Address of the embedded Valkey."""
    return f"unix://{valkey_socket(data_dir)}?db=0"


def secret_key(data_dir: Path) -> str:
    """Return the installation's own key, made once; set SECRET_KEY where several machines share sessions."""
    return _create_once(data_dir / "secret_key")


def hand_over(data_dir: Path, values: Mapping[str, str]) -> None:
    """Write the environment that manage.py in another terminal reads while this one holds the data directory."""
    withdraw(data_dir)
    write_private(data_dir / "run.env", "".join(f"{name}='{value}'\n" for name, value in values.items()))


def withdraw(data_dir: Path) -> None:
    """Remove the environment that was handed over."""
    (data_dir / "run.env").unlink(missing_ok=True)


def valkey_socket(data_dir: Path) -> Path:
    """Where the embedded Valkey listens."""
    return sockets(data_dir) / "kv.sock"


def password(data_dir: Path) -> str:
    return _create_once(data_dir / "database_password")


def _create_once(path: Path) -> str:
    """Return the random word of a file, which appears whole or not at all; the caller holds the data directory."""
    try:
        if not path.exists():
            make_data_dir(path.parent)
            draft = path.with_name(f".{path.name}")
            draft.unlink(missing_ok=True)
            write_private(draft, secrets.token_urlsafe(48))
            draft.rename(path)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise EmbeddedError(_unusable(path, error)) from error


def _unusable(path: Path, error: OSError) -> str:
    return f"Cannot read or create {path}: {error.strerror}. Set WOTCS_DATA_DIR to a directory of your own."


def write_private(path: Path, text: str) -> None:
    """Write a new file that only this user may read; on the disk when this returns."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


# -- Places ------------------------------------------------------------------------------------------------------


def make_data_dir(data_dir: Path) -> None:
    """Create the data directory: other users may pass (PostgreSQL runs as `nobody` under root) but not list it."""
    try:
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        data_dir.mkdir(mode=0o711, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(_unusable(data_dir, error)) from error


def sockets(data_dir: Path) -> Path:
    """Name the private directory for sockets; refuse one that another user has made."""
    digest = hashlib.sha256(os.fsencode(os.path.realpath(data_dir))).hexdigest()[:12]
    temp = tempfile.gettempdir()
    path = Path(temp if _SAFE_TEMP.fullmatch(temp) else "/tmp") / f"wotcs-{os.getuid()}-{digest}"  # noqa: S108
    with contextlib.suppress(FileNotFoundError):
        found = path.lstat()
        writable_by_others = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or writable_by_others:
            raise EmbeddedError(f"{path} exists and is not a private directory of this user. Remove it.")
    return path


def make_sockets(data_dir: Path) -> Path:
    path = sockets(data_dir)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    if os.getuid() == 0:
        path.chmod(0o711)  # PostgreSQL's own account must reach its part below
    return sockets(data_dir)


def forget(data_dir: Path) -> None:
    """Remove a throw-away data directory and its sockets; its servers must have stopped."""
    shutil.rmtree(sockets(data_dir), ignore_errors=True)
    shutil.rmtree(data_dir, ignore_errors=True)


@contextlib.contextmanager
def exclusive(data_dir: Path) -> Iterator[None]:
    """Hold the data directory for this process; the kernel releases it however the process ends.

    Raises EmbeddedError when another process holds it or when it is another user's.
    """
    make_data_dir(data_dir)
    owner = data_dir.stat().st_uid
    if owner != os.getuid():
        raise EmbeddedError(
            f"{data_dir} belongs to user {owner}, this is user {os.getuid()}. "
            "Run as that user or set WOTCS_DATA_DIR to a directory of your own."
        )
    with (data_dir / "lock").open("a", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmbeddedError(
                f"{data_dir} is in use by another copy that is running. Stop that one first, "
                "or set WOTCS_DATA_DIR for a second, separate copy."
            ) from None
        yield
