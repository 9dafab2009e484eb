"""Game logs into the intake: a whole file at once, or the files of a watched folder as they grow."""

import codecs
import logging
import os
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common import locks
from territory.adm.clock import to_utc
from territory.adm.grammar import HEADER_OPENS, PLACEMENT_KINDS
from territory.adm.reader import Cursor, LoggedEvent, Reading, read_chunk, source_key
from territory.hosts import files
from territory.hosts.errors import HostError
from territory.models import GameServer, LogFile, Placement
from territory.rules.clocks import clock_shift
from territory.services import clocks
from territory.services.identities import Seen, learn_players
from territory.services.intake import Incoming, Stored, store

logger = logging.getLogger(__name__)

CHUNK_BYTES = 1024 * 1024
_HEADER_BYTES = 64 * 1024
# After so long without a byte, nobody is going on with a last line that has no end: its server was stopped.
_QUIET_SECONDS = 60
# The time is up, or the database's connection is gone and the folder's lock with it.
_ENDS_THE_LOOK = (SoftTimeLimitExceeded, OperationalError, InterfaceError)


@dataclass(slots=True)
class Imported:
    """What was found in a file, and what of it was new."""

    lines: int = 0
    events: int = 0
    stored: Stored = field(default_factory=Stored)
    keys: list[uuid.UUID] = field(default_factory=list)
    unfinished: bool = False
    clock_shift_min: int = 0


def import_file(server: GameServer, path: Path, *, on_bytes: Callable[[int], object] = int) -> Imported:
    """Store every placement of a log file; `on_bytes` hears how many bytes each step went on.

    What is known already is not stored again. Raises OSError or HostError when the file cannot be read.
    """
    imported = Imported()
    with _open(path.resolve()) as file:
        _refuse_utf_16(file)
        start = Cursor.at_start(_name(path))
        shift_min = imported.clock_shift_min = _shift_min(server, file, start)
        for reading, size in _readings(file, start, at_end=True):
            incoming = _placements(server, _name(path), reading, shift_min)
            imported.lines += reading.lines
            imported.events += len(reading.events)
            imported.keys += [one.source_key for one in incoming]
            with transaction.atomic():
                learn_players(server, _seen_players(server, reading))
                imported.stored += store(server, incoming)
            imported.unfinished = reading.unfinished
            on_bytes(size)
    return imported


def follow_folder(server: GameServer) -> Generator[Stored, None, None]:
    """Read what is new in the server's watched folder, oldest file first; yield after each chunk that is stored.

    A file that cannot be read is reported in its row and does not keep the others from being read.
    """
    with locks.try_lock(locks.Kind.LOG_FOLDER, server.pk) as is_only:
        if not is_only:
            return
        try:
            paths = _log_files(Path(server.log_folder))
        except (OSError, HostError) as error:
            note_trouble(server, str(error))
            return
        known = {log.name: log for log in LogFile.objects.filter(server=server)}
        for path in paths:
            log = known.get(_name(path)) or LogFile.objects.create(server=server, name=_name(path))
            try:
                yield from _follow_file(server, path, log)
            except Exception as error:  # whatever it is, the other files are read
                _note_file_trouble(log, error)
                if isinstance(error, _ENDS_THE_LOOK):
                    raise
        note_trouble(server, "")


def note_trouble(server: GameServer, error: str, *, pause: timedelta = timedelta()) -> None:
    """Note at a game server why its folder cannot be followed, blank for no trouble, and let it rest for a while."""
    values: dict[str, object] = {"log_error": error[:1000]}
    if pause:
        values["log_not_before"] = timezone.now() + pause
    if pause or server.log_error != error[:1000]:
        logger.warning("Folder of %s: %s", server.slug, error or "can be read again")
        GameServer.objects.filter(pk=server.pk).update(**values)


def _note_file_trouble(log: LogFile, error: Exception) -> None:
    # Nothing else of the row is written: its cursor may stand behind placements that were not stored.
    text = (str(error) or type(error).__name__)[:1000]
    if text != log.last_error:
        logger.warning("Log %s cannot be read: %s", log.name, text)
        LogFile.objects.filter(pk=log.pk).update(last_error=text)


def _log_files(folder: Path) -> list[Path]:
    """Return the logs of a folder, oldest first; what is no file is found out when it is opened."""
    paths = files.real_path(folder, settings.GAME_FILES_ROOTS).iterdir()
    times = {path: _changed_at(path) for path in paths if path.suffix.lower() == ".adm"}
    found = [(time, path.name, path) for path, time in times.items() if time is not None]
    return [path for _time, _name, path in sorted(found)]


def _changed_at(path: Path) -> float | None:
    """Return when a file was changed last; None for one that was rotated a moment ago, or a link to nothing."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return None
    except OSError:
        return 0.0


def _open(path: Path) -> BinaryIO:
    return open(files.open_regular(path), "rb")  # noqa: PTH123 - a descriptor, and the caller closes it


def _follow_file(server: GameServer, path: Path, log: LogFile) -> Iterator[Stored]:
    seen = path.stat()
    is_quiet = time.time() - seen.st_mtime > _QUIET_SECONDS
    if is_quiet and _is_read_out(log, seen):
        return  # most files of a folder are logs of former boots
    with _open(files.real_path(path, settings.GAME_FILES_ROOTS)) as file:
        _refuse_utf_16(file)
        cursor = _resume(file, log)
        log.clock_shift_min = _shift_min(server, file, cursor, otherwise=log.clock_shift_min)
        for reading, size in _readings(file, cursor, at_end=is_quiet):
            if size:
                yield _store_reading(server, log, reading)
    if is_quiet or log.last_error:
        log.size, log.last_read_at, log.last_error = seen.st_size, timezone.now(), ""
        log.save()


def _is_read_out(log: LogFile, seen: os.stat_result) -> bool:
    """Tell whether a file that nobody writes any more was looked at since, whole or with half a last line."""
    looked_at = log.last_read_at.timestamp()
    return log.size == seen.st_size and looked_at > seen.st_mtime + _QUIET_SECONDS and not log.last_error


def _name(path: Path) -> str:
    """Return a file's name as text: a file system allows bytes that are none, and the database does not."""
    return path.name.encode(errors="surrogateescape").decode(errors="replace")


