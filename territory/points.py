"""Places on a map as people type them, pure."""

import re
from typing import Final

# "pos=<5092.3, 1143.0, 12.6>" as the game's log writes it: X, Z, height.
_LOGGED: Final = re.compile(r"pos=<\s*([-\d.]+)\s*,\s*([-\d.]+)\s*,\s*[-\d.]+\s*>")
_LABELS: Final = re.compile(r"[xz]\s*[:=]?|[()<>\[\]]|\bm\b", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"\s*[/;|]\s*|,\s+|\s+")
# 5.000,5 and 5,000.5: thousands in threes, then decimals after the other mark.
_THOUSANDS: Final = re.compile(r"-?\d{1,3}([.,])\d{3}(?:\1\d{3})*(?:(?!\1)[.,]\d+)?", re.ASCII)
_PLAIN: Final = re.compile(r"-?\d+(?:[.,]\d+)?", re.ASCII)
_LONGEST: Final = 200


def parse_metres(text: str) -> float | None:
    """Return a length typed as 4730,5 or 4730.5 or 4.730,5; None if it is none.

    A single mark with exactly three digits behind it separates thousands: no map is read to the millimetre.
    """
    text = text.strip().replace("\u00a0", "").replace("\u202f", "")
    if len(text) > _LONGEST:
        return None
    if grouped := _THOUSANDS.fullmatch(text):
        return float(text.replace(grouped[1], "").replace(",", "."))
    return float(text.replace(",", ".")) if _PLAIN.fullmatch(text) else None


def parse_point(text: str) -> tuple[float, float] | None:
    """Return X and Z, typed or pasted into one field, such as 5000 / 3000 or a whole line of the log; None if unclear.

    Three numbers without the log's `pos=` are unclear: the game puts the height in the middle, the log at the end.
    """
    if len(text) > _LONGEST * 5:
        return None
    if logged := _LOGGED.search(text):
        numbers = [parse_metres(logged[1]), parse_metres(logged[2])]
    else:
        parts = [part for part in _BETWEEN.split(_LABELS.sub(" ", text).strip()) if part.strip(",")]
        if len(parts) == 1 and parts[0].count(",") == 1 and len(parts[0].split(",")[1].split(".")[0]) != 3:
            halves = parts[0].split(",")
            parts = halves if len(halves[1].split(".")[0]) > 3 else parts
        numbers = [parse_metres(part) for part in parts]
    if len(numbers) != 2 or None in numbers:
        return None
    x, z = numbers
    assert x is not None
    assert z is not None
    return x, z
