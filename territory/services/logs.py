"""Read game logs into the intake: a whole file at once, or the logs of a source as they grow."""

import codecs
import hashlib
import logging
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from common import locks
from territory import sources
from territory.adm.clock import to_utc
from territory.adm.grammar import HEADER_OPENS, PLACEMENT_KINDS
from territory.adm.reader import Cursor, LoggedEvent, Reading, read_chunk, source_key
from territory.models import Activity, GameServer, LogFile, LogSource, Placement
from territory.models.server import Platform
from territory.reach import HostError
from territory.rules.clocks import clock_shift
from territory.services import clocks, host_rows, room
from territory.services.activities import logged_activity, store_activities
from territory.services.identities import SeenPlayer, learn_players
from territory.services.intake import Incoming, Stored, storable, store
from territory.sources.folder import name_of, open_file
from territory.sources.protocol import ListedLog, LogHost, OpenLog

logger = logging.getLogger(__name__)

CHUNK_BYTES = 1024 * 1024
_HEADER_BYTES = 64 * 1024
# After so long without a byte the server was stopped, and a last line without an end stays so.
_QUIET_SECONDS = 60
# Reading on begins so many bytes earlier, which must still be the same.
_OVERLAP = 512
_MOST_SHAPES = 5
_A_WHILE = timedelta(minutes=1)
# Who is seen again after longer was not there meanwhile, as far as a log without a list of players tells.
_PAUSE = timedelta(hours=2)
# Nobody plays: hosts on the network are asked more rarely.
_NOTHING_NEW = timedelta(hours=1)
_SLOWER = 3
# The time limit, or a lost connection to the database and the source's lock with it.
_ENDS_THE_LOOK = (SoftTimeLimitExceeded, OperationalError, InterfaceError)


@dataclass(slots=True)
class Imported:
    """The result of an import; `keys` are the source keys of the file's placements."""

    lines: int = 0
    events: int = 0
    stored: Stored = field(default_factory=Stored)
    keys: list[uuid.UUID] = field(default_factory=list)
    unfinished: bool = False
    clock_shift_min: int = 0


def import_file(server: GameServer, path: Path, *, on_bytes: Callable[[int], object] = int) -> Imported:
    """Store every placement of a log file once; each step calls `on_bytes` with the number of bytes it read.

    Raises OSError or HostError if the file cannot be read.
    """
    imported = Imported()
    name = name_of(path)
    with open_file(path.resolve()) as log:
        _refuse_utf_16(log)
        start = Cursor.at_start(name)
        shift_min = imported.clock_shift_min = _shift_min(server, log, start)
        for reading, size in _readings(log, start, at_end=True):
            incoming = _placements(server, name, reading, shift_min)
            imported.lines += reading.lines
            imported.events += len(reading.events)
            imported.keys += [one.source_key for one in incoming]
            with transaction.atomic():
                learn_players(server, _seen_players(server, reading))
                imported.stored += store(server, incoming)
                store_activities(server, _activities(server, name, reading))
            imported.unfinished = reading.unfinished
            on_bytes(size)
    return imported


def follow_source(source: LogSource) -> Generator[Stored, None, None]:
    """Read the new lines of a log source, oldest log first; yield after each stored chunk.

    A log that cannot be read gets an error in its row, and the other logs are read.
    """
    with locks.try_lock(locks.LockKind.LOG_SOURCE, source.pk) as is_only:
        if not is_only:
            return
        place = source.connect()
        try:
            logs = place.list_logs()
        except (OSError, HostError) as error:
            note_look(source, error, pause=_pause(source, error))
            return
        rows = {row.name: row for row in LogFile.objects.filter(source=source)}
        for log in logs:
            row = rows.get(log.name) or LogFile.objects.create(source=source, name=log.name)
            row.source = source
            try:
                yield from _follow_log(place, log, row)
            except Exception as error:  # the other logs are read all the same
                _note_log_trouble(row, error)
                if isinstance(error, _ENDS_THE_LOOK):
                    raise
                if isinstance(error, HostError) and error.wait:
                    note_look(source, error, pause=_pause(source, error))
                    return
        note_look(source)
        rest(source)


def rest(source: LogSource) -> None:
    """Leave a source on the network alone until it is worth another look."""
    source.refresh_from_db(fields=["last_event_at"])  # what was read just now counts
    if pause := _pause(source):
        LogSource.objects.filter(pk=source.pk).update(not_before=timezone.now() + pause)


def _pause(source: LogSource, error: Exception | None = None) -> timedelta:
    """Return how long to leave a source alone: longer after an hour without a line, and as long as its host asks."""
    interval = sources.CAPABILITIES[source.kind].interval
    is_quiet = not source.last_event_at or timezone.now() - source.last_event_at > _NOTHING_NEW
    pause = interval * _SLOWER if is_quiet and not error else interval
    return max(pause, error.wait) if isinstance(error, HostError) else pause


