"""/healthz and /readyz: what they answer, when work is late, and when a server is down or silent."""

import json
import socket
import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from celery import current_app
from celery.signals import after_task_publish, task_success
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from announcements.tests.factories import make_announcement, make_channel
from tanks.tests.factories import rows
from territory.models import Placement
from territory.services.intake import store
from territory.tests.factories import incoming, make_ban, make_delivery, make_server
from wotcs.celery import PERIODS, QUEUES, ROUTES, app
from wotcs.operations import broker
from wotcs.operations.broker import SINCE_KEY, TASK_GRACE_SECONDS
from wotcs.operations.due import LATE_AFTER_SECONDS
from wotcs.tasks import BEAT_KEY, heartbeat, success_key, worker_key

pytestmark = pytest.mark.django_db

NOTHING_DUE = dict.fromkeys(LATE_AFTER_SECONDS)


def ask(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/healthz")
    return answer.status_code, answer.json()


def test_health_is_ok_when_database_and_broker_answer(client: Client) -> None:
    report = {
        "status": "ok",
        "database": "ok",
        "broker": "ok",
        "alarms": None,
        "beat_seconds_ago": None,
        "worker_seconds_ago": None,
        "oldest_due_seconds": NOTHING_DUE,
        "last_success_seconds_ago": dict.fromkeys(PERIODS, 0),
        "workers_seconds_ago": dict.fromkeys(QUEUES, 0),
        "late": None,
    }
    assert ask(client) == (200, report)
    assert client.get("/readyz").json() == {"status": "ok", "database": "ok", "broker": "ok"}


def test_health_tells_how_long_ago_worker_and_beat_were_seen(client: Client) -> None:
    heartbeat()
    after_task_publish.send(sender="territory.judge_due")
    assert ask(client)[1]["beat_seconds_ago"] is None
    after_task_publish.send(sender="wotcs.heartbeat")
    assert ask(client)[1]["beat_seconds_ago"] in (0, 1)
    cache.set(BEAT_KEY, time.time() - 90)
    status, report = ask(client)
    assert (status, report["worker_seconds_ago"]) == (200, pytest.approx(0, abs=1))
    assert report["beat_seconds_ago"] in (90, 91)


# -- Servers that are down or silent ------------------------------------------------------------------------------


def lead_database_to(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.settings["default"], "HOST", "127.0.0.1")
    monkeypatch.setitem(connections.settings["default"], "PORT", port)


@pytest.mark.parametrize(
    ("failing", "is_silent"),
    [({"database"}, False), ({"broker"}, False), ({"database", "broker"}, True)],
    ids=["database down", "broker down", "both silent"],
)
def test_health_names_servers_that_do_not_answer_in_time_and_says_no_more(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch, failing: set[str], *, is_silent: bool
) -> None:
    monkeypatch.setattr(broker, "_PATIENCE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if not is_silent:
            server.close()
        if "broker" in failing:
            settings.REDIS_URL = f"redis://:secret@127.0.0.1:{port}/0"
        if "database" in failing:
            lead_database_to(port, monkeypatch)
        start = time.monotonic()
        status, report = ask(client)
        assert time.monotonic() - start < 6
        if not is_silent:
            assert client.get("/readyz").status_code == 503
    words = {name: "failing" if name in failing else "ok" for name in ("database", "broker")}
    assert (status, report.items() >= {"status": "failing", **words}.items()) == (503, True)
    assert report["oldest_due_seconds"] == (None if "database" in failing else NOTHING_DUE)
    assert (report["workers_seconds_ago"] is None) is ("broker" in failing)
    assert "secret" not in json.dumps(report)


# -- Late work ----------------------------------------------------------------------------------------------------


def make_due(queue: str, age: timedelta, **fields: Any) -> None:
    due_at = timezone.now() - age
    if queue == "placements":
        store(make_server(), [incoming("X")])
        Placement.objects.update(received_at=due_at)
    elif queue == "ban_deliveries":
        make_delivery(make_ban(make_server()), "/secret/ban.txt", not_before=due_at, **fields)
    elif queue == "announcements":
        make_announcement(make_channel(**fields), not_before=due_at)
    else:
        rows.clan(sync_due_at=due_at)


# Health asks on a connection of its own, which sees nothing of an open transaction.
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("queue", LATE_AFTER_SECONDS)
def test_row_that_is_due_for_too_long_makes_health_late(client: Client, queue: str) -> None:
    limit = LATE_AFTER_SECONDS[queue]
    make_due(queue, timedelta(seconds=limit - 30))
    due = NOTHING_DUE | {queue: pytest.approx(limit - 30, abs=5)}
    status, report = ask(client)
    assert (status, report["oldest_due_seconds"]) == (200, due)

    with time_machine.travel(timezone.now() + timedelta(seconds=60)):
        status, report = ask(client)
    assert (status, report["status"], report["late"]) == (503, "late", [queue])
    assert "secret" not in json.dumps(report)
    # Pages work all the same.
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_health_answers_a_browser_with_a_session_while_the_database_is_down(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    lead_database_to(port, monkeypatch)
    connections["default"].close()
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    assert (ask(client)[0], client.get("/readyz").status_code) == (503, 503)


@pytest.mark.django_db(transaction=True)
def test_row_that_nobody_has_to_take_up_is_not_late(client: Client) -> None:
    later, day = timezone.now() + timedelta(days=1), timedelta(days=1)
    for delivery in ({"state": "applied"}, {"state": "failed"}, {"claimed_until": later}):
        make_due("ban_deliveries", day, **delivery)
    make_due("announcements", day, name="off", is_active=False)
    make_due("announcements", day, name="gone", gone_at=timezone.now() - day)
    make_due("announcements", day, name="held", held_until=later, hold="limit")
    assert ask(client)[0] == 200


LATE = {
    **{name: (success_key(name), 3 * period + TASK_GRACE_SECONDS) for name, period in PERIODS.items()},
    **{f"workers:{name}": (worker_key(name), QUEUES[name]) for name in QUEUES},
}  # fmt: skip


def test_task_or_queue_without_a_sign_for_too_long_makes_health_late(client: Client) -> None:
    current_app.loader.import_default_modules()  # as a worker does: all tasks are known

    def revive() -> None:
        for task in PERIODS:
            task_success.send(sender=current_app.tasks[task])
        for queue in QUEUES:
            heartbeat(queue)

    cache.set_many({key: time.time() - limit + 20 for key, limit in LATE.values()})
    assert ask(client)[0] == 200
    for name, (key, limit) in LATE.items():
        cache.set(key, time.time() - limit - 20)
        status, report = ask(client)
        assert (status, report["late"]) == (503, [name])
        revive()
    assert ask(client)[0] == 200


def test_work_that_nobody_has_ever_done_is_late_after_a_while(client: Client) -> None:
    assert ask(client)[0] == 200
    cache.set(SINCE_KEY, time.time() - 8 * 24 * 3600)
    assert sorted(ask(client)[1]["late"]) == sorted(LATE)
    task_success.send(sender=current_app.tasks["territory.judge_due"])  # not a periodic one
    assert cache.get(success_key("territory.judge_due")) is None


def test_every_queue_has_a_heartbeat_and_a_limit() -> None:
    beats = [entry["args"][0] for entry in app.conf.beat_schedule.values() if entry["args"]]
    assert beats == list(QUEUES)
    assert set(ROUTES.values()) | {settings.CELERY_TASK_DEFAULT_QUEUE} == QUEUES.keys()


def test_health_writes_nothing_and_is_never_redirected_or_kept(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert not answer.cookies
    assert "no-store" in answer["Cache-Control"]
    assert client.post("/healthz", secure=True).status_code == 405
