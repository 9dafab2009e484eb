"""The address of a file on a game server's host, and the errors of reaching it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ANYWHERE: Sequence[Path] = (Path("/"),)


@dataclass(frozen=True, slots=True)
class HostAddress:
    """The address of a log source or ban list: a text whose meaning depends on the kind, and the secret that opens it.

    `roots` are the folders of this machine below which it must lie, for kinds that are files here.
    """

    text: str
    secret: str = field(default="", repr=False)
    roots: Sequence[Path] = ANYWHERE


class HostError(Exception):
    """A log source or a ban list could not be read or written.

    `permanent` means that another attempt fails until a person changes something. The message is technical, in English,
    for staff; it holds no password and no token.
    """

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class HostBusyError(HostError):
    """Another program locks or keeps changing the ban list; a later attempt may work."""
