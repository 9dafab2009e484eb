"""Signs of life of beat and worker, for /healthz, and the clearing of old sessions."""

import time
from typing import Any

from celery import shared_task
from celery.signals import after_task_publish
from django.core.cache import cache
from django.core.management import call_command

WORKER_KEY, BEAT_KEY = "heartbeat:worker", "heartbeat:beat"
KEPT_SECONDS = 3600


@shared_task(name="wotcs.heartbeat", ignore_result=True)
def heartbeat() -> None:
    """Note that a worker does what beat asks for."""
    cache.set(WORKER_KEY, time.time(), KEPT_SECONDS)


@shared_task(name="wotcs.clear_sessions", ignore_result=True)
def clear_sessions() -> None:
    """Remove the sessions whose time is over: nothing else ever does."""
    call_command("clearsessions")


@after_task_publish.connect(sender="wotcs.heartbeat", dispatch_uid="wotcs.heartbeat")
def note_beat(**_kwargs: Any) -> None:
    """Note that beat lives: nobody else sends the heartbeat."""
    cache.set(BEAT_KEY, time.time(), KEPT_SECONDS)
