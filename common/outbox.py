"""What every queue of rows shares: waking a worker, and waiting longer after each failure. The lowest floor; no models."""

import logging
from datetime import timedelta
from typing import Any

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def wake(task: Task[..., Any], *args: Any) -> None:
    """Enqueue a task that finds its work in rows. With the broker down only warn: the next sweep finds the rows too."""
    try:
        task.apply_async(args, retry=False)
    except OperationalError as error:
        logger.warning("Broker unreachable; %s%r waits for the sweep: %s", task.name, args, error)


def wake_on_commit(task: Task[..., Any], *args: Any) -> None:
    """Enqueue after the transaction, when the rows can be seen."""
    transaction.on_commit(lambda: wake(task, *args))


def delay_after(attempts: int, *, first: timedelta, longest: timedelta) -> timedelta:
    """Return how long to wait after this many failed attempts: `first`, doubling up to `longest`."""
    doublings = min(max(attempts - 1, 0), 30)
    return timedelta(seconds=min(first.total_seconds() * 2**doublings, longest.total_seconds()))
