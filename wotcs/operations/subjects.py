"""The one list of all figures, by subject; each subject is looked at by itself, so that one fault hides no other."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from datetime import datetime
from typing import Final, NamedTuple

import redis
from django.db import Error
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from wotcs.operations import broker, database, dayz, due, tanks
from wotcs.operations.figures import Figure, Level, Text, figure

Source = Callable[[datetime], Iterable[Figure]]


class Subject(NamedTuple):
    """Figures of one subject. They are left out while a figure that it needs is failing."""

    title: Text
    source: Source
    needs: tuple[str, ...] = ()


_ROWS: Final = ("database", "migrations_pending")
SUBJECTS: Final = (
    Subject(_("Database"), database.server, ("database",)),
    Subject(_("Tables"), database.tables, _ROWS),
    Subject(_("Broker"), broker.server),
    Subject(_("Queues"), broker.queues, ("broker",)),
    Subject(_("Workers and periodic tasks"), broker.signs_of_life, ("broker",)),
    Subject(_("Rows that are due"), due.figures, _ROWS),
    Subject(_("Game servers"), dayz.servers, _ROWS),
    Subject(_("Alarms"), dayz.alarms, _ROWS),
    Subject(_("Bans"), dayz.bans, _ROWS),
    Subject(_("Announcements"), dayz.announcements, _ROWS),
    Subject("World of Tanks", tanks.clans, _ROWS),
    Subject(_("Incomplete rows"), tanks.incomplete, _ROWS),
    Subject(_("Requests to Wargaming"), tanks.requests, (*_ROWS, "broker")),
    Subject(_("Answers kept on disk"), tanks.disk_cache, _ROWS),
)


def look(now: datetime) -> Iterator[tuple[Subject, list[Figure]]]:
    """Yield each subject with its figures."""
    failing: set[str] = set()
    for subject in SUBJECTS:
        if failing.isdisjoint(subject.needs):
            figures = ask(subject.source, now, with_locks="database" in subject.needs)
            failing |= {figure.key for figure in figures if figure.level is Level.FAILING}
            yield subject, figures


def ask(source: Source, now: datetime, *, with_locks: bool = False) -> list[Figure]:
    """Return the figures of a source, or the one that says which server does not answer; no password stands in it."""
    try:
        with database.short_locks() if with_locks else nullcontext():
            return list(source(now))
    except Error as error:
        reason = str(error).strip().partition("\n")[0]
        return [figure("database", reason, "PostgreSQL", look=True)]
    except (redis.RedisError, OperationalError, OSError) as error:
        return [figure("broker", type(error).__name__, "Redis", look=True)]
