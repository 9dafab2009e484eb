"""Signs of life of beat, of each queue's workers and of the periodic tasks, for /healthz; and clearing old sessions."""

import contextlib
import time
from typing import Any

import redis
from allauth.usersessions.models import UserSession
from celery import shared_task
from celery.signals import after_task_publish, task_success
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command

from wotcs.celery import PERIODS

REMEMBERED_SECONDS = 7 * 24 * 3600
BEAT_KEY = "heartbeat:beat"


def worker_key(queue: str) -> str:
    """Return the cache key of the last heartbeat of a queue's workers."""
    return f"heartbeat:{queue}"


def success_key(task: str) -> str:
    """Return the cache key of a task's last success."""
    return f"success:{task}"


WORKER_KEY = worker_key("default")


@shared_task(name="wotcs.heartbeat", ignore_result=True)
def heartbeat(queue: str = "default") -> None:
    """Note that a worker of a queue is alive."""
    cache.set(worker_key(queue), time.time(), REMEMBERED_SECONDS)


@shared_task(name="wotcs.clear_sessions", ignore_result=True)
def clear_sessions() -> None:
    """Remove expired sessions, and the addresses and browsers noted for sessions that have ended."""
    call_command("clearsessions")
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


@after_task_publish.connect(sender="wotcs.heartbeat", dispatch_uid="wotcs.heartbeat")
def note_beat(**_kwargs: Any) -> None:
    """Note that beat lives: nobody else sends the heartbeat."""
    cache.set(BEAT_KEY, time.time(), REMEMBERED_SECONDS)


@task_success.connect(dispatch_uid="wotcs.note_success")
def note_success(sender: Any = None, **_kwargs: Any) -> None:
    """Note the success of a periodic task; a cache that is down is no fault of the task."""
    if sender is not None and sender.name in PERIODS:
        with contextlib.suppress(redis.RedisError):
            cache.set(success_key(sender.name), time.time(), REMEMBERED_SECONDS)
