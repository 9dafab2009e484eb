"""Single values of an old database, every one of which is doubted; pure. Nothing raises.

`OldSource` reads all columns as text: None is a value that is missing.
"""

import re
from datetime import UTC, datetime
from hashlib import blake2b
from math import isfinite
from typing import Final

_DIGITS: Final = re.compile(r"[0-9]{1,20}")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,3})?")
# A larger number that was a float has lost its last digits, at the latest as text.
_EXACT_BELOW: Final = 10**15
_MILLISECONDS_FROM: Final = 1e11
# Both games are younger than 2010: earlier times are zeros and slips.
_YEARS: Final = range(2010, 2100)


def text(value: str | None) -> str:
    """Return a text that PostgreSQL can hold, without the spaces around it; empty if there is none."""
    return (value or "").replace("\x00", "\N{REPLACEMENT CHARACTER}").strip()


def number(value: str | None) -> float | None:
    """Return a finite number; None if there is none."""
    parsed = float(text(value)) if _NUMBER.fullmatch(text(value)) else None
    return parsed if parsed is not None and isfinite(parsed) else None


def whole(value: str | None) -> int | None:
    """Return a whole number from zero; None if there is none, or if it was a float that lost digits."""
    if _DIGITS.fullmatch(text(value)):
        return int(text(value))
    parsed = number(value)
    is_exact = parsed is not None and 0 <= parsed < _EXACT_BELOW and parsed.is_integer()
    return int(parsed) if parsed is not None and is_exact else None


def moment(value: str | None) -> datetime | None:
    """Return a time: ISO, which without a zone is UTC, or the seconds or milliseconds since 1970; None if there is none."""
    seconds = number(value)
    try:
        if seconds is not None:
            parsed = datetime.fromtimestamp(seconds / (1000 if seconds >= _MILLISECONDS_FROM else 1), UTC)
        else:
            parsed = datetime.fromisoformat(text(value))
        at = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if at.year in _YEARS else None


def number_text(value: str | None) -> str:
    """Return the number that other rows name a row by; a whole number reads the same whatever the column's type."""
    parsed = whole(value)
    return text(value) if parsed is None else str(parsed)


def digest(*values: object) -> str:
    """Return a digest of values, 32 characters long."""
    as_text = repr([one.astimezone(UTC) if isinstance(one, datetime) else one for one in values])
    return blake2b(as_text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
