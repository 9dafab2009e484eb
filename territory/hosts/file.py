"""Editing a ban list that is a file on this machine, next to a game server that reads it at any moment."""

import contextlib
import errno
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from territory.files import open_regular, real_path
from territory.reach import ANYWHERE, HostAddress, HostBusyError, HostError

LOCK_TIMEOUT = timedelta(seconds=10)
MAX_BYTES = 16 * 1024 * 1024

_LOCK_POLL_SECONDS = 0.02
_TRIES = 20
_SETTLE_SECONDS = 0.05
_FRESH_SECONDS = 1.0
# A file mounted by itself into a container, or one in a folder with a sticky bit, can be written but not replaced.
_CANNOT_REPLACE = {errno.EBUSY, errno.EXDEV, errno.EPERM}


class FileBanList:
    """A ban.txt of this machine."""

    def __init__(self, address: HostAddress) -> None:
        self._path, self._roots = Path(address.text), address.roots

    def read(self) -> bytes:
        """Return the file's bytes as `read_file` does."""
        return read_file(self._path, roots=self._roots)

    def edit(self, edit: Callable[[bytes], bytes]) -> bool:
        """Rewrite the file as `edit_file` does."""
        return edit_file(self._path, edit, roots=self._roots)


@dataclass(frozen=True, slots=True)
class _Version:
    """A file's bytes and how to tell whether it is still the same; `seen` is None while there is no file."""

    content: bytes
    seen: os.stat_result | None


def edit_file(
    path: Path,
    edit: Callable[[bytes], bytes],
    *,
    timeout: timedelta = LOCK_TIMEOUT,
    roots: Sequence[Path] = ANYWHERE,
) -> bool:
    """Rewrite a file by a pure edit of its bytes, and say whether it changed; a missing file counts as empty.

    Whoever edits through this function waits for the others, on `.NAME.lock` beside the file. A writer that takes no
    lock is noticed up to the moment of replacing, and `edit` is then asked again with the new bytes. The file is
    replaced as a whole, so a reader or a crash finds the old list or the new one. Only a file that cannot be replaced,
    such as one mounted by itself, is overwritten in place from the first byte that differs; a crash just then may
    leave the lines after that byte shifted. The file is read again afterwards: the bytes that `edit` returned last are
    those that stand in it.

    A symbolic link stays and its target is edited. HostBusyError if the lock is not free within `timeout` or the file keeps
    changing; HostError if it cannot be read or written, or does not lie below one of `roots`.
    """
    try:
        target = _target(path, roots)
        with _locked(target, timeout):
            return _edit_locked(target, edit)
    except OSError as error:
        raise HostError(f"Cannot edit {path}: {error.strerror or error}") from error


def read_file(path: Path, *, roots: Sequence[Path] = ANYWHERE) -> bytes:
    """Return a file's bytes, nothing for a missing one. HostError as `edit_file` raises it; it never waits for a pipe."""
    try:
        return _read_settled(_target(path, roots)).content
    except OSError as error:
        raise HostError(f"Cannot read {path}: {error.strerror or error}") from error


def _target(path: Path, roots: Sequence[Path]) -> Path:
    target = real_path(path, roots)
    if not target.parent.is_dir():
        # Not permanent: a disk may be mounted late.
        raise HostError(f"{path}: there is no folder {target.parent}")
    if target.exists() and not target.is_file():
        raise HostError(f"{path} is not a file", permanent=True)
    return target


@contextlib.contextmanager
def _locked(target: Path, timeout: timedelta) -> Iterator[None]:
    """Hold the lock file of `target`. It is never removed: a lock on a removed file would exclude nobody."""
    lock = _sidecar(target, "lock")
    # Opened for reading only, so that another user's lock file will do.
    descriptor = open_regular(lock, os.O_RDONLY | os.O_CREAT)
    try:
        _wait_for(descriptor, lock, time.monotonic() + timeout.total_seconds())
        yield
    finally:
        os.close(descriptor)


