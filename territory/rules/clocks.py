"""Find a source with a wrong clock: its newest line differs from the time when it was written or arrived."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_QUARTER = timedelta(minutes=15)  # no zone's offset is finer
# Hosts publish a log in steps, and clocks differ by minutes. A longer delay is a wrong clock.
HOST_DELAY = timedelta(minutes=30)
AHEAD = timedelta(minutes=10)
_ABOUT = timedelta(minutes=3)
# From the westernmost zone to the easternmost. An older file was kept, not dated wrongly.
WIDEST = timedelta(hours=26, minutes=30)
_WESTERNMOST, _EASTERNMOST = timedelta(hours=-12), timedelta(hours=14)
_NONE = timedelta(0)
# Offered first, because hosts stand there.
_USUAL = (
    "America/Sao_Paulo",
    "UTC",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Helsinki",
    "Europe/Moscow",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Manaus",
    "America/Rio_Branco",
    "America/Noronha",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
)


def clock_shift(newest: datetime, seen_at: datetime, zone: ZoneInfo) -> timedelta:
    """Return by how much a source is dated too early (negative: too late): whole quarter hours, zero if it is right.

    `newest` is its newest line as read in `zone`, `seen_at` when that line was written or arrived at the latest; both aware.
    Of the shifts that fit, a whole hour goes before a half and a half before a quarter. A shift that no zone on Earth
    explains is none: the file was kept, or fetched later.
    """
    late = seen_at - newest
    if -AHEAD <= late < HOST_DELAY + _QUARTER - _ABOUT or abs(late) > WIDEST:
        return _NONE
    nearest = round(late / _QUARTER)
    fitting = [
        shift
        for quarters in range(nearest - 3, nearest + 2)
        if -_ABOUT <= late - (shift := quarters * _QUARTER) <= HOST_DELAY and shift
    ]
    shift = min(fitting, key=lambda shift: (_fineness(shift), abs(shift)), default=nearest * _QUARTER)
    return shift if _WESTERNMOST <= _offset(zone, newest) - shift <= _EASTERNMOST else _NONE


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or _NONE


def _fineness(shift: timedelta) -> int:
    minutes = int(abs(shift).total_seconds()) // 60 % 60
    return {0: 0, 30: 1}.get(minutes, 2)


def fitting_zone(zone: ZoneInfo, shift: timedelta, at: datetime) -> str:
    """Return the time zone that would date a source rightly that was read in `zone`, or its offset if no usual zone fits."""
    offset = _offset(zone, at) - shift
    for name in _USUAL:
        if at.astimezone(ZoneInfo(name)).utcoffset() == offset:
            return name
    minutes = round(offset.total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
