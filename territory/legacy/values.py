"""Single values: SQLite keeps anything in any column, so every one of them is doubted. Nothing here raises."""

import math
import re
import unicodedata
from datetime import UTC, datetime, timedelta

from territory.adm.grammar import is_full_id

_DISCORD_ID = re.compile(r"[0-9]{1,20}")
_XUID = re.compile(r"[0-9]{1,20}")
_WHOLE_FLOAT = re.compile(r"([0-9]{1,20})\.0")
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,3})?")
_EXACT_BELOW = 2**53  # a larger number kept as a float has lost its last digits
_MILLISECONDS_FROM = 1e11
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text_of(value: object) -> str:
    """Return a value as text PostgreSQL can hold, without the spaces around it; nothing is an empty text."""
    if value is None:
        return ""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode().strip()


def number_of(value: object) -> float | None:
    """Return a finite number, also one written as text with a point."""
    text = repr(value) if isinstance(value, int | float) else text_of(value)
    number = float(text) if _NUMBER.fullmatch(text) else math.inf
    return number if math.isfinite(number) else None


def digits_of(value: object) -> str:
    """Return a whole number as its digits; empty if it is none, or one that lost digits as a floating point number."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and 0 < value < _EXACT_BELOW else ""
    text = text_of(value)
    if (whole := _WHOLE_FLOAT.fullmatch(text)) is not None:
        return whole[1] if int(whole[1]) < _EXACT_BELOW else ""
    return text if _DISCORD_ID.fullmatch(text) else ""


def discord_id_of(value: object) -> str:
    """Return a Discord id; empty if there is none to be read. Zero is what programs write for nobody."""
    digits = digits_of(value)
    return digits if digits.strip("0") else ""


def xbox_id_of(value: object) -> tuple[str, str]:
    """Return the player id and the XUID that an Xbox id is; at most one of them is not empty."""
    text = text_of(value)
    for spelling in (text, text.upper()):
        if is_full_id(spelling):
            return spelling, ""
    digits = digits_of(value)
    return "", digits if digits.strip("0") and _XUID.fullmatch(digits) else ""


def moment_of(value: object) -> datetime | None:
    """Return a time: `YYYY-MM-DD HH:MM:SS` in UTC, ISO with a zone, or seconds since 1970; None if it is none of these."""
    text = text_of(value)
    for moment in (_of_epoch(number_of(value)), _of_iso(text)):
        if moment is not None and 2000 <= moment.year < 2100:
            return moment
    return None


def _of_epoch(number: float | None) -> datetime | None:
    if number is None:
        return None
    seconds = number / 1000 if abs(number) >= _MILLISECONDS_FROM else number
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _of_iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def key_of(value: object) -> str:
    """Return a number that rows are found by; a whole number reads the same however it is kept."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return text_of(value)


def folded(name: str) -> str:
    """Return a name as it is compared: whatever its case, the spaces in it and the way accents are kept."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
