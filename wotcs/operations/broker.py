"""Figures of Redis, of the queues in it, and of the signs of life of beat, workers and periodic tasks."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import redis
from amqp.exceptions import ChannelError
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from territory.services.staff_alarms import COUNT_KEY
from wotcs.celery import PERIODS, QUEUES, app
from wotcs.operations.figures import Figure, figure
from wotcs.tasks import BEAT_KEY, REMEMBERED_SECONDS, WORKER_KEY, success_key, worker_key

SINCE_KEY: Final = "health:since"
_PATIENCE_SECONDS: Final = 2
_LONG_QUEUE: Final = 100
# A periodic task is late if it has not succeeded for three times its period and so many seconds more.
TASK_GRACE_SECONDS: Final = 120
# A beat entry comes every 20 seconds; a worker may be busy for longer.
_SILENT_AFTER_SECONDS: Final = 120


def server(_now: datetime) -> Iterator[Figure]:
    """Yield version and memory of the server; never its address, which holds a password."""
    limits: dict[str, Any] = {
        "socket_connect_timeout": _PATIENCE_SECONDS,
        "socket_timeout": _PATIENCE_SECONDS,
    }
    with redis.Redis.from_url(settings.REDIS_URL, **limits) as client:
        info: Any = client.info()
    name = info.get("server_name") or "redis"
    yield figure("broker_version", f"{name.title()} {info.get(f'{name}_version', '')}", "Redis")
    yield figure("broker_bytes", info.get("used_memory"), _("memory"))


def queues(_now: datetime) -> Iterator[Figure]:
    """Yield the messages that wait in each queue, and those that workers hold."""
    with app.connection_for_read(url=settings.CELERY_BROKER_URL) as connection:
        channel: Any = connection.channel()
        try:
            for name in QUEUES:
                count = _depth(channel, name)
                yield figure(
                    f"messages_waiting:{name}", count, _("messages waiting"), look=count > _LONG_QUEUE
                )
            yield figure(
                "messages_held", int(channel.client.hlen(channel.unacked_key)), _("messages held by workers")
            )
        finally:
            channel.close()


def _depth(channel: Any, queue: str) -> int:
    try:
        return int(channel.queue_declare(queue, passive=True).message_count)
    except ChannelError:  # a queue without messages does not exist
        return 0


def start_waiting(now: datetime) -> None:
    """Note since when signs of life are awaited: work that was never done is late after a while."""
    cache.add(SINCE_KEY, now.timestamp(), REMEMBERED_SECONDS)


def signs_of_life(now: datetime) -> Iterator[Figure]:
    """Yield how long ago beat, the workers of each queue and the success of each periodic task were seen."""
    keys = [SINCE_KEY, BEAT_KEY, *map(success_key, PERIODS), *map(worker_key, QUEUES)]
    seen = cache.get_many([*keys, COUNT_KEY])
    yield figure("alarms_raised", seen.pop(COUNT_KEY, None), _("alarms when they were last looked at"))
    ages = {key: max(0, round(now.timestamp() - moment)) for key, moment in seen.items()}
    awaited = ages.get(SINCE_KEY)
    beat, worker = ages.get(BEAT_KEY), ages.get(WORKER_KEY)
    yield figure("beat_seconds_ago", beat, _("last sign of life of beat"), look=_is_silent(beat))
    yield figure("worker_seconds_ago", worker, _("last sign of life of a worker"), look=_is_silent(worker))
    for task, period in PERIODS.items():
        age = ages.get(success_key(task), awaited)
        is_late = (age or 0) > 3 * period + TASK_GRACE_SECONDS
        yield figure(f"last_success_seconds_ago:{task}", age, _("last success"), look=is_late)
    for queue, limit in QUEUES.items():
        age = ages.get(worker_key(queue), awaited)
        yield figure(f"workers_seconds_ago:{queue}", age, _("last sign of life"), look=(age or 0) > limit)


def _is_silent(seconds: int | None) -> bool:
    return seconds is None or seconds > _SILENT_AFTER_SECONDS
