"""Show the events that the intake would read from a log, without a database."""

import datetime as dt
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from territory.adm.clock import to_utc
from territory.adm.grammar import EventKind
from territory.adm.reader import MAX_LINE_BYTES, Cursor, LoggedEvent, Reading, read_chunk

_STDIN = "-"


class Command(BaseCommand):
    """Print a log's events as JSON lines, and a summary to standard error."""

    # The checks need the database and the broker; this command needs only a log.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.description = _(
            "Print the events of a DayZ admin log (.ADM) as JSON lines; needs no database."
        )
        parser.add_argument("file", help=_("the log, or - to read standard input"))
        parser.add_argument(
            "--time-zone",
            help=_("the game host's time zone, for example America/Sao_Paulo; adds the offset to times"),
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        zone = _zone(options["time_zone"]) if options["time_zone"] else None
        self._use_utf8()
        try:
            with _opened(options["file"]) as stream:
                self._print(stream, Cursor.at_start(Path(options["file"]).name), zone)
            self.stdout.flush()
        except BrokenPipeError:
            self._forget_output()

    def _print(self, stream: BinaryIO, start: Cursor, zone: ZoneInfo | None) -> None:
        lines, unfinished, kinds = 0, False, Counter[EventKind]()
        for reading in _readings(stream, start):
            self.stdout.write("".join(_json_line(logged, zone) for logged in reading.events), ending="")
            lines, unfinished = lines + reading.lines, reading.unfinished
            kinds.update(logged.event.kind for logged in reading.events)
        self.stdout.flush()
        for text in _summary(lines, kinds, unfinished=unfinished):
            # The summary is no error, so it is not coloured as one.
            self.stderr.write(text, style_func=str)

    def _use_utf8(self) -> None:
        """Names are of any language, and JSON is UTF-8 whatever the terminal's locale says."""
        if self._writes_to_process_output() and isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")

    def _forget_output(self) -> None:
        """Discard the interpreter's last flush: the reader (`| head`) has closed the pipe."""
        if self._writes_to_process_output():
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _writes_to_process_output(self) -> bool:
        return getattr(self.stdout, "_out", None) is sys.stdout


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        message = _("There is no time zone “%(name)s”. Give a name such as America/Sao_Paulo or UTC.")
        raise CommandError(message % {"name": name}) from error


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    if path == _STDIN:
        yield sys.stdin.buffer
        return
    try:
        stream = open(path, "rb")  # noqa: PTH123, SIM115 - only the opening may fail with this message
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        message = _("%(file)s cannot be read: %(error)s") % {"file": path, "error": reason}
        raise CommandError(message) from error
    with stream:
        yield stream


def _readings(stream: BinaryIO, cursor: Cursor) -> Iterator[Reading]:
    rest = b""
    while chunk := stream.read(MAX_LINE_BYTES):
        data = rest + chunk
        reading = read_chunk(data, cursor)
        rest = data[reading.cursor.offset - cursor.offset :]
        cursor = reading.cursor
        yield reading
    yield read_chunk(rest, cursor, at_end=True)


def _json_line(logged: LoggedEvent, zone: ZoneInfo | None) -> str:
    event = logged.event
    shown = {
        "offset": logged.offset,
        "at": _shown_time(logged.at, zone),
        "kind": event.kind,
        "gamertag": event.gamertag,
        "player_id": event.player_id,
        "x": event.x,
        "z": event.z,
        "altitude": event.altitude,
        "display": event.display,
        "item": event.item,
    }
    return json.dumps(shown, ensure_ascii=False, allow_nan=False) + "\n"


def _shown_time(at: dt.datetime | None, zone: ZoneInfo | None) -> str | None:
    if at is None:
        return None
    return at.isoformat() if zone is None else to_utc(at, zone).astimezone(zone).isoformat()


def _summary(lines: int, kinds: Counter[EventKind], *, unfinished: bool) -> Iterator[str]:
    yield _("Lines: %(count)d") % {"count": lines}
    yield _("Events: %(count)d") % {"count": kinds.total()}
    for kind, count in sorted(kinds.items()):
        yield f"  {kind}: {count}"
    if unfinished:
        yield _("The last line has no end yet and was not read.")
