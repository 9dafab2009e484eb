"""PostgreSQL, the server of the broker, its queues, and the signs of life of beat and worker."""

import time
from dataclasses import dataclass
from typing import Any, Final

import redis
from amqp.exceptions import ChannelError
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from kombu.exceptions import OperationalError

from wotcs.celery import app
from wotcs.tasks import BEAT_KEY, WORKER_KEY

PATIENCE_SECONDS: Final = 3.0
_BROKEN: Final = (redis.RedisError, OperationalError, OSError)


@dataclass(frozen=True, slots=True)
class Postgres:
    """The database's server: version, name of the database, size in bytes."""

    version: str
    database: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Broker:
    """The server of broker and cache: what it is, memory in bytes, messages by queue and those a worker holds.

    `error` is the kind of failure when it does not answer; then nothing else is known. Ages are in seconds, None where
    no sign of life is known.
    """

    server: str = ""
    version: str = ""
    bytes: int | None = None
    queues: dict[str, int] | None = None
    unacknowledged: int | None = None
    beat_seconds_ago: int | None = None
    worker_seconds_ago: int | None = None
    error: str = ""


def postgres() -> Postgres:
    """Return what the database says of itself."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
        cursor.execute("SELECT current_database(), pg_database_size(current_database())")
        name, size = cursor.fetchone()
    return Postgres(str(version), str(name), int(size))


def broker() -> Broker:
    """Return what the server of the broker says, or why it says nothing; never its address, which holds a password."""
    try:
        info = _info()
        queues, unacknowledged = _messages()
    except _BROKEN as error:
        return Broker(error=type(error).__name__)
    beats = _heartbeats()
    is_valkey = info.get("server_name") == "valkey"
    return Broker(
        server="Valkey" if is_valkey else "Redis",
        version=str(info.get("valkey_version" if is_valkey else "redis_version", "")),
        bytes=info.get("used_memory"),
        queues=queues,
        unacknowledged=unacknowledged,
        beat_seconds_ago=_seconds_since(beats.get(BEAT_KEY)),
        worker_seconds_ago=_seconds_since(beats.get(WORKER_KEY)),
    )


def queue_names() -> list[str]:
    """Return every queue that the settings send tasks to, the default one last."""
    routed = dict.fromkeys(route["queue"] for route in settings.CELERY_TASK_ROUTES.values())
    return [*routed, settings.CELERY_TASK_DEFAULT_QUEUE]


def _info() -> dict[str, Any]:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=PATIENCE_SECONDS, socket_timeout=PATIENCE_SECONDS
    )
    try:
        info: Any = client.info()
    finally:
        client.close()
    return dict(info)


def _messages() -> tuple[dict[str, int], int]:
    """Return the messages waiting in each queue, and how many workers hold without having said that they are done."""
    with app.connection_for_read(url=settings.CELERY_BROKER_URL) as broker_connection:
        channel: Any = broker_connection.channel()
        try:
            queues = {name: _depth(channel, name) for name in queue_names()}
            return queues, int(channel.client.hlen(channel.unacked_key))
        finally:
            channel.close()


def _depth(channel: Any, queue: str) -> int:
    try:
        return int(channel.queue_declare(queue, passive=True).message_count)
    except ChannelError:  # a queue without messages does not exist
        return 0


def _heartbeats() -> dict[str, float]:
    try:
        return cache.get_many([BEAT_KEY, WORKER_KEY])
    except redis.RedisError:
        return {}


def _seconds_since(moment: float | None) -> int | None:
    return None if moment is None else max(0, round(time.time() - moment))
