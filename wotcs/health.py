"""Whether this instance can do its work, and whether the work gets done, for load balancers and monitors."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from announcements.models import Announcement
from tanks.models import SyncedClan
from territory.models import BanDelivery, GameServer, Placement
from wotcs.tasks import BEAT_KEY, KEPT_SECONDS, WORKER_KEY, success_key, worker_key

TIMEOUT_SECONDS = 2
SINCE_KEY = "health:since"

Ages = dict[str, int | None]


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - every view takes it
    """Answer 200 when database and broker answer, else 503: whether pages can be served. For load balancers."""
    report = {"database": _answer(_ask_database) is not None, "broker": _answer(_ask_broker) is not None}
    words = {name: "ok" if is_well else "failing" for name, is_well in report.items()}
    status = "ok" if all(report.values()) else "failing"
    return JsonResponse({"status": status, **words}, status=200 if status == "ok" else 503)


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - every view takes it
    """Answer 200 when database and broker answer and nothing that is due waits too long, else 503. For monitors.

    It tells which of them fails; in seconds, the age of the oldest due row of each queue, of each periodic task's last
    success and of the last sign of life of each queue's workers; and the names of those that are late. Never why, and
    nothing of what the rows hold: anybody may ask.
    """
    rows, broker = _answer(_ask_database), _answer(_ask_broker)
    seen = _signs_of_life() if broker is not None else {}
    tasks = {name: _age(seen, success_key(name)) for name in _periods()} if seen else None
    workers = (
        {name: _age(seen, worker_key(name)) for name in settings.HEALTH_WORKER_SECONDS} if seen else None
    )
    late = [
        *_late(rows, settings.HEALTH_ROW_SECONDS),
        *_late(tasks, {name: _patience(period) for name, period in _periods().items()}),
        *(f"workers:{name}" for name in _late(workers, settings.HEALTH_WORKER_SECONDS)),
    ]
    status = "failing" if rows is None or broker is None else "late" if late else "ok"
    report = {
        "status": status,
        "database": "failing" if rows is None else "ok",
        "broker": "failing" if broker is None else "ok",
        "beat_seconds_ago": _seconds_since(seen.get(BEAT_KEY)),
        "worker_seconds_ago": _seconds_since(seen.get(WORKER_KEY)),
        "oldest_due_seconds": rows,
        "last_success_seconds_ago": tasks,
        "workers_seconds_ago": workers,
        "late": late or None,
    }
    return JsonResponse(report, status=200 if status == "ok" else 503)


def _late(ages: Ages | None, limits: Mapping[str, float]) -> list[str]:
    return [name for name, age in (ages or {}).items() if age is not None and age > limits[name]]


def _answer(ask: Callable[[], Ages]) -> Ages | None:
    # Whatever goes wrong while asking, the answer is the same: it does not work.
    try:
        return ask()
    except Exception:  # noqa: BLE001
        return None


def _ask_database() -> Ages:
    """Return the age of each queue's oldest due row, None for an empty one.

    Asked on a connection of its own: the kept one has no time limit for a server that has gone silent.
    """
    connection = connections.create_connection("default")
    options = {name: value for name, value in connection.settings_dict["OPTIONS"].items() if name != "pool"}
    limits = {"connect_timeout": TIMEOUT_SECONDS, "tcp_user_timeout": TIMEOUT_SECONDS * 1000}
    connection.settings_dict = {**connection.settings_dict, "OPTIONS": options | limits}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = %s", [TIMEOUT_SECONDS * 1000])
            now = timezone.now()
            ages: Ages = {}
            for name, rows in _due(now).items():
                cursor.execute(*rows[:1].query.get_compiler(connection=connection).as_sql())
                since = (cursor.fetchone() or (None,))[0]
                ages[name] = None if since is None else max(0, round((now - since).total_seconds()))
            return ages
    finally:
        connection.close()


def _due(now: datetime) -> dict[str, QuerySet[Any, Any]]:
    """Return since when each queue's rows are due, the oldest first; each costs a probe of an index."""
    waiting = Placement.objects.filter(server=OuterRef("pk"), state=Placement.State.PENDING)
    next_one = waiting.order_by("occurred_at", "pk").values("received_at")[:1]
    servers = GameServer.objects.annotate(since=Subquery(next_one)).order_by(F("since").asc(nulls_last=True))
    said = Announcement.objects.due(now).filter(channel__is_active=True).order_by("not_before")
    clans = SyncedClan.objects.filter(sync_due_at__lte=now).order_by("sync_due_at")
    return {
        "placements": servers.values_list("since"),
        "ban_deliveries": BanDelivery.objects.due(now).order_by("not_before").values_list("not_before"),
        "announcements": said.values_list("not_before"),
        "syncs": clans.values_list("sync_due_at"),
    }


def _ask_broker() -> Ages:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=TIMEOUT_SECONDS, socket_timeout=TIMEOUT_SECONDS
    )
    try:
        client.ping()
    finally:
        client.close()
    return {}


def _signs_of_life() -> dict[str, float]:
    """Return when what was seen last, by key of the cache; nothing when the cache does not answer."""
    keys = [BEAT_KEY, *map(success_key, _periods()), *map(worker_key, settings.HEALTH_WORKER_SECONDS)]
    try:
        since = cache.get_or_set(SINCE_KEY, time.time, KEPT_SECONDS)
        return {SINCE_KEY: since, **cache.get_many(keys)}
    except redis.RedisError:
        return {}


def _age(seen: dict[str, float], key: str) -> int | None:
    """Return the seconds since something was seen; in a new or emptied cache, since it was asked for the first time."""
    return _seconds_since(seen.get(key, seen[SINCE_KEY]))


def _periods() -> dict[str, float]:
    """Return the periodic tasks with the seconds between two runs."""
    entries = settings.CELERY_BEAT_SCHEDULE.values()
    return {entry["task"]: entry["schedule"].total_seconds() for entry in entries}


def _patience(period: float) -> float:
    return 3 * period + float(settings.HEALTH_TASK_GRACE_SECONDS)


def _seconds_since(moment: float | None) -> int | None:
    return None if moment is None else max(0, round(time.time() - moment))
