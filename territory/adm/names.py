"""The boot in a log's file name, for a log whose header was cut off."""

import datetime as dt
import re

# Consoles, and PC since 2025, name a log after its boot: DayZServer_X1_x64_2026-11-20_14-00-00.ADM. A copy that the game
# itself put aside on a PC has milliseconds (DayZServer_x64_2023_08_30_215815690.ADM) and tells the start of the *next*
# boot, hours or days after its lines: dated by it, an act would come after bases that were not there yet.
_BOOT = re.compile(
    r"DayZServer[A-Za-z0-9_]*?_([0-9]{4})([-_])([0-9]{2})\2([0-9]{2})_([0-9]{2})[-_]?([0-9]{2})[-_]?([0-9]{2})(?![0-9])",
    re.IGNORECASE,
)
_YEARS = range(2000, 2100)


def boot_in_name(name: str) -> dt.datetime | None:
    """Return the boot's local time in a file's name; None if the name has none, or another time."""
    match = _BOOT.search(name)
    if match is None:
        return None
    year, _separator, *rest = match.groups()
    try:
        boot = dt.datetime(int(year), *map(int, rest))  # type: ignore[arg-type] # noqa: DTZ001 - the name has no zone
    except ValueError:
        return None
    return boot if boot.year in _YEARS else None
