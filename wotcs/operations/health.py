"""Whether this instance can do its work, and whether the work gets done, for load balancers and monitors."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from wotcs.operations import broker, database, due
from wotcs.operations.figures import Figure, Level
from wotcs.operations.subjects import ask

_TIMEOUT_SECONDS: Final = 2
# The figures that make /healthz late, and what stands before their object in `late`.
_LATE: Final = {"oldest_due_seconds": "", "last_success_seconds_ago": "", "workers_seconds_ago": "workers:"}


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - every view takes it
    """Answer 200 when database and broker answer, else 503: whether pages can be served. For load balancers."""
    return _answer(_servers(timezone.now()), {})


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - every view takes it
    """Answer 200 when database and broker answer and nothing that is due waits too long, else 503. For monitors.

    The answer names those that fail; in seconds, the age of the oldest due row of each queue, of each periodic task's last
    success and of the last sign of life of each queue's workers; how many alarms staff have, of which no restart mends one: they
    make it no 503; and the names of those that are late. It never says why, and nothing of what the rows hold: anybody may ask.
    """
    figures = signs(timezone.now())
    late = [
        _LATE[one.name] + one.object for one in figures if one.name in _LATE and one.level is not Level.OK
    ]
    values = {one.key: one.value for one in figures}
    report: dict[str, Any] = {name: values.get(name) for name in ("beat_seconds_ago", "worker_seconds_ago")}
    report["alarms"] = values.get("alarms_raised")
    for name in _LATE:
        report[name] = {one.object: one.value for one in figures if one.name == name} or None
    return _answer(figures, report | {"late": late or None})


def signs(now: datetime) -> list[Figure]:
    """Return the figures of what is due and of the broker, and if it answers those of workers and periodic tasks."""
    figures = _servers(now)
    return figures if _is_failing("broker", figures) else [*figures, *ask(_signs_of_life, now)]


def _servers(now: datetime) -> list[Figure]:
    return [*ask(_due, now), *ask(broker.server, now)]


def _due(now: datetime) -> list[Figure]:
    with database.impatient(_TIMEOUT_SECONDS):
        return list(due.figures(now))


def _signs_of_life(now: datetime) -> list[Figure]:
    broker.start_waiting(now)
    return list(broker.signs_of_life(now))


def _answer(figures: Sequence[Figure], more: Mapping[str, Any]) -> JsonResponse:
    words = {name: "failing" if _is_failing(name, figures) else "ok" for name in ("database", "broker")}
    status = "failing" if "failing" in words.values() else "late" if more.get("late") else "ok"
    return JsonResponse({"status": status, **words, **more}, status=200 if status == "ok" else 503)


def _is_failing(name: str, figures: Sequence[Figure]) -> bool:
    return any(figure.key == name and figure.level is Level.FAILING for figure in figures)