def note_look(source: LogSource, error: Exception | None = None, *, pause: timedelta = timedelta()) -> None:
    """Store at a log source that it was read, or why it cannot be read; with `pause`, leave it alone that long.

    Sources are read every few seconds; a success is stored once a minute.
    """
    now = timezone.now()
    values = host_rows.values_after(source, error, now)
    if not error:
        values["last_read_at"] = now
    if pause:
        values["not_before"] = now + pause
    if is_news := source.last_error != values["last_error"]:
        logger.warning(
            "Log source of %s: %s", source.server.slug, values["last_error"] or "can be read again"
        )
    if (
        is_news
        or pause
        or (not error and (source.last_read_at is None or now - source.last_read_at > _A_WHILE))
    ):
        LogSource.objects.filter(pk=source.pk).update(**values)


def _note_log_trouble(row: LogFile, error: Exception) -> None:
    # Nothing else of the row is written: its cursor may stand behind placements that were not stored.
    text = (str(error) or type(error).__name__)[:1000]
    if text != row.last_error:
        logger.warning("Log %s cannot be read: %s", row.name, text)
        LogFile.objects.filter(pk=row.pk).update(last_error=text)


def _follow_log(place: LogHost, listed: ListedLog, row: LogFile) -> Iterator[Stored]:
    if _is_quiet(listed.written_at) and _is_read_out(row, listed):
        return  # most logs of a source are of former boots
    with place.open_log(listed) as log:
        _refuse_utf_16(log)
        is_quiet = _is_quiet(log.written_at)
        cursor = _resume(log, row)
        row.clock_shift_min = _shift_min(row.source.server, log, cursor, otherwise=row.clock_shift_min)
        for reading, size in _readings(log, cursor, at_end=is_quiet):
            if size:
                row.overlap = _overlap(log, reading.cursor.offset)
                _note_banned(row.source.server, reading)
                yield _store_reading(row, reading)
    if is_quiet or row.last_error:
        row.size, row.last_read_at, row.last_error = log.size, timezone.now(), ""
        row.save()


def _is_quiet(written_at: float) -> bool:
    return time.time() - written_at > _QUIET_SECONDS


def _is_read_out(row: LogFile, listed: ListedLog) -> bool:
    """Tell whether a quiet log was read since its last byte, if only up to an unfinished last line."""
    looked_at = row.last_read_at.timestamp()
    return row.size == listed.size and looked_at > listed.written_at + _QUIET_SECONDS and not row.last_error


def _resume(log: OpenLog, row: LogFile) -> Cursor:
    """Return where to read on: at the beginning if the file was truncated or replaced."""
    start = Cursor.at_start(row.name)
    cursor = Cursor.from_json(row.cursor) if row.cursor else start
    opening = read_chunk(log.read(0, _HEADER_BYTES), Cursor()).cursor.opening
    is_another = bool(opening and cursor.opening and opening != cursor.opening)
    if log.size < cursor.offset or is_another:
        return start
    is_same = not row.overlap or row.overlap == _overlap(log, cursor.offset)
    return cursor if is_same and _begins_line(log, cursor) else start


def _overlap(log: OpenLog, offset: int) -> str:
    """Return a digest of the bytes before an offset."""
    start = max(0, offset - _OVERLAP)
    return hashlib.blake2b(log.read(start, offset - start), digest_size=16).hexdigest()


def _begins_line(log: OpenLog, cursor: Cursor) -> bool:
    """Tell whether a line begins at the cursor; in a copy with other line ends it does not."""
    if cursor.mid_line or not cursor.offset:
        return True
    return log.read(cursor.offset - 1, 1) == b"\n"


def _readings(log: OpenLog, cursor: Cursor, *, at_end: bool) -> Iterator[tuple[Reading, int]]:
    """Yield the reading of each chunk and the number of its bytes read, until no whole line is left."""
    while True:
        data = log.read(cursor.offset, CHUNK_BYTES)
        if not data:
            return
        reading = read_chunk(data, cursor, at_end=at_end and len(data) < CHUNK_BYTES)
        size = reading.cursor.offset - cursor.offset
        if not size and not reading.events:
            if reading.unfinished and at_end:
                yield reading, 0
            return
        cursor = reading.cursor
        yield reading, size


def _refuse_utf_16(log: OpenLog) -> None:
    """Refuse a log that an editor saved as UTF-16: no line of it could be read."""
    start = log.read(0, _HEADER_BYTES)
    is_utf_16 = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if is_utf_16 and HEADER_OPENS in start.decode("utf-16", "replace"):
        raise OSError(
            _("This log is stored as UTF-16. Store it as UTF-8, or hand over the file as the host wrote it.")
        )


