"""Connection tests of log sources and ban lists: they run with a deadline, outside of transactions, and are kept for a while.

Each place is tested in a thread of its own, so that one slow host delays no other place, and the deadline holds even if a
host hangs: its thread ends by the time limits of its sockets. The threads use no database.
"""

import hashlib
import logging
import queue
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.utils import timezone
from redis import RedisError

from common.attempts import count_attempt
from common.locks import LockKind, try_lock
from territory.checklist import CheckLevel, CheckLine, CheckSubject
from territory.models import BanList, GameServer, LogSource
from territory.reach import HostError, tame_words
from territory.services.log_checks import CHECKS, check_logs

logger = logging.getLogger(__name__)

Place = LogSource | BanList
DEADLINE_SECONDS = 20.0
MOST_TESTS = 40  # by one person in a quarter of an hour
_STORED_SECONDS = 7 * 24 * 3600
_TOO_LONG = "No answer in time"


@dataclass(frozen=True, slots=True)
class TestedLine:
    """A line of a test, and how long it took; `error` are a host's words, in English."""

    line: CheckLine
    seconds: float
    error: str = ""

    def to_json(self) -> list[Any]:
        """Return the line as a flat value for JSON."""
        return [self.line.subject, self.line.level, dict(self.line.values), self.seconds, self.error]

    @classmethod
    def from_json(cls, values: Sequence[Any]) -> "TestedLine":
        """Return the line that `to_json` stored."""
        subject, level, line_values, seconds, error = values
        return cls(CheckLine(CheckSubject(subject), CheckLevel(level), line_values), seconds, error)


@dataclass(slots=True)
class ConnectionTest:
    """A finished test of a place."""

    lines: list[TestedLine] = field(default_factory=list)
    at: datetime = field(default_factory=timezone.now)


def run_tests(server: GameServer, places: Sequence[Place], *, by: str) -> bool:
    """Test places of a game server at once, and keep the results; return False while somebody else tests this server.

    Raises TooManyAttemptsError for a person who tests too often.
    """
    count_attempt("connection-test", by, MOST_TESTS)
    with try_lock(LockKind.CONNECTION_TEST, server.pk) as is_only:
        if not is_only:
            return False
        runs = [(place, _Run(place, server)) for place in places]
        until = time.monotonic() + DEADLINE_SECONDS
        for place, run in runs:
            _keep(place, run.result(until))
    return True


def last_tests(places: Sequence[Place]) -> dict[Place, ConnectionTest]:
    """Return the last test of each place, since its address and secret are what they are."""
    keys = {_key(place): place for place in places}
    with suppress(RedisError):
        return {keys[key]: _read(stored) for key, stored in cache.get_many(keys).items()}
    return {}


def _keep(place: Place, test: ConnectionTest) -> None:
    with suppress(RedisError):
        stored = {"at": test.at.isoformat(), "lines": [one.to_json() for one in test.lines]}
        cache.set(_key(place), stored, _STORED_SECONDS)


def _read(stored: Mapping[str, Any]) -> ConnectionTest:
    lines = [TestedLine.from_json(one) for one in stored["lines"]]
    return ConnectionTest(lines, datetime.fromisoformat(stored["at"]))


def _key(place: Place) -> str:
    digest = hashlib.sha256(f"{place.kind}\n{place.address}\n{place.secret}".encode()).hexdigest()
    return f"connection-test:{place._meta.model_name}:{place.pk}:{digest}"


class _Run:
    """A test in a thread."""

    def __init__(self, place: Place, server: GameServer) -> None:
        self._lines: queue.SimpleQueue[TestedLine | None] = queue.SimpleQueue()
        self._place, self._zone = place, server.zone
        self._subjects: Sequence[CheckSubject] = [CheckSubject.REACH]
        threading.Thread(target=self._go, daemon=True).start()

    def result(self, until: float) -> ConnectionTest:
        """Wait for the lines until a moment; without an end by then, the last line says so."""
        test = ConnectionTest()
        while True:
            try:
                one = self._lines.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                subject = self._next([tested.line.subject for tested in test.lines])
                test.lines.append(
                    TestedLine(CheckLine(subject, CheckLevel.FAIL), DEADLINE_SECONDS, _TOO_LONG)
                )
                return test
            if one is None:
                return test
            test.lines.append(one)

    def _go(self) -> None:
        done: list[CheckSubject] = []
        began = time.monotonic()
        try:
            for line in self._all():
                self._lines.put(TestedLine(line, time.monotonic() - began))
                done.append(line.subject)
                began = time.monotonic()
        except Exception as error:  # whatever a host answers is a line of the list
            if not isinstance(error, HostError | OSError):
                logger.exception("A connection test broke off")
            words = tame_words(str(error) or type(error).__name__, self._place.secret)
            failed = CheckLine(self._next(done), CheckLevel.FAIL)
            self._lines.put(TestedLine(failed, time.monotonic() - began, words))
        self._lines.put(None)

    def _all(self) -> Iterator[CheckLine]:
        host = self._place.connect()
        self._subjects = host.checks
        yield from host.check()
        if isinstance(self._place, LogSource):
            self._subjects = [*self._subjects, *CHECKS]
            yield from check_logs(self._place.connect(), self._zone)

    def _next(self, done: Sequence[CheckSubject]) -> CheckSubject:
        """Return what would have come behind the lines so far."""
        return next((subject for subject in self._subjects if subject not in done), self._subjects[-1])
