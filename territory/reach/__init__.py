"""The address of a file on a game server's host, and the errors of reaching it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

ANYWHERE: Sequence[Path] = (Path("/"),)
_LONGEST_WORDS = 200


@dataclass(frozen=True, slots=True)
class HostAddress:
    """The address of a log source or ban list: a text whose meaning depends on the kind, and the secret that opens it.

    `roots` are the folders of this machine below which it must lie, for kinds that are files here; `api_url` is the host's
    API, for kinds that have one.
    """

    text: str
    secret: str = field(default="", repr=False)
    roots: Sequence[Path] = ANYWHERE
    api_url: str = ""


class HostError(Exception):
    """A log source or a ban list could not be read or written.

    `permanent` means that another attempt fails until a person changes something. The message is technical, in English,
    for staff; it holds no password and no token. `is_refused` means that the host does not take the secret.
    """

    is_refused = False

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class HostBusyError(HostError):
    """Another program locks or keeps changing the ban list; a later attempt may work."""


class HostAwayError(HostError):
    """A host on the network is down, refuses or limits us: attempts go on until it answers, not sooner than after `wait`."""

    def __init__(self, message: str, *, wait: timedelta = timedelta()) -> None:
        super().__init__(message)
        self.wait = wait


def tame_words(text: str, secret: str = "") -> str:
    """Return a host's own words as one short line of printable text, without the secret in any of its spellings."""
    if secret:
        text = text.replace(secret, "***").replace(repr(secret)[1:-1], "***")
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:_LONGEST_WORDS]
