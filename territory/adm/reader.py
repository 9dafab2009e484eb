"""Read a log's bytes into events, resumable at any byte offset."""

import datetime as dt
import hashlib
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from territory.adm.clock import LogClock
from territory.adm.grammar import (
    HEADER_OPENS,
    PLACEMENT_KINDS,
    Event,
    EventKind,
    Header,
    is_full_id,
    line_time,
    parse_line,
)
from territory.adm.names import boot_in_name
from territory.adm.sightings import sighted_players

MAX_LINE_BYTES = 1024 * 1024
_BOM = b"\xef\xbb\xbf"
# Two equal acts are told apart by their number among the equal ones; lines of one second stand this close together.
_EQUALS_WITHIN = dt.timedelta(minutes=1)
# A line of a player with one of these words behind the last id ought to be a placement.
_OPENS_PLAYER, _ACTS = '| Player "', (" placed ", "Built ", " built ")
_TIME_CHARS = len("HH:MM:SS ")
_MOST_SHAPES, _LONGEST_SHAPE, _LONGEST_READ = 5, 120, 1_000
# What a shape leaves out: names, ids, places, times and numbers.
_SECRETS = (
    (re.compile(r'"[^"]*"'), '"…"'),
    (re.compile(r"\(id=[^)]*\)?"), "(id=…)"),
    (re.compile(r"<[^>]*>?"), "<…>"),
    (re.compile(r"\S*\d\S*"), "…"),
    (re.compile(r"[A-Za-z0-9_=-]{32,}"), "…"),
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place where reading a log goes on.

    `opening` identifies the log, whatever its file's name: its first header line, or until then the boot in the file's name,
    or "".
    `mid_line` means that `offset` lies inside a line that was read already; its rest is skipped.
    `equals` counts the acts of the last minute, by their key: an equal one that follows is another act.
    """

    offset: int = 0
    opening: str = ""
    clock: LogClock = field(default_factory=LogClock)
    mid_line: bool = False
    equals: tuple[tuple[str, str, int], ...] = ()

    @classmethod
    def at_start(cls, name: str) -> "Cursor":
        """Return the cursor at the beginning of a file, with the boot in its name if there is one."""
        boot = boot_in_name(name)
        return cls() if boot is None else cls(0, f"boot {boot}", LogClock().at_named_boot(boot))

    def to_json(self) -> dict[str, Any]:
        """Return the cursor as a flat value for JSON."""
        clock = self.clock
        return {
            "offset": self.offset,
            "opening": self.opening,
            "date": clock.date.isoformat() if clock.date else None,
            # A time is always true, midnight included.
            "last": clock.last.isoformat() if clock.last else None,
            "rolled": clock.rolled,
            "is_named": clock.is_named,
            "mid_line": self.mid_line,
            "equals": [list(one) for one in self.equals],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Cursor":
        """Return the cursor that `to_json` stored; an empty value is the beginning. Raises ValueError for anything else."""
        date, last = data.get("date"), data.get("last")
        clock = LogClock(
            dt.date.fromisoformat(str(date)) if date else None,
            dt.time.fromisoformat(str(last)) if last else None,
            rolled=bool(data.get("rolled")),
            is_named=bool(data.get("is_named")),
        )
        opening = str(data.get("opening") or "")
        equals = tuple((str(key), str(at), int(count)) for key, at, count in data.get("equals") or ())
        return cls(int(data.get("offset") or 0), opening, clock, bool(data.get("mid_line")), equals)


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event of a log: the `offset` of its line's first byte, `at` naive local (None if unknown), the `raw` line.

    `nth` counts the equal acts before it in the same second.
    """

    offset: int
    at: dt.datetime | None
    raw: str
    event: Event
    nth: int = 0


@dataclass(frozen=True, slots=True)
class Sighting:
    """A player seen in a log: gamertag and full-length player id, at a naive local time."""

    gamertag: str
    player_id: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of reading a chunk: its events and players, the cursor behind it, the number of all its lines.

    `unfinished` means that a last line without its end waits at the cursor. `sightings` are the first and last of each player
    under each gamertag, in the order of the log. `timed_at` is the naive local time of the last line that has one; `ends_at`
    the same, None if a line without a time follows. `odd` is the number of lines that ought to mean something and could not be
    read, `shapes` a few of them without names, ids, places and numbers.
    """

    events: tuple[LoggedEvent, ...]
    cursor: Cursor
    lines: int
    unfinished: bool
    sightings: tuple[Sighting, ...] = ()
    ends_at: dt.datetime | None = None
    timed_at: dt.datetime | None = None
    odd: int = 0
    shapes: tuple[str, ...] = ()


def read_chunk(data: bytes, cursor: Cursor, *, at_end: bool = False) -> Reading:
    """Read bytes of a log that begin at `cursor.offset`.

    A last line without its end stays unread and the cursor before it, for the host may still be writing it. With
    `at_end` (no more bytes are there now) it is read if it is certainly whole: a placement closed by `<Class>`.
    Give at least `MAX_LINE_BYTES` at a time, or all there is: a longer line is passed over as junk, a shorter piece
    without a line end has to wait.
    """
    walk = _Walk(cursor)
    start = walk.pass_rest(data)
    while (end := data.find(b"\n", start)) >= 0:
        walk.take(data[start:end])
        walk.offset += 1
        start = end + 1
    walk.take_unended(data[start:], at_end=at_end)
    after = Cursor(walk.offset, walk.opening, walk.clock, walk.mid_line, walk.last_equals())
    unfinished = walk.offset < cursor.offset + len(data)
    return Reading(
        tuple(walk.events),
        after,
        walk.lines,
        unfinished,
        walk.sightings(),
        walk.ends_at,
        walk.timed_at,
        walk.odd,
        tuple(walk.shapes),
    )


def source_key(name: str, logged: LoggedEvent) -> uuid.UUID:
    """Return the stable key of a logged line: the act, its time on the log's clock, and its number among equal acts.

    Hosts rename, copy, cut and re-encode logs, so neither the file's name nor a byte's place counts, and no letter that an
    encoding could change. An act without a date cannot be told from another one, so there the file and the place count.
    """
    if logged.at is None:
        return _digest("undated", name, str(logged.offset), logged.raw.rstrip())
    return _digest(*_act(logged.at, logged.event), str(logged.nth))


def _act(at: dt.datetime, event: Event) -> tuple[str, ...]:
    place = (repr(event.x), repr(event.z), repr(event.altitude))
    item = event.item or _ascii(event.display or "")
    return ("act", at.isoformat(), event.kind, event.player_id or "", item, *place)


def _ascii(text: str) -> str:
    return "".join(character for character in text if character.isascii())


def _digest(*parts: str) -> uuid.UUID:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        # A file's name may hold bytes that are no text; each part's length keeps neighbours from running together.
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return uuid.UUID(bytes=digest.digest())


class _Walk:
    """The moving state of one `read_chunk`."""

    def __init__(self, cursor: Cursor) -> None:
        self.offset = cursor.offset
        self.opening = cursor.opening
        self.clock = cursor.clock
        self.mid_line = cursor.mid_line
        self.events: list[LoggedEvent] = []
        self.lines = 0
        self.ends_at: dt.datetime | None = None
        self.timed_at: dt.datetime | None = None
        self.odd = 0
        self.shapes: dict[str, None] = {}
        self._equals = {key: (dt.datetime.fromisoformat(at), count) for key, at, count in cursor.equals}
        self._seen: dict[tuple[str, str], tuple[dt.datetime, dt.datetime]] = {}

    def pass_rest(self, data: bytes) -> int:
        """Skip the rest of a line that was read already; return the index of the next line."""
        if not self.mid_line:
            return 0
        start = data.find(b"\n") + 1 or len(data)
        self.mid_line = not data[:start].endswith(b"\n")
        self.offset += start
        return start

    def take(self, line: bytes) -> None:
        """Read one line and move behind its last byte."""
        if len(line) < MAX_LINE_BYTES:
            text = self.decode(line)
            parsed = parse_line(text)
            self.understand(text, parsed)
            if parsed is None and _is_odd(text):
                self.note_odd(text)
        self.lines += 1
        self.offset += len(line)

    def take_unended(self, line: bytes, *, at_end: bool) -> None:
        """Read a line without its end, if it is certainly whole or too long."""
        if len(line) >= MAX_LINE_BYTES or (at_end and _is_whole(self.decode(line))):
            self.take(line)
            self.mid_line = True

    def note_odd(self, text: str) -> None:
        """Count a line that could not be read, and note its shape if there are few."""
        self.odd += 1
        if len(self.shapes) < _MOST_SHAPES:
            self.shapes[shape_of(text)] = None

    def decode(self, line: bytes) -> str:
        if self.offset == 0:
            line = line.removeprefix(_BOM)
        # A crash leaves runs of NUL in a log; PostgreSQL takes no text that holds one.
        return _text(line.removesuffix(b"\r")).replace("\0", "\N{REPLACEMENT CHARACTER}")

    def understand(self, text: str, parsed: Header | Event | None) -> None:
        if isinstance(parsed, Header):
            # A header tells more than a file's name; only the first one names the log.
            self.opening = self.opening if self.opening.startswith(HEADER_OPENS) else text.strip()
            self.clock = self.clock.at_header(parsed.started_at)
            self.ends_at = self.timed_at = parsed.started_at
            return
        # Lines that are no events show midnight too; without them a night of chat would lose a day.
        time = parsed.time if parsed else line_time(text)
        if time is None:
            self.ends_at = None if text.strip() else self.ends_at
            return
        self.clock, at = self.clock.tick(time)
        self.ends_at = at
        self.timed_at = at or self.timed_at
        if at is not None:
            self.see(text, at)
        if parsed:
            self.events.append(LoggedEvent(self.offset, at, text, parsed, self.nth(parsed, at)))

    def see(self, text: str, at: dt.datetime) -> None:
        """Note the players of a line."""
        for player in sighted_players(text):
            first, last = self._seen.get(player, (at, at))
            self._seen[player] = min(first, at), max(last, at)

    def sightings(self) -> tuple[Sighting, ...]:
        """Return each player's first and last sighting under each gamertag, in the order of the log."""
        first = [Sighting(*player, span[0]) for player, span in self._seen.items()]
        last = [Sighting(*player, span[1]) for player, span in self._seen.items() if span[1] > span[0]]
        return tuple(sorted([*first, *last], key=lambda one: one.at))

    def nth(self, event: Event, at: dt.datetime | None) -> int:
        """Return the number of equal placements in the minute before; 0 for other events, whose key needs none."""
        if at is None or event.kind not in PLACEMENT_KINDS:
            return 0
        self._equals = {
            key: (when, count)
            for key, (when, count) in self._equals.items()
            if abs(at - when) <= _EQUALS_WITHIN
        }
        key = _digest(*_act(at, event)).hex
        _when, count = self._equals.get(key, (at, 0))
        self._equals[key] = at, count + 1
        return count

    def last_equals(self) -> tuple[tuple[str, str, int], ...]:
        """Return the counts of equal acts for the cursor."""
        return tuple((key, when.isoformat(), count) for key, (when, count) in self._equals.items())


def _text(line: bytes) -> str:
    """Read a line as the game writes it, or as an editor may have stored it: a name with letters lost is another's."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        text = line.decode("utf-8", "replace")
        has_no_utf_8 = text.replace("\N{REPLACEMENT CHARACTER}", "").isascii()
        return line.decode("cp1252", "replace") if has_no_utf_8 else text


def _is_odd(text: str) -> bool:
    """Return whether a line that is no event ought to be one: it has no time, or a player places something in it."""
    if line_time(text) is None:
        return bool(text.strip()) and not text.startswith("***")  # a row of stars ends a boot
    tail = text.rpartition("(id=")[2]
    return text.find(_OPENS_PLAYER) == _TIME_CHARS and any(act in tail for act in _ACTS)


def shape_of(text: str) -> str:
    """Return the beginning of a line for people, without names, ids, places, times and numbers."""
    for pattern, sign in _SECRETS:
        text = pattern.sub(sign, text[:_LONGEST_READ])
    return " ".join(text.split())[:_LONGEST_SHAPE]


def _is_whole(text: str) -> bool:
    """Tell whether a line without its end is certainly whole.

    It needs a whole player id: a shorter id may be part of a gamertag whose line is still being written.
    """
    event = parse_line(text) if text.endswith(">") else None
    return (
        isinstance(event, Event)
        and event.kind is EventKind.PLACED
        and event.item is not None
        and is_full_id(event.player_id or "")
    )
