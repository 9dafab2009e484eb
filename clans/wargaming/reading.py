"""Reading values out of decoded JSON: the right type, None where nothing was told, or BadAnswer."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from clans.wargaming.errors import BadAnswer

Row = Mapping[str, Any]
T = TypeVar("T")

# What the database's largest integers hold.
LARGEST: Final = 2**63 - 1
# Later times are faults of the source; Python could not even represent most of them.
LAST_SECOND: Final = int(datetime(2200, 1, 1, tzinfo=UTC).timestamp())
# PostgreSQL stores neither of these in a text.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def row(value: object, what: str) -> Row:
    """Return a JSON object; `what` names it in the error."""
    if not isinstance(value, dict):
        raise _unexpected(what, value)
    return value


def rows(value: object, what: str) -> list[Row]:
    """Return a JSON list of objects."""
    return [row(item, f"item of {what}") for item in items(value, what)]


def optional(read: Callable[[object, str], T], source: Row, name: str) -> T | None:
    """Read one value with `read`; None where the key is missing or holds null."""
    value = source.get(name)
    return None if value is None else read(value, name)


def integer(value: object, what: str) -> int:
    """Return an integer from 0 to what a database column holds."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST:
        raise _unexpected(what, value)
    return value


def integers(value: object, what: str) -> tuple[int, ...]:
    return tuple(integer(item, f"item of {what}") for item in items(value, what))


def flag(value: object, what: str) -> bool:
    if not isinstance(value, bool):
        raise _unexpected(what, value)
    return value


def text(value: object, what: str) -> str:
    """Return a text that a database can store."""
    if not isinstance(value, str):
        raise _unexpected(what, value)
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)


def texts_by_key(value: object, what: str) -> dict[str, str]:
    """Return an object whose values are texts."""
    return {text(key, what): text(item, f"value of {what}") for key, item in row(value, what).items()}


def moment(source: Row, name: str) -> datetime | None:
    """Return seconds since 1970 as an aware UTC time; None where missing, null or 0, and from the year 2200 on.

    The API says 0 for "never".
    """
    seconds = optional(_seconds, source, name)
    return datetime.fromtimestamp(seconds, tz=UTC) if seconds and seconds < LAST_SECOND else None


def _seconds(value: object, what: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _unexpected(what, value)
    return max(0, value)


def items(value: object, what: str) -> list[Any]:
    """Return a JSON list of anything."""
    if not isinstance(value, list):
        raise _unexpected(what, value)
    return value


def _unexpected(what: str, value: object) -> BadAnswer:
    # The value itself stays out of the message: it may be a token, and it may be megabytes.
    return BadAnswer(f"Unexpected {type(value).__name__} as {what}.")