def _resume(file: BinaryIO, log: LogFile) -> Cursor:
    """Return where to go on: at the beginning when the file was truncated or another one took its name."""
    start = Cursor.at_start(log.name)
    cursor = Cursor.from_json(log.cursor) if log.cursor else start
    size = file.seek(0, 2)
    file.seek(0)
    opening = read_chunk(file.read(_HEADER_BYTES), Cursor()).cursor.opening
    is_another = bool(opening and cursor.opening and opening != cursor.opening)
    if size < cursor.offset or is_another or not _begins_line(file, cursor):
        return start
    return cursor


def _begins_line(file: BinaryIO, cursor: Cursor) -> bool:
    """Tell whether reading can go on: where a copy with other line ends has replaced the log, lines lie elsewhere."""
    if cursor.mid_line or not cursor.offset:
        return True
    file.seek(cursor.offset - 1)
    return file.read(1) == b"\n"


def _readings(file: BinaryIO, cursor: Cursor, *, at_end: bool) -> Iterator[tuple[Reading, int]]:
    """Yield what each chunk holds and how many bytes were taken of it, until nothing whole is left."""
    while True:
        file.seek(cursor.offset)
        data = file.read(CHUNK_BYTES)
        if not data:
            return
        reading = read_chunk(data, cursor, at_end=at_end and len(data) < CHUNK_BYTES)
        taken = reading.cursor.offset - cursor.offset
        if not taken and not reading.events:
            if reading.unfinished and at_end:
                yield reading, 0
            return
        cursor = reading.cursor
        yield reading, taken


def _refuse_utf_16(file: BinaryIO) -> None:
    """An editor may store a log anew in an encoding in which no line of it can be read."""
    start = file.read(_HEADER_BYTES)
    is_utf_16 = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if is_utf_16 and HEADER_OPENS in start.decode("utf-16", "replace"):
        raise OSError(
            _("This log is stored as UTF-16. Store it as UTF-8, or hand over the file as the host wrote it.")
        )


def _shift_min(server: GameServer, file: BinaryIO, cursor: Cursor, otherwise: int = 0) -> int:
    """Return by how many minutes a log is dated wrongly: its last line stands beside the time the file was written.

    Read ahead of storing, since the last line speaks for all before it. If that line has no time (the mark of an end), the
    last one that has does, for placements that are still to be stored. `otherwise` stands where nothing can be said.
    """
    ends_at, timed_at, has_placements = None, None, False
    for reading, _size in _readings(file, cursor, at_end=True):
        ends_at, timed_at = reading.ends_at, reading.timed_at or timed_at
        has_placements |= any(logged.event.kind in PLACEMENT_KINDS for logged in reading.events)
    ends_at = ends_at or (timed_at if has_placements else None)
    if ends_at is None:
        return otherwise
    written_at = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
    shift = clock_shift(to_utc(ends_at, server.zone), written_at)
    if shift:
        clocks.warn(server, shift, at=written_at)
    return clocks.minutes_of(shift)


def _seen_players(server: GameServer, reading: Reading) -> list[Seen]:
    return [Seen(one.gamertag, one.player_id, to_utc(one.at, server.zone)) for one in reading.sightings]


@transaction.atomic
def _store_reading(server: GameServer, log: LogFile, reading: Reading) -> Stored:
    """Store a chunk's placements, what it teaches, and how far was read, together: none is ever true without the others."""
    incoming = _placements(server, log.name, reading, log.clock_shift_min)
    players = _seen_players(server, reading)
    learn_players(server, players)
    stored = store(server, incoming)
    log.cursor = reading.cursor.to_json()
    log.lines += reading.lines
    log.placements += stored.new
    log.last_read_at, log.last_error = timezone.now(), ""
    times = [event.at for event in reading.events if event.at is not None]
    if times:
        log.last_event_at = to_utc(times[-1], server.zone)
    if players:
        log.players_since = log.players_since or players[0].at
        log.players_until = players[-1].at
    placed = [one.occurred_at for one in incoming if one.occurred_at is not None]
    log.last_placement_at = max(placed, default=log.last_placement_at)
    log.save()
    return stored


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


def waiting(server: GameServer, keys: Sequence[uuid.UUID]) -> bool:
    """Tell whether any of these placements is still to be judged."""
    return any(
        Placement.objects.filter(server=server, source_key__in=part, state=Placement.State.PENDING).exists()
        for part in batched(keys)
    )


def batched(keys: Sequence[uuid.UUID], size: int = 10_000) -> Iterator[Sequence[uuid.UUID]]:
    """Cut keys into parts that fit into one query."""
    return (keys[start : start + size] for start in range(0, len(keys), size))
