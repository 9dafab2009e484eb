"""The part of a connection test that reads the newest log of a source: its age, its clock, its lines and placements."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import PurePath
from zoneinfo import ZoneInfo

from territory.adm.clock import to_utc
from territory.adm.grammar import PLACEMENT_KINDS
from territory.adm.reader import Cursor, Reading, read_chunk
from territory.checklist import CheckLevel, CheckLine, CheckSubject
from territory.reach import tame_words
from territory.rules.clocks import clock_shift, fitting_zone
from territory.sources.protocol import ListedLog, LogHost, OpenLog

CHECKS = (
    CheckSubject.FOLDER,
    CheckSubject.NEWEST_LOG,
    CheckSubject.TIME_ZONE,
    CheckSubject.LINES,
    CheckSubject.PLACEMENTS,
)
_HEAD_BYTES, _TAIL_BYTES = 64 * 1024, 512 * 1024
_OLD_SECONDS = 3600
_DAY = timedelta(days=1)
_MOST_ODD = 0.1  # of all lines; mods write some of their own


def check_logs(host: LogHost, zone: ZoneInfo) -> Iterator[CheckLine]:
    """List the logs, and read the end of the newest one. Raises OSError or HostError as the host does."""
    logs = host.list_logs()
    if not logs:
        yield CheckLine(CheckSubject.FOLDER, CheckLevel.FAIL)
        return
    newest = logs[-1]
    folder = tame_words(str(PurePath(newest.key).parent))
    yield CheckLine(CheckSubject.FOLDER, values={"count": len(logs), "folder": folder})
    with host.open_log(newest) as log:
        yield _age(newest, log)
        reading = _end_of(newest.name, log)
        yield _zone_line(reading, log, zone)
        yield from _content(reading)


def _age(listed: ListedLog, log: OpenLog) -> CheckLine:
    written_at = log.written_at or None
    age = None if written_at is None else max(0, round(time.time() - written_at))
    level = CheckLevel.WARN if age is not None and age > _OLD_SECONDS else CheckLevel.OK
    return CheckLine(CheckSubject.NEWEST_LOG, level, {"name": listed.name, "age_seconds": age})


def _end_of(name: str, log: OpenLog) -> Reading:
    """Read the log from its beginning if it is short, otherwise its end by the clock that its beginning sets."""
    head = read_chunk(log.read(0, _HEAD_BYTES), Cursor.at_start(name), at_end=log.size <= _HEAD_BYTES)
    if log.size <= _HEAD_BYTES:
        return head
    start = max(0, log.size - _TAIL_BYTES)
    cursor = Cursor(start, head.cursor.opening, head.cursor.clock, mid_line=start > 0)
    return read_chunk(log.read(start, _TAIL_BYTES), cursor, at_end=True)


def _zone_line(reading: Reading, log: OpenLog, zone: ZoneInfo) -> CheckLine:
    """Compare the last line's time with the moment when the host wrote it."""
    if reading.timed_at is None or not log.written_at:
        return CheckLine(CheckSubject.TIME_ZONE, CheckLevel.WARN, {"zone": zone.key, "fitting": ""})
    written = datetime.fromtimestamp(log.written_at, UTC)
    last = to_utc(reading.timed_at, zone)
    if log.size > _HEAD_BYTES:  # the midnights between the beginning and the end were not read
        last += round((written - last) / _DAY) * _DAY
    shift = clock_shift(last, written, zone)
    fitting = fitting_zone(zone, shift, written) if shift else ""
    return CheckLine(
        CheckSubject.TIME_ZONE,
        CheckLevel.WARN if shift else CheckLevel.OK,
        {"zone": zone.key, "fitting": fitting},
    )


def _content(reading: Reading) -> Iterator[CheckLine]:
    """Yield what the lines are: recognised ones, and placements if anybody played."""
    is_log = bool(reading.timed_at or reading.events)
    level = CheckLevel.OK if reading.odd <= reading.lines * _MOST_ODD else CheckLevel.WARN
    level = CheckLevel.FAIL if reading.lines and not is_log else level
    yield CheckLine(CheckSubject.LINES, level, {"count": reading.lines, "odd": reading.odd})
    placements = sum(logged.event.kind in PLACEMENT_KINDS for logged in reading.events)
    has_players = bool(reading.sightings)
    level = CheckLevel.WARN if has_players and not placements else CheckLevel.OK
    yield CheckLine(CheckSubject.PLACEMENTS, level, {"count": placements, "has_players": has_players})
