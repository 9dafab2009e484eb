"""What a source of logs can do, wherever the logs are kept."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FoundLog:
    """A log of a source as it was listed: `key` is what the source opens it by, `name` is fit for the database.

    `written_at` is when it was written last, in seconds since 1970 by the host's clock; 0 where the source cannot tell.
    """

    key: str
    name: str
    size: int
    written_at: float


class OpenLog(Protocol):
    """A log that is open for reading; size and time are those of the moment when it was opened."""

    @property
    def size(self) -> int: ...
    @property
    def written_at(self) -> float: ...
    def read(self, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from this offset, nothing at the end."""


class LogHost(Protocol):
    """Where a game server's logs are found. OSError or HostError when it cannot be reached."""

    def list_logs(self) -> Sequence[FoundLog]:
        """Return the logs that are there, the one written last at the end."""

    def open_log(self, log: FoundLog) -> AbstractContextManager[OpenLog]:
        """Open a log that was listed, which may be gone or replaced by now."""
