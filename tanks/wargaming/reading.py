"""Reading values out of decoded JSON: a clear value is read, an unclear one becomes None and is noted, null becomes None."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from tanks.wargaming.errors import BadAnswerError

JsonObject = Mapping[str, Any]
T = TypeVar("T")
# What could not be read, in words for staff; never the values themselves: they may be secrets, and they may be megabytes.
Faults = list[str]

# What the database's largest integers hold.
LARGEST: Final = 2**63 - 1
# Later times are faults of the source; Python could not even represent most of them.
LAST_SECOND: Final = int(datetime(2200, 1, 1, tzinfo=UTC).timestamp())
# PostgreSQL stores neither of these in a text.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_DIGITS: Final = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_FLAGS: Final = {"true": True, "false": False}


def row(value: object, what: str) -> JsonObject:
    """Return a JSON object; `what` names it in the error."""
    if not isinstance(value, dict):
        raise _unexpected(what, value)
    return value


def items(value: object, what: str) -> list[Any]:
    """Return a JSON list of anything."""
    if not isinstance(value, list):
        raise _unexpected(what, value)
    return value


def integer(value: object, what: str) -> int:
    """Return an integer from 0 to what a database column holds; also one written as 5.0 or "5"."""
    number = _whole(value)
    if number is None or not 0 <= number <= LARGEST:
        raise _unexpected(what, value)
    return number


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return int(value) if _DIGITS.fullmatch(value) else None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) else None


def flag(value: object, what: str) -> bool:
    """Return a truth value; also one written as 1, 0, "true" or "false"."""
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value in _FLAGS:
        return _FLAGS[value]
    raise _unexpected(what, value)


def text(value: object, what: str) -> str:
    """Return a text that a database can store; a whole number reads as its digits."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST:
        return str(value)
    if not isinstance(value, str):
        raise _unexpected(what, value)
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)


def moment(value: object, what: str) -> datetime | None:
    """Return seconds since 1970 as an aware UTC time; None for 0, below it, and from the year 2200 on.

    The API says 0 for "never".
    """
    seconds = _whole(value)
    if seconds is None:
        raise _unexpected(what, value)
    return datetime.fromtimestamp(seconds, tz=UTC) if 0 < seconds < LAST_SECOND else None


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object, field by field: None for what is missing, null, or cannot be read, which is noted in `faults`."""

    values: JsonObject
    faults: Faults

    def integer(self, name: str) -> int | None:
        return self._optional(integer, name)

    def text(self, name: str) -> str | None:
        return self._optional(text, name)

    def flag(self, name: str) -> bool | None:
        return self._optional(flag, name)

    def moment(self, name: str) -> datetime | None:
        return self._optional(moment, name)

    def items(self, name: str) -> list[Any] | None:
        return self._optional(items, name)

    def below(self, name: str) -> "Fields | None":
        """Return the object that a field holds."""
        values = self._optional(row, name)
        return None if values is None else Fields(values, self.faults)

    def _optional(self, read: Callable[[object, str], T], name: str) -> T | None:
        value = self.values.get(name)
        try:
            return None if value is None else read(value, name)
        except BadAnswerError as error:
            self.faults.append(str(error))
            return None


def _unexpected(what: str, value: object) -> BadAnswerError:
    return BadAnswerError(f"Unexpected {type(value).__name__} as {what}.")
