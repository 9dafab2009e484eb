"""Opening files that somebody else may have put there: below allowed folders only, and nothing that could block."""

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from territory.reach import ANYWHERE, HostError

# What opening says of something else than a file; a pipe, a folder and most devices can be opened.
_NO_FILE = {errno.ELOOP: "a symbolic link", errno.ENXIO: "a socket", errno.EISDIR: "a directory"}
_KINDS = {stat.S_IFIFO: "a pipe", stat.S_IFDIR: "a directory"}


def real_path(path: Path, roots: Sequence[Path] = ANYWHERE) -> Path:
    """Return where a path leads when all its symbolic links are followed.

    HostError, permanent, when that is not below one of `roots`, or when the links lead nowhere.
    """
    try:
        target = path.resolve()
        below = any(target.is_relative_to(root.resolve()) for root in roots)
    except (RuntimeError, ValueError) as error:
        raise HostError(f"{path} leads nowhere: {error}", permanent=True) from error
    if ".." in path.parts or not below:
        raise HostError(f"{path} does not lie below a folder of GAME_FILES_ROOTS", permanent=True)
    return target


def open_regular(path: Path, flags: int = os.O_RDONLY) -> int:
    """Open a file without ever waiting and return its descriptor; the last part of the path must be no link.

    A pipe without a writer, or a device, would make an ordinary `open` wait for ever. HostError, permanent, for whatever
    is no regular file; OSError as `os.open` raises it.
    """
    try:
        descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC, 0o644)
    except OSError as error:
        if kind := _NO_FILE.get(error.errno or 0):
            raise HostError(f"{path} is not a file but {kind}", permanent=True) from error
        raise
    found = stat.S_IFMT(os.fstat(descriptor).st_mode)
    if found != stat.S_IFREG:
        os.close(descriptor)
        raise HostError(f"{path} is not a file but {_KINDS.get(found, 'a device')}", permanent=True)
    return descriptor
