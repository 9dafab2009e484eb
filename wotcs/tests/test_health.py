import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
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
from tanks.models import Realm, SyncedClan
from territory.models import Ban, BanDelivery, Placement
from territory.services.intake import store
from territory.tests.factories import incoming, make_server
from wotcs.health import SINCE_KEY
from wotcs.inspection.servers import queue_names
from wotcs.tasks import BEAT_KEY, heartbeat, success_key, worker_key

pytestmark = pytest.mark.django_db


TASKS = sorted({entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()})
QUEUES = sorted(settings.HEALTH_WORKER_SECONDS)
NOTHING_DUE = dict.fromkeys(settings.HEALTH_ROW_SECONDS)


@pytest.fixture(autouse=True)
def no_heartbeats() -> Iterator[None]:
    keys = [SINCE_KEY, BEAT_KEY, *map(success_key, TASKS), *map(worker_key, QUEUES)]
    cache.delete_many(keys)
    yield
    cache.delete_many(keys)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def ask(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/healthz")
    return answer.status_code, answer.json()


def point_database_at(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    database = connections.settings["default"]
    monkeypatch.setitem(database, "HOST", "127.0.0.1")
    monkeypatch.setitem(database, "PORT", port)


def test_health_is_ok_when_database_and_broker_answer(client: Client) -> None:
    assert ask(client) == (
        200,
        {
            "status": "ok",
            "database": "ok",
            "broker": "ok",
            "beat_seconds_ago": None,
            "worker_seconds_ago": None,
            "oldest_due_seconds": NOTHING_DUE,
            "last_success_seconds_ago": dict.fromkeys(TASKS, 0),
            "workers_seconds_ago": dict.fromkeys(QUEUES, 0),
            "late": None,
        },
    )


def test_health_tells_how_long_ago_worker_and_beat_were_seen(client: Client) -> None:
    heartbeat()
    after_task_publish.send(sender="wotcs.heartbeat")
    cache.set(BEAT_KEY, time.time() - 90)
    status, report = ask(client)
    assert status == 200
    assert report["worker_seconds_ago"] in (0, 1)
    assert report["beat_seconds_ago"] in (90, 91)


def test_beat_is_seen_when_the_heartbeat_is_sent_and_by_no_other_task(client: Client) -> None:
    after_task_publish.send(sender="territory.judge_due")
    assert ask(client)[1]["beat_seconds_ago"] is None
    after_task_publish.send(sender="wotcs.heartbeat")
    assert ask(client)[1]["beat_seconds_ago"] in (0, 1)


def test_health_fails_without_database_and_says_no_more_than_that(
    client: Client, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_database_at(closed_port, monkeypatch)
    status, report = ask(client)
    assert status == 503
    assert (report["status"], report["database"], report["broker"]) == ("failing", "failing", "ok")
    assert report["oldest_due_seconds"] is None
    assert set(client.get("/readyz").json().values()) == {"ok", "failing"}
    assert client.get("/readyz").status_code == 503


def test_health_fails_without_broker_and_says_no_more_than_that(
    client: Client, closed_port: int, settings: Settings
) -> None:
    settings.REDIS_URL = f"redis://:secret@127.0.0.1:{closed_port}/0"
    heartbeat()
    status, report = ask(client)
    assert status == 503
    assert (report["status"], report["database"], report["broker"]) == ("failing", "ok", "failing")
    told = {str(value) for name, value in report.items() if name != "oldest_due_seconds"}
    assert told == {"ok", "failing", "None"}
    assert report["oldest_due_seconds"] == NOTHING_DUE


@pytest.mark.slow
def test_health_does_not_wait_for_servers_that_are_silent(
    client: Client, silent_port: int, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{silent_port}/0"
    point_database_at(silent_port, monkeypatch)
    start = time.monotonic()
    status, report = ask(client)
    assert (status, report["database"], report["broker"]) == (503, "failing", "failing")
    assert time.monotonic() - start < 6


def make_placement(age: timedelta) -> None:
    server = make_server()
    store(server, [incoming("X")])
    Placement.objects.update(received_at=timezone.now() - age)


def make_delivery(age: timedelta, **values: Any) -> None:
    ban = Ban.objects.create(server=make_server(), gamertag="X")
    values = {"ban_list": "file", "target": "/secret/ban.txt", "line": "X"} | values
    BanDelivery.objects.create(ban=ban, not_before=timezone.now() - age, **values)


def make_message(age: timedelta, **values: Any) -> None:
    make_announcement(make_channel(**values), not_before=timezone.now() - age)


def make_sync(age: timedelta) -> None:
    realm = Realm.objects.create(name="x", url="https://api.example")
    clan = SyncedClan.objects.create(name="LOBOS", realm=realm, wargaming_id=1)
    SyncedClan.objects.filter(pk=clan.pk).update(sync_due_at=timezone.now() - age)


MAKE = {
    "placements": make_placement,
    "ban_deliveries": make_delivery,
    "announcements": make_message,
    "syncs": make_sync,
}


# Health asks on a connection of its own, which sees nothing of an open transaction.
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("queue", settings.HEALTH_ROW_SECONDS)
def test_row_that_is_due_for_too_long_makes_health_late(client: Client, queue: str) -> None:
    limit = settings.HEALTH_ROW_SECONDS[queue]
    MAKE[queue](timedelta(seconds=limit - 30))
    status, report = ask(client)
    assert (status, report["oldest_due_seconds"]) == (
        200,
        NOTHING_DUE | {queue: pytest.approx(limit - 30, abs=5)},
    )

    with time_machine.travel(timezone.now() + timedelta(seconds=60)):
        status, report = ask(client)
    assert (status, report["status"], report["late"]) == (503, "late", [queue])
    assert "secret" not in json.dumps(report)
    # Pages work all the same.
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    "values",
    [{"state": "applied"}, {"state": "failed"}, {"claimed_until": datetime(2100, 1, 1, tzinfo=UTC)}],
    ids=["done", "given up", "in hand"],
)
@pytest.mark.django_db(transaction=True)
def test_row_that_nobody_has_to_take_up_is_not_late(client: Client, values: dict[str, Any]) -> None:
    make_delivery(timedelta(days=1), **values)
    make_message(timedelta(days=1), is_active=False)
    assert ask(client)[0] == 200


@pytest.mark.parametrize("task", TASKS)
def test_periodic_task_without_success_for_too_long_makes_health_late(client: Client, task: str) -> None:
    assert ask(client)[0] == 200
    for name in TASKS:
        task_success.send(sender=current_app.tasks[name])
    for queue in QUEUES:
        heartbeat(queue)
    periods = [
        entry["schedule"].total_seconds()
        for entry in settings.CELERY_BEAT_SCHEDULE.values()
        if entry["task"] == task
    ]
    limit = 3 * max(periods) + settings.HEALTH_TASK_GRACE_SECONDS
    cache.set(success_key(task), time.time() - limit + 20)
    assert ask(client)[0] == 200

    cache.set(success_key(task), time.time() - limit - 20)
    status, report = ask(client)
    assert (status, report["late"]) == (503, [task])
    task_success.send(sender=current_app.tasks[task])
    assert ask(client)[0] == 200


@pytest.mark.parametrize("queue", QUEUES)
def test_queue_whose_workers_hang_makes_health_late(client: Client, queue: str) -> None:
    cache.set(worker_key(queue), time.time() - settings.HEALTH_WORKER_SECONDS[queue] - 20)
    assert ask(client)[1]["late"] == [f"workers:{queue}"]
    heartbeat(queue)
    assert ask(client)[0] == 200


def test_work_that_nobody_has_ever_done_is_late_after_a_while(client: Client) -> None:
    assert ask(client)[0] == 200
    cache.set(SINCE_KEY, time.time() - 8 * 24 * 3600)
    workers = [f"workers:{name}" for name in QUEUES]
    assert sorted(ask(client)[1]["late"]) == sorted([*TASKS, *workers])


def test_every_queue_has_a_heartbeat_and_a_limit() -> None:
    beats = [e["args"][0] for e in settings.CELERY_BEAT_SCHEDULE.values() if e["task"] == "wotcs.heartbeat"]
    assert sorted(beats) == QUEUES == sorted(queue_names())


def test_other_tasks_leave_no_trace() -> None:
    task_success.send(sender=current_app.tasks["territory.judge_due"])
    assert cache.get(success_key("territory.judge_due")) is None


def test_health_writes_nothing_and_is_never_redirected_or_kept(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert not answer.cookies
    assert "no-store" in answer["Cache-Control"]
    assert client.post("/healthz", secure=True).status_code == 405
