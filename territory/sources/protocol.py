"""The protocol of a log source on any host."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from territory.checklist import CheckLine, CheckSubject

_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCapabilities:
    """What a kind of log source promises.

    A line can be read `visible_within` this time after its act, as a rule; `interval` passes between two looks.
    """

    visible_within: timedelta
    interval: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class ListedLog:
    """A log in the list of a source: `key` opens it, `name` is text that the database can store.

    `written_at` is the time of the last write, in seconds since 1970 by the host's clock; 0 if it is unknown.
    """

    key: str
    name: str
    size: int
    written_at: float


def is_log_name(name: str) -> bool:
    """Tell whether a name on a host is that of a log that the database can store."""
    return name.lower().endswith(".adm") and name.isprintable() and len(name) <= _LONGEST_NAME


class OpenLog(Protocol):
    """A log that is open for reading, with its size and time at the moment of opening."""

    @property
    def size(self) -> int: ...
    @property
    def written_at(self) -> float: ...
    def read(self, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from this offset, nothing at the end."""


class LogHost(Protocol):
    """The logs of a game server. Raises OSError or HostError if they cannot be reached.

    `checks` are the lines of `check`, in their order.
    """

    @property
    def checks(self) -> Sequence[CheckSubject]: ...
    def check(self) -> Iterator[CheckLine]:
        """Test the connection, up to the list of logs."""

    def list_logs(self) -> Sequence[ListedLog]:
        """Return the logs, the last written at the end."""

    def open_log(self, log: ListedLog) -> AbstractContextManager[OpenLog]:
        """Open a listed log, which may be gone or replaced by now."""
