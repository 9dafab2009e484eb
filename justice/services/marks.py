"""Marks of what waits in the queue: who is looking at it, and how often it was skipped. A mark stops nobody."""

from datetime import datetime, timedelta

from django.db.models import F, Q

from clans.models import User
from justice.models import QueueMark

LOOK = timedelta(minutes=2)


def look(kind: str, key: int, *, by: User, now: datetime) -> None:
    """Note that somebody looks at something that waits, for two minutes, unless somebody else does already. Two queries."""
    QueueMark.objects.get_or_create(kind=kind, key=str(key))
    free = Q(looked_at_by=None) | Q(looked_at_by=by) | Q(looked_at_until__lte=now)
    mark = QueueMark.objects.filter(free, kind=kind, key=str(key))
    mark.update(looked_at_by=by, looked_at_until=now + LOOK)


def skip(kind: str, key: int, *, by: User) -> None:
    """Count that somebody went on to the next without a decision, and looks at it no more."""
    QueueMark.objects.get_or_create(kind=kind, key=str(key))
    mark = QueueMark.objects.filter(kind=kind, key=str(key))
    mark.update(skips=F("skips") + 1)
    mark.filter(looked_at_by=by).update(looked_at_by=None, looked_at_until=None)


def forget(kind: str, key: int) -> None:
    """Drop the mark of something that waits no more."""
    QueueMark.objects.filter(kind=kind, key=str(key)).delete()
