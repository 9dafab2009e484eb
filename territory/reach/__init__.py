"""The address of a file on a game server's host, and the errors of reaching it."""

from collections.abc import Iterable, Sequence
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

    `permanent` means that another attempt fails until a person changes something; any other goes on, not sooner than after
    `wait`. The message is technical, in English, for staff; it holds no password and no token. `is_refused` means that the
    host does not take the secret.
    """

    is_refused = False

    def __init__(self, message: str, *, permanent: bool = False, wait: timedelta = timedelta()) -> None:
        super().__init__(message)
        self.permanent, self.wait = permanent, wait


class HostAwayError(HostError):
    """A host on the network is down, refuses or limits us: attempts go on until it answers."""


def limited(blocks: Iterable[bytes], most: int, error: HostError) -> bytes:
    """Return all bytes of these blocks. Raises the error as soon as they are more than `most`."""
    got = bytearray()
    for block in blocks:
        got += block
        if len(got) > most:
            raise error
    return bytes(got)


def tame_words(text: str, secret: str = "") -> str:
    """Return a host's own words as one short line of printable text, without the secret in any of its spellings."""
    if secret:
        text = text.replace(secret, "***").replace(repr(secret)[1:-1], "***")
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:_LONGEST_WORDS]
