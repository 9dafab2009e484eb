"""Dates for log lines, which have only a time, and UTC for local times without a zone."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

_DAY = dt.timedelta(days=1)
_DAY_S = 24 * 60 * 60
_HALF_DAY_S = 12 * 60 * 60
# Lines of one moment are written out of order by seconds, rarely minutes. Wider than this, an evening line after a line
# of the small hours is a server that stood empty, not one that wrote late.
_JITTER_S = 15 * 60


@dataclass(frozen=True, slots=True)
class LogClock:
    """The date and time that reading a log has reached.

    `date` is None until a header was read; `last` is the time of the last line; `rolled` means that `date` began at a
    midnight, not at a header; `is_named` means that both come from the boot in the file's name, and no line was read yet.
    """

    date: dt.date | None = None
    last: dt.time | None = None
    rolled: bool = False
    is_named: bool = False

    def at_header(self, started_at: dt.datetime) -> "LogClock":
        """Return the clock at a boot's header."""
        return LogClock(started_at.date(), started_at.time())

    def at_named_boot(self, boot: dt.datetime) -> "LogClock":
        """Return the clock at the boot in the file's name, after which an unknown number of lines is missing.

        The first line left is dated as early as the boot allows. Were the boot longer than a day, the act would be
        dated whole days too early, never too late: no base that came later convicts, and its age holds a ban.
        """
        return LogClock(boot.date(), boot.time(), is_named=True)

    def tick(self, time: dt.time) -> "tuple[LogClock, dt.datetime | None]":
        """Return the clock after a line with this time, and the line's naive local date-time.

        A step back of more than 12 hours is the next day. Lines late by seconds keep their own day, also on both sides
        of midnight. A silence longer than 12 hours that ends earlier in the day than it began cannot be seen at all
        if the step back is 12 hours or less.
        """
        if self.date is None or self.last is None:
            return LogClock(self.date, time, self.rolled), None
        step_s = _seconds(time) - _seconds(self.last)
        # Nothing is logged before the boot, so the first line after it needs no half day to show a midnight.
        least_back_s = _JITTER_S if self.is_named else _HALF_DAY_S
        if self.rolled and step_s >= _DAY_S - _JITTER_S:
            # Yesterday's straggler: the clock stays where it is, or the next line would pass midnight a second time.
            return self, dt.datetime.combine(_shifted(self.date, -_DAY), time)
        if step_s < -least_back_s:
            tomorrow = _shifted(self.date, _DAY)
            return LogClock(tomorrow, time, rolled=True), dt.datetime.combine(tomorrow, time)
        return LogClock(self.date, time, self.rolled), dt.datetime.combine(self.date, time)


def to_utc(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return a naive local date-time of the host as an aware one in UTC."""
    # The log does not tell the two passes of a repeated hour apart. The earlier one favours the player: a base
    # registered in between cannot convict, and a right revoked in between still holds. A time that the change to summer
    # time skipped (a host whose clock was set late) counts as if the clock had not been changed.
    return local.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)


def _seconds(time: dt.time) -> int:
    return time.hour * 3600 + time.minute * 60 + time.second


def _shifted(date: dt.date, by: dt.timedelta) -> dt.date:
    try:
        return date + by
    except OverflowError:
        return date
