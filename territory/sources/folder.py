"""A folder of this machine in which a game server writes its logs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from territory import files
from territory.checklist import CheckLine, CheckSubject
from territory.reach import HostAddress
from territory.sources.protocol import ListedLog, SourceCapabilities


class OpenFile:
    """A log that is a file of this machine."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        status = os.fstat(file.fileno())
        self.size, self.written_at = status.st_size, status.st_mtime

    def read(self, offset: int, count: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(count)


@contextmanager
def open_file(path: Path) -> Iterator[OpenFile]:
    """Open a log. Raises as `files.open_regular` does, and never waits."""
    with open(files.open_regular(path), "rb") as file:  # noqa: PTH123 - pathlib opens no descriptor
        yield OpenFile(file)


class FolderSource:
    """The .ADM files of a folder. Opening one refuses what is not a file."""

    capabilities = SourceCapabilities(visible_within=timedelta(seconds=10))
    checks = (CheckSubject.REACH,)

    def __init__(self, address: HostAddress) -> None:
        self._address = address

    def check(self) -> Iterator[CheckLine]:
        next(files.real_path(Path(self._address.text), self._address.roots).iterdir(), None)
        yield CheckLine(CheckSubject.REACH, values={"host": self._address.text})

    def list_logs(self) -> list[ListedLog]:
        """Return the folder's logs, oldest first, without logs that were removed just now."""
        paths = files.real_path(Path(self._address.text), self._address.roots).iterdir()
        logs = (_listed(path) for path in paths if path.suffix.lower() == ".adm")
        return sorted((log for log in logs if log), key=lambda log: (log.written_at, log.name))

    @contextmanager
    def open_log(self, log: ListedLog) -> Iterator[OpenFile]:
        """Open a log, following links below the allowed folders only."""
        with open_file(files.real_path(Path(log.key), self._address.roots)) as file:
            yield file


def name_of(path: Path) -> str:
    """Return a file's name as text that the database can store: a file system allows any bytes."""
    return path.name.encode(errors="surrogateescape").decode(errors="replace")


def _listed(path: Path) -> ListedLog | None:
    """Return a listed log; None if the file is gone, or a link to nothing."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError:  # opening it fails too, and the log's row shows the error
        return ListedLog(str(path), name_of(path), -1, 0.0)
    return ListedLog(str(path), name_of(path), status.st_size, status.st_mtime)