def _shift_min(server: GameServer, log: OpenLog, cursor: Cursor, otherwise: int = 0) -> int:
    """Return by how many minutes a log is dated wrongly, from its last line and the time the file was written.

    It is known before placements are stored: the last line speaks for all lines. If the last line has no time (the mark of
    an end), the last line with a time speaks for new placements. Returns `otherwise` if no line has a time.
    """
    ends_at, timed_at, has_placements = None, None, False
    for reading, _size in _readings(log, cursor, at_end=True):
        ends_at, timed_at = reading.ends_at, reading.timed_at or timed_at
        has_placements |= any(logged.event.kind in PLACEMENT_KINDS for logged in reading.events)
    ends_at = ends_at or (timed_at if has_placements else None)
    if ends_at is None:
        return otherwise
    written_at = datetime.fromtimestamp(log.written_at, UTC)
    shift = clock_shift(to_utc(ends_at, server.zone), written_at, server.zone)
    if shift:
        clocks.warn(server, shift, at=written_at)
    return clocks.minutes_of(shift)


def _seen_players(server: GameServer, reading: Reading) -> list[SeenPlayer]:
    return [SeenPlayer(one.gamertag, one.player_id, to_utc(one.at, server.zone)) for one in reading.sightings]


def _note_banned(server: GameServer, reading: Reading) -> None:
    """Note which banned players a chunk shows, before it is stored: noting it twice does no harm."""
    seen = [(one.player_id, one.at) for one in _seen_players(server, reading)]
    room.note_seen(server, seen, now=timezone.now())


@transaction.atomic
def _store_reading(log: LogFile, reading: Reading) -> Stored:
    """Store a chunk's placements, activities and players and the cursor behind it in one transaction."""
    server = log.source.server
    incoming = _placements(server, log.name, reading, log.clock_shift_min)
    players = _seen_players(server, reading)
    learn_players(server, players)
    stored = store(server, incoming)
    store_activities(server, _activities(server, log.name, reading))
    if server.platform == Platform.PC:
        _note_names(log, players)
    log.cursor = reading.cursor.to_json()
    log.lines += reading.lines
    log.odd_lines += reading.odd
    log.odd_shapes = [*dict.fromkeys([*reading.shapes, *log.odd_shapes])][:_MOST_SHAPES]
    log.placements += stored.new
    log.last_read_at, log.last_error = timezone.now(), ""
    placed = [one.occurred_at for one in incoming if one.occurred_at is not None]
    LogSource.objects.filter(pk=log.source_id).update(silent_for=_silence(log, players, placed))
    times = [event.at for event in reading.events if event.at is not None]
    if times:
        log.last_event_at = to_utc(times[-1], server.zone)
        lag = log.last_read_at - log.last_event_at
        LogSource.objects.filter(pk=log.source_id).update(last_event_at=log.last_event_at, lag=lag)
    if players:
        log.players_since = log.players_since or players[0].at
        log.players_until = players[-1].at
    log.last_placement_at = max(placed, default=log.last_placement_at)
    log.save()
    return stored


def _silence(log: LogFile, players: Sequence[SeenPlayer], placed: Sequence[datetime]) -> Any:
    """Return for how long players are seen without a placement, for the log's source; pauses without players do not count."""
    last = players[-1].at if players else None
    if placed:
        return max(timedelta(0), (last or max(placed)) - max(placed))
    if last is None:
        return F("silent_for")
    begins = max(players[0].at, log.players_until or players[0].at)
    pause = begins - (log.players_until or begins)
    return F("silent_for") + max(timedelta(0), last - begins) + (pause if pause <= _PAUSE else timedelta(0))


def _note_names(log: LogFile, players: Sequence[SeenPlayer]) -> None:
    """Note who bore which gamertag, for those who are known to BattlEye by name only (`services.guids`)."""
    for one in players:
        bearers = log.names.setdefault(storable(one.gamertag), [])
        if one.player_id not in bearers:
            bearers.append(one.player_id)


def _placements(server: GameServer, name: str, reading: Reading, shift_min: int) -> list[Incoming]:
    return [
        _incoming(server, name, logged, shift_min)
        for logged in reading.events
        if logged.event.kind in PLACEMENT_KINDS
    ]


def _incoming(server: GameServer, name: str, logged: LoggedEvent, shift_min: int) -> Incoming:
    event = logged.event
    return Incoming(
        source_key=source_key(name, logged),
        gamertag=event.gamertag or "",
        player_id=event.player_id or "",
        item=event.item or "",
        display=event.display or "",
        x=event.x,
        z=event.z,
        altitude=event.altitude,
        occurred_at=to_utc(logged.at, server.zone) if logged.at else None,
        origin=name,
        origin_id=str(logged.offset),
        kind=Placement.Kind(event.kind.value),
        raw_line=logged.raw,
        clock_shift_min=shift_min,
    )


def _activities(server: GameServer, name: str, reading: Reading) -> list[Activity]:
    found = (logged_activity(server, name, logged) for logged in reading.events)
    return [one for one in found if one is not None]


def are_waiting(server: GameServer, keys: Sequence[uuid.UUID]) -> bool:
    """Tell whether any of these placements waits to be judged."""
    due = Placement.objects.filter(server=server, source_key__in=keys, state=Placement.State.PENDING)
    return due.exists()
