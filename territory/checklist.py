"""The lines of a connection test, without words: a table of the set-up page says them in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class CheckLevel(StrEnum):
    """How a line of a connection test came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class CheckSubject(StrEnum):
    """What a line of a connection test is about, in the order in which a test goes on."""

    REACH = "reach"
    SIGN_IN = "sign_in"
    ENCRYPTION = "encryption"
    TOKEN_END = "token_end"  # noqa: S105 - the name of a line
    FOLDER = "folder"
    NEWEST_LOG = "newest_log"
    TIME_ZONE = "time_zone"
    LINES = "lines"
    PLACEMENTS = "placements"
    LIST_READ = "list_read"
    LIST_SIZE = "list_size"
    DRY_WRITE = "dry_write"


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of a connection test: its subject, how it came out, and the values of its sentence.

    An adapter's `check()` yields its lines one after the other, so that whoever runs it can say how long each took. Where it
    cannot go on it raises a HostError, which becomes the failing line of the next subject. No value is a password, a token, or
    the whereabouts of a player.
    """

    subject: CheckSubject
    level: CheckLevel = CheckLevel.OK
    values: Mapping[str, object] = field(default_factory=dict)
