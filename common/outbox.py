"""The outbox that every queue of rows shares: the row, claiming, recording a failed attempt, and waking a worker."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar

from celery import Task
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

LOST = "The worker that had it in hand died or hung"
MOST_ATTEMPTS_COUNTED = 1_000
_LONGEST_ERROR = 2_000


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a worker may hold a row, how long a row waits after a failure, and after how many it is given up."""

    claim_lasts: timedelta
    first_delay: timedelta
    longest_delay: timedelta
    attempts: int

    def delay_after(self, attempts: int) -> timedelta:
        """Return how long to wait after this many failed attempts: `first_delay`, doubling up to `longest_delay`."""
        doublings = min(max(attempts - 1, 0), 30)
        seconds = min(self.first_delay.total_seconds() * 2**doublings, self.longest_delay.total_seconds())
        return timedelta(seconds=seconds)


Row = TypeVar("Row", bound="OutboxRow")


class OutboxQuerySet(models.QuerySet[Row]):
    """Reads an outbox's rows, and restarts many of them."""

    def due(self, now: datetime) -> Self:
        """Return the rows that wait, are due, and are held by no worker."""
        return self.filter(
            Q(claimed_until__isnull=True) | Q(claimed_until__lte=now),
            state__in=self.model.WAITING,
            not_before__lte=now,
        )

    def restart(self, state: str, now: datetime, **values: Any) -> int:
        """Make the rows due with all their attempts before them; a worker that holds one holds it until it is done."""
        return self.update(state=state, attempts=0, not_before=now, last_error="", **values)


class OutboxRow(models.Model):
    """Something to be carried out by a worker, outside of transactions and perhaps more than once.

    A subclass has the column `state` with the values "pending" and "failed" among others, and names in WAITING those that
    are still to be carried out. `attempts` counts those in vain. Only "pending" is ever given up, and then is "failed".
    """

    WAITING: ClassVar[Sequence[str]] = ("pending",)

    state: Any
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, db_default=0)
    not_before = models.DateTimeField(_("not before"), default=timezone.now, db_default=Now())
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True, default="", db_default="")

    class Meta:
        abstract = True


@transaction.atomic
def claim(due: OutboxQuerySet[Row], patience: Patience, *, limit: int, now: datetime) -> list[Row]:
    """Claim due rows for a while, oldest first, without those that another worker is claiming.

    The rows of a dead worker are free when its claim has run out, and that counts as a failed attempt. Only after the first
    are they claimed again at once: the rows themselves may be what kills or hangs the workers.
    """
    rows = list(due.select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:limit])
    lost = [row for row in rows if row.claimed_until]
    postpone([row for row in lost if row.attempts], LOST, patience, now=now)
    taken = [row for row in rows if not (row.claimed_until and row.attempts)]
    _store([row for row in lost if not row.attempts], attempts=1, last_error=LOST)
    _store(taken, claimed_until=now + patience.claim_lasts)
    return taken


def record(rows: Iterable[Row], state: str, **values: Any) -> int:
    """Record the outcome of rows that were carried out, and return how many they are."""
    return _store(list(rows), state=state, claimed_until=None, last_error="", **values)


def postpone(
    rows: Iterable[Row],
    error: str,
    patience: Patience,
    *,
    now: datetime,
    is_permanent: bool = False,
    at_least: timedelta = timedelta(0),
) -> int:
    """Record a failed attempt, to be repeated after longer and longer delays; return how many rows were given up.

    After the last attempt, or if repeating is useless, staff have to look. A row whose state was changed meanwhile keeps that
    state, and a row that another worker holds is left to that worker.
    """
    groups: dict[tuple[type[Row], str, int, datetime | None], list[int]] = defaultdict(list)
    for row in rows:
        groups[type(row), row.state, row.attempts + 1, row.claimed_until].append(row.pk)
    given_up = 0
    for (model, state, attempts, claimed_until), keys in groups.items():
        values = {"attempts": min(attempts, MOST_ATTEMPTS_COUNTED), "last_error": error[:_LONGEST_ERROR]}
        gives_up = state == "pending" and (is_permanent or attempts >= patience.attempts)
        if gives_up:
            values["state"] = "failed"
        else:
            values["not_before"] = now + max(patience.delay_after(attempts), at_least)
        ours = model._default_manager.filter(pk__in=keys, claimed_until=claimed_until)
        changed = ours.filter(state=state).update(claimed_until=None, **values)
        ours.update(claimed_until=None)
        given_up += changed if gives_up else 0
    return given_up


def _store(rows: Sequence[Row], **values: Any) -> int:
    for row in rows:
        for name, value in values.items():
            setattr(row, name, value)
    model = type(rows[0]) if rows else None
    return model._default_manager.filter(pk__in=[row.pk for row in rows]).update(**values) if model else 0


def wake(task: Task[..., Any], *args: Any, after: timedelta = timedelta(0)) -> None:
    """Enqueue a task that finds its work in rows. With the broker down only warn: the next sweep finds the rows too."""
    try:
        task.apply_async(args, retry=False, countdown=after.total_seconds())
    except OperationalError as error:
        logger.warning("Broker unreachable; %s%r waits for the sweep: %s", task.name, args, error)


def wake_on_commit(task: Task[..., Any], *args: Any) -> None:
    """Enqueue after the transaction, when the rows can be seen."""
    transaction.on_commit(lambda: wake(task, *args))
