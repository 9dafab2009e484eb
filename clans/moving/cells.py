"""Values of the old database, whatever their type there: numbers, texts and times; pure.

None is what was not told: NULL, a missing column, an empty text. What was told and is none raises Unreadable.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

LARGEST: Final = 2**63 - 1
# The game began in that year: earlier times are zeros and slips.
EARLIEST: Final = datetime(2010, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
_DIGITS: Final = re.compile(r"[0-9]{1,18}")
_NUMBER: Final = re.compile(r"[0-9.]+(?:[eE][+-]?[0-9]+)?")
_TRUE: Final = frozenset({"true", "t", "1", "yes", "y", "on"})
_LONGEST_NUMBER: Final = 40


class Unreadable(ValueError):  # noqa: N818 - it says what is wrong
    """Something was told, but not what it should be."""


def text(value: object) -> str | None:
    """Return a text without the spaces around it."""
    if value is None:
        return None
    told = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return told.strip() or None


def name(value: object, longest: int) -> str | None:
    """Return a text that can be shown: no longer than so many characters, without control and steering characters."""
    told = text(value)
    if told is not None and (len(told) > longest or not told.isprintable()):
        raise Unreadable
    return told


def whole(value: object) -> int | None:
    """Return a number from 0 to what a column holds; `1e+09` and `7.0` are whole numbers too."""
    told = text(value)
    if told is None:
        return None
    if _DIGITS.fullmatch(told):
        return int(told)
    number = _decimal(told)
    if not 0 <= number <= LARGEST or number != number.to_integral_value():
        raise Unreadable
    return int(number)


def flag(value: object) -> bool:
    return (text(value) or "").lower() in _TRUE


def moment(value: object) -> datetime | None:
    """Return a time in UTC: ISO, which without a zone is UTC, or the seconds or milliseconds since 1970."""
    told = text(value)
    if told is None:
        return None
    try:
        at = _since_1970(_decimal(told)) if _NUMBER.fullmatch(told) else datetime.fromisoformat(told)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable from None
    if not EARLIEST <= at < LATEST:
        raise Unreadable
    return at


def _since_1970(number: Decimal) -> datetime:
    if not 0 <= number <= LARGEST:
        raise Unreadable
    in_milliseconds = number > LATEST.timestamp()
    return datetime.fromtimestamp(float(number / 1000 if in_milliseconds else number), tz=UTC)


def _decimal(told: str) -> Decimal:
    if len(told) > _LONGEST_NUMBER or not _NUMBER.fullmatch(told):
        raise Unreadable
    try:
        return Decimal(told)
    except InvalidOperation:
        raise Unreadable from None
