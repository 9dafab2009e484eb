"""A clock that stands where the story is, so that services do in the past what they do every day."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from unittest import mock


@dataclass(slots=True)
class Clock:
    """The moment that services take for now."""

    moment: datetime


@contextmanager
def story_clock(moment: datetime) -> Iterator[Clock]:
    """Let `django.utils.timezone.now`, which all services and models ask, return the moment of the clock yielded.

    The clock of the database, and with it the columns that only the database fills, goes on.
    """
    clock = Clock(moment)

    class StoryTime(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return clock.moment.astimezone(tz)

    with mock.patch("django.utils.timezone.datetime", StoryTime):
        yield clock
