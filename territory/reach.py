"""What it takes to reach a file of a game server's host, and what can go wrong on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ANYWHERE: Sequence[Path] = (Path("/"),)


@dataclass(frozen=True, slots=True)
class HostAddress:
    """Where a log source or a ban list is: a text whose meaning is its kind's own, and the secret that opens it.

    `roots` are the folders of this machine below which it must lie, for kinds that are files here.
    """

    text: str
    secret: str = field(default="", repr=False)
    roots: Sequence[Path] = ANYWHERE


class HostError(Exception):
    """A log source or a ban list could not be read or written.

    `permanent` says that trying again cannot help before a person has changed something. The message is in English,
    for staff, as technical detail; it holds no password and no token.
    """

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class HostBusyError(HostError):
    """Somebody else holds or keeps changing the ban list; later it will be free."""
