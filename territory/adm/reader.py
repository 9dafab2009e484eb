"""A log's bytes to events, resumable at any byte offset."""

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass, field

from territory.adm.clock import LogClock
from territory.adm.grammar import HEADER_OPENS, Event, Header, Kind, is_full_id, line_time, parse_line
from territory.adm.names import boot_in_name

MAX_LINE_BYTES = 1024 * 1024
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where to read on in one log.

    `opening` is the log's first header line, or the boot that its file's name tells until one is seen (else ""): it
    names the log however the file is called later.
    `mid_line` says that `offset` stands inside a line already dealt with, whose rest is to be passed over.
    """

    offset: int = 0
    opening: str = ""
    clock: LogClock = field(default_factory=LogClock)
    mid_line: bool = False

    @classmethod
    def at_start(cls, name: str) -> "Cursor":
        """Stand at the beginning of a file of this name, with the boot it tells if it tells one."""
        boot = boot_in_name(name)
        return cls() if boot is None else cls(0, f"boot {boot}", LogClock().at_named_boot(boot))

    def to_json(self) -> dict[str, str | int | None]:
        """Return the cursor as a flat value for a JSON column."""
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
        }

    @classmethod
    def from_json(cls, data: dict[str, str | int | None]) -> "Cursor":
        """Read what `to_json` returned; an empty value is a cursor at the beginning. ValueError for other text."""
        date, last = data.get("date"), data.get("last")
        clock = LogClock(
            dt.date.fromisoformat(str(date)) if date else None,
            dt.time.fromisoformat(str(last)) if last else None,
            rolled=bool(data.get("rolled")),
            is_named=bool(data.get("is_named")),
        )
        opening = str(data.get("opening") or "")
        return cls(int(data.get("offset") or 0), opening, clock, bool(data.get("mid_line")))


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event with its place: `offset` of its line's first byte, `at` naive local (None if unknown), `raw` text.

    `opening` is the cursor's as far as it was known at this line, so that it does not depend on the chunks read.
    """

    offset: int
    at: dt.datetime | None
    raw: str
    event: Event
    opening: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one call read: `lines` of any sort, and whether a last line without its end waits at the cursor."""

    events: tuple[LoggedEvent, ...]
    cursor: Cursor
    lines: int
    unfinished: bool


def read_chunk(data: bytes, cursor: Cursor, *, at_end: bool = False) -> Reading:
    """Read the log's bytes from `cursor.offset` on.

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
    after = Cursor(walk.offset, walk.opening, walk.clock, walk.mid_line)
    return Reading(tuple(walk.events), after, walk.lines, unfinished=walk.offset < cursor.offset + len(data))


def source_key(opening: str, name: str, logged: LoggedEvent) -> uuid.UUID:
    """Return the stable key of a logged line, from the log's opening (or its file's name without one).

    Hosts rename and copy logs, so the same bytes seen under another name are the same line: the name counts only where
    no header was seen. A file begun anew may hold other text at the same offset, so the text counts too; alone it
    would not do, because two equal lines in one second are two events.
    """
    origin = ("opening", opening) if opening else ("name", name)
    digest = hashlib.blake2b(digest_size=16)
    for part in (*origin, str(logged.offset), logged.raw.rstrip()):
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

    def pass_rest(self, data: bytes) -> int:
        """Pass over the rest of a line already dealt with; return the index of the next line."""
        if not self.mid_line:
            return 0
        start = data.find(b"\n") + 1 or len(data)
        self.mid_line = not data[:start].endswith(b"\n")
        self.offset += start
        return start

    def take(self, line: bytes) -> None:
        """Read one line and stand behind its last byte."""
        if len(line) < MAX_LINE_BYTES:
            text = self.decode(line)
            self.understand(text, parse_line(text))
        self.lines += 1
        self.offset += len(line)

    def take_unended(self, line: bytes, *, at_end: bool) -> None:
        """Read what has no line end yet, if that can be said to be a line of its own."""
        if len(line) >= MAX_LINE_BYTES or (at_end and _is_whole(self.decode(line))):
            self.take(line)
            self.mid_line = True

    def decode(self, line: bytes) -> str:
        if self.offset == 0:
            line = line.removeprefix(_BOM)
        # A crash leaves runs of NUL in a log; PostgreSQL takes no text that holds one.
        return line.removesuffix(b"\r").decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")

    def understand(self, text: str, parsed: Header | Event | None) -> None:
        if isinstance(parsed, Header):
            # A header tells more than a file's name; only the first one names the log.
            self.opening = self.opening if self.opening.startswith(HEADER_OPENS) else text.strip()
            self.clock = self.clock.at_header(parsed.started_at)
            return
        # Lines that are no events show midnight too; without them a night of chat would lose a day.
        time = parsed.time if parsed else line_time(text)
        if time is None:
            return
        self.clock, at = self.clock.tick(time)
        if parsed:
            self.events.append(LoggedEvent(self.offset, at, text, parsed, self.opening))


def _is_whole(text: str) -> bool:
    """Say whether a line without its end can only be a whole one.

    An id of full length is asked for, because a shorter one could be part of a gamertag whose line is still written.
    """
    event = parse_line(text) if text.endswith(">") else None
    return (
        isinstance(event, Event)
        and event.kind is Kind.PLACED
        and event.item is not None
        and is_full_id(event.player_id or "")
    )
