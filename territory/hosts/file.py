"""Edit a ban list that is a file on this machine, while a game server may read it at any moment."""

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

from territory.checklist import CheckLine, CheckSubject
from territory.files import open_regular, real_path
from territory.hosts.capabilities import Capabilities, Identifier, check_content
from territory.reach import ANYWHERE, HostAddress, HostError

LOCK_TIMEOUT = timedelta(seconds=10)
MAX_BYTES = 16 * 1024 * 1024

_NO_TIME = timedelta(seconds=1)
_LOCK_POLL_SECONDS = 0.02
_TRIES = 20
_SETTLE_SECONDS = 0.05
_FRESH_SECONDS = 1.0
# A file mounted by itself into a container, or one in a folder with a sticky bit, can be written but not replaced.
_CANNOT_REPLACE = {errno.EBUSY, errno.EXDEV, errno.EPERM}


class FileBanList:
    """A ban.txt of this machine."""

    capabilities = Capabilities(
        # The game reads its list when somebody connects; whoever plays already is put out by its next check.
        within=timedelta(minutes=10),
        max_bytes=MAX_BYTES,
        identifiers=frozenset({Identifier.PLAYER_ID}),
    )

    checks = (CheckSubject.REACH, CheckSubject.LIST_READ, CheckSubject.LIST_SIZE, CheckSubject.DRY_WRITE)

    def __init__(self, address: HostAddress) -> None:
        self._path, self._roots = Path(address.text), address.roots

    def check(self) -> Iterator[CheckLine]:
        """Test the folder, read the list, and write a file beside it that goes again."""
        try:
            target = _target(self._path, self._roots)
            yield CheckLine(CheckSubject.REACH, values={"host": str(target.parent)})
            yield from check_content(self.read(), self.capabilities)
            with _locked(target, _NO_TIME):
                _try_draft(_sidecar(target, "new"))
        except OSError as error:
            raise HostError(f"{self._path}: {error.strerror or error}") from error
        yield CheckLine(CheckSubject.DRY_WRITE)

    def read(self) -> bytes:
        return read_file(self._path, roots=self._roots)

    def edit(self, edit: Callable[[bytes], bytes]) -> None:
        edit_file(self._path, edit, roots=self._roots)


@dataclass(frozen=True, slots=True)
class _Version:
    """The bytes and the status of a file; `status` is None if there is no file."""

    content: bytes
    status: os.stat_result | None


def edit_file(
    path: Path,
    edit: Callable[[bytes], bytes],
    *,
    timeout: timedelta = LOCK_TIMEOUT,
    roots: Sequence[Path] = ANYWHERE,
) -> None:
    """Rewrite a file by a pure edit of its bytes. A missing file counts as empty.

    Callers wait for each other on `.NAME.lock` beside the file. A change by a writer without the lock is noticed up to the
    moment of replacing, and `edit` runs again with the new bytes. The file is replaced as a whole, so a reader or a crash
    sees the old list or the new one. Only a file that cannot be replaced, such as a file mounted by itself, is overwritten
    in place from the first byte that differs; a crash just then may leave the lines after that byte shifted. The file is
    read again afterwards: it holds the bytes that the last run of `edit` returned.

    A symbolic link stays and its target is edited. Raises HostError if the lock is not free within `timeout`, or the file
    keeps changing, cannot be read or written, or is not below one of `roots`.
    """
    try:
        target = _target(path, roots)
        with _locked(target, timeout):
            _edit_locked(target, edit)
    except OSError as error:
        raise HostError(f"Cannot edit {path}: {error.strerror or error}") from error


def read_file(path: Path, *, roots: Sequence[Path] = ANYWHERE) -> bytes:
    """Return a file's bytes, none for a missing file. Raises HostError as `edit_file` does; never waits for a pipe."""
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
    # Opened for reading only: the lock file may belong to another user.
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
                raise HostError(f"Somebody holds {lock}") from None
            time.sleep(_LOCK_POLL_SECONDS)
        else:
            return


def _edit_locked(target: Path, edit: Callable[[bytes], bytes]) -> None:
    for _ in range(_TRIES):
        version = _read_settled(target)
        edited = edit(version.content)
        if edited == version.content:
            return
        if _write(target, version, edited) and _read(target).content == edited:
            return
    raise HostError(f"{target} changes faster than it can be edited")


def _read_settled(target: Path) -> _Version:
    """Read the file; wait a little for a writer that has just emptied it or is in the middle of a line."""
    for _ in range(_TRIES):
        version = _read(target)
        if version.status is None or version.content.endswith(b"\n"):
            return version
        if abs(time.time() - version.status.st_mtime) > _FRESH_SECONDS:
            return version
        time.sleep(_SETTLE_SECONDS)
    return version


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


def _is_unchanged(target: Path, version: _Version) -> bool:
    try:
        now = target.stat()
    except FileNotFoundError:
        return version.status is None
    return version.status is not None and _identity(now) == _identity(version.status)


def _identity(seen: os.stat_result) -> tuple[int, int, int, int]:
    return seen.st_mtime_ns, seen.st_size, seen.st_ino, seen.st_dev


def _write(target: Path, version: _Version, edited: bytes) -> bool:
    """Replace a version of the file by new bytes; return False, with nothing done, if the file has changed since."""
    draft = _sidecar(target, "new")
    try:
        _write_draft(draft, version, edited)
        if not _is_unchanged(target, version):
            return False
        _put_in_place(target, draft, version, edited)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(target.parent)
    return True


def _put_in_place(target: Path, draft: Path, version: _Version, edited: bytes) -> None:
    try:
        draft.replace(target)
    except OSError as error:
        if error.errno not in _CANNOT_REPLACE:
            raise
        _overwrite(target, version.content, edited)


def _write_draft(draft: Path, version: _Version, edited: bytes) -> None:
    """Write the whole new file beside the old one. Its name is fixed: the next edit removes what a crash left."""
    draft.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with open(os.open(draft, flags, 0o644), "wb") as file:  # noqa: PTH123 - pathlib opens no descriptor
        file.write(edited)
        if version.status is not None:
            _keep_owner_and_mode(file.fileno(), version.status)
        file.flush()
        os.fsync(file.fileno())


def _try_draft(draft: Path) -> None:
    """Write what an edit would write beside the list, and remove it."""
    try:
        _write_draft(draft, _Version(b"", None), b"")
    finally:
        draft.unlink(missing_ok=True)


def _keep_owner_and_mode(descriptor: int, seen: os.stat_result) -> None:
    # Each by itself: only root may change the owner, but the owner may change the group.
    for owner, group in ((-1, seen.st_gid), (seen.st_uid, -1)):
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, owner, group)
    os.fchmod(descriptor, stat.S_IMODE(seen.st_mode))


def _overwrite(target: Path, old: bytes, edited: bytes) -> None:
    """Write in place from the first byte that differs, so that a new last line touches no other line."""
    shorter = min(len(old), len(edited))
    start = next((index for index in range(shorter) if old[index] != edited[index]), shorter)
    with open(open_regular(target, os.O_RDWR), "r+b") as file:  # noqa: PTH123 - pathlib opens no descriptor
        file.seek(start)
        file.write(edited[start:])
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut, on file systems that can."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sidecar(target: Path, suffix: str) -> Path:
    return target.with_name(f".{target.name}.{suffix}")
