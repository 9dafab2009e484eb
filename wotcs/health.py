"""Whether this instance can do its work, for load balancers and monitors."""

import time
from collections.abc import Callable

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from wotcs.tasks import BEAT_KEY, WORKER_KEY

TIMEOUT_SECONDS = 2


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - every view takes it
    """Answer 200 when database and broker answer, else 503 with which of them failed, and never why: anybody may ask.

    The ages of the heartbeats are told, null when none is known; by themselves they do not make the answer 503, since the
    pages work without workers.
    """
    database, broker = _answers(_ask_database), _answers(_ask_broker)
    beats = _heartbeats() if broker else {}
    report = {
        "status": "ok" if database and broker else "failing",
        "database": "ok" if database else "failing",
        "broker": "ok" if broker else "failing",
        "beat_seconds_ago": _seconds_since(beats.get(BEAT_KEY)),
        "worker_seconds_ago": _seconds_since(beats.get(WORKER_KEY)),
    }
    return JsonResponse(report, status=200 if database and broker else 503)


def _answers(ask: Callable[[], object]) -> bool:
    # Whatever goes wrong while asking, the answer is the same: it does not work.
    try:
        ask()
    except Exception:  # noqa: BLE001
        return False
    return True


def _ask_database() -> None:
    """Ask on a connection of its own: the kept one has no time limit for a server that has gone silent."""
    connection = connections.create_connection("default")
    options = {name: value for name, value in connection.settings_dict["OPTIONS"].items() if name != "pool"}
    limits = {"connect_timeout": TIMEOUT_SECONDS, "tcp_user_timeout": TIMEOUT_SECONDS * 1000}
    connection.settings_dict = {**connection.settings_dict, "OPTIONS": options | limits}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


def _ask_broker() -> None:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=TIMEOUT_SECONDS, socket_timeout=TIMEOUT_SECONDS
    )
    try:
        client.ping()
    finally:
        client.close()


def _heartbeats() -> dict[str, float]:
    try:
        return cache.get_many([BEAT_KEY, WORKER_KEY])
    except redis.RedisError:
        return {}


def _seconds_since(moment: float | None) -> int | None:
    return None if moment is None else max(0, round(time.time() - moment))