def _wait_for(descriptor: int, lock: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise HostBusyError(f"Somebody holds {lock}") from None
            time.sleep(_LOCK_POLL_SECONDS)
        else:
            return


def _edit_locked(target: Path, edit: Callable[[bytes], bytes]) -> bool:
    changed = False
    for _ in range(_TRIES):
        found = _read_settled(target)
        wanted = edit(found.content)
        if wanted == found.content:
            return changed
        if not _write(target, found, wanted):
            continue
        changed = True
        if _read(target).content == wanted:
            return changed
    raise HostBusyError(f"{target} changes faster than it can be edited")


def _read_settled(target: Path) -> _Version:
    """Read the file, waiting a little for a writer who has just emptied it or stands in the middle of a line."""
    for _ in range(_TRIES):
        found = _read(target)
        if found.seen is None or found.content.endswith(b"\n"):
            return found
        if abs(time.time() - found.seen.st_mtime) > _FRESH_SECONDS:
            return found
        time.sleep(_SETTLE_SECONDS)
    return found


def _read(target: Path) -> _Version:
    try:
        with open(open_regular(target), "rb") as file:  # noqa: PTH123 - pathlib opens no descriptor
            seen = os.fstat(file.fileno())
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return _Version(b"", None)
    if len(content) > MAX_BYTES:
        raise HostError(f"{target} is too large for a ban list", permanent=True)
    return _Version(content, seen)


def _is_unchanged(target: Path, found: _Version) -> bool:
    try:
        now = target.stat()
    except FileNotFoundError:
        return found.seen is None
    return found.seen is not None and _identity(now) == _identity(found.seen)


def _identity(seen: os.stat_result) -> tuple[int, int, int, int]:
    return seen.st_mtime_ns, seen.st_size, seen.st_ino, seen.st_dev


def _write(target: Path, found: _Version, wanted: bytes) -> bool:
    """Put the new bytes in place of the version found; return False, having done nothing, if it is there no longer."""
    draft = _sidecar(target, "new")
    try:
        _write_draft(draft, found, wanted)
        if not _is_unchanged(target, found):
            return False
        _put_in_place(target, draft, found, wanted)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(target.parent)
    return True


def _put_in_place(target: Path, draft: Path, found: _Version, wanted: bytes) -> None:
    try:
        draft.replace(target)
    except OSError as error:
        if error.errno not in _CANNOT_REPLACE:
            raise
        _overwrite(target, found.content, wanted)


def _write_draft(draft: Path, found: _Version, wanted: bytes) -> None:
    """Write the whole new file beside the old one; its name is fixed, so what a crash leaves goes next time."""
    draft.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with open(os.open(draft, flags, 0o644), "wb") as file:  # noqa: PTH123 - pathlib opens no descriptor
        file.write(wanted)
        if found.seen is not None:
            _keep_owner_and_mode(file.fileno(), found.seen)
        file.flush()
        os.fsync(file.fileno())


def _keep_owner_and_mode(descriptor: int, seen: os.stat_result) -> None:
    # Each by itself: only root may give a file away, but its owner may give it to a group of theirs.
    for owner, group in ((-1, seen.st_gid), (seen.st_uid, -1)):
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, owner, group)
    os.fchmod(descriptor, stat.S_IMODE(seen.st_mode))


def _overwrite(target: Path, old: bytes, wanted: bytes) -> None:
    """Write in place only what differs, so that adding at the end touches no line that is there."""
    shorter = min(len(old), len(wanted))
    start = next((index for index in range(shorter) if old[index] != wanted[index]), shorter)
    with open(open_regular(target, os.O_RDWR), "r+b") as file:  # noqa: PTH123 - pathlib opens no descriptor
        file.seek(start)
        file.write(wanted[start:])
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut, on file systems that can."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sidecar(target: Path, suffix: str) -> Path:
    return target.with_name(f".{target.name}.{suffix}")
