"""Open files of other people safely: below allowed folders only, and never a file that could block."""

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from territory.reach import ANYWHERE, HostError

# Errors of opening something that is not a file; a pipe, a folder and most devices can be opened.
_NO_FILE = {errno.ELOOP: "a symbolic link", errno.ENXIO: "a socket", errno.EISDIR: "a directory"}
_FILE_TYPES = {stat.S_IFIFO: "a pipe", stat.S_IFDIR: "a directory"}


def real_path(path: Path, roots: Sequence[Path] = ANYWHERE) -> Path:
    """Return a path with all symbolic links resolved. Raises a permanent HostError if it is not below one of `roots`."""
    try:
        target = path.resolve()
        below = any(target.is_relative_to(root.resolve()) for root in roots)
    except (RuntimeError, ValueError) as error:
        raise HostError(f"{path} leads nowhere: {error}", permanent=True) from error
    if ".." in path.parts or not below:
        raise HostError(f"{path} does not lie below a folder of GAME_FILES_ROOTS", permanent=True)
    return target


def open_regular(path: Path, flags: int = os.O_RDONLY) -> int:
    """Open a file and return its descriptor; the last part of the path must not be a link. It never waits.

    An ordinary `open` of a pipe without a writer, or of a device, would wait for ever. Raises a permanent HostError for
    anything but a regular file, and OSError as `os.open` does.
    """
    try:
        descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC, 0o644)
    except OSError as error:
        if kind := _NO_FILE.get(error.errno or 0):
            raise HostError(f"{path} is not a file but {kind}", permanent=True) from error
        raise
    file_type = stat.S_IFMT(os.fstat(descriptor).st_mode)
    if file_type != stat.S_IFREG:
        os.close(descriptor)
        raise HostError(f"{path} is not a file but {_FILE_TYPES.get(file_type, 'a device')}", permanent=True)
    return descriptor
