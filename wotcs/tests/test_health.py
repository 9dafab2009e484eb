import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery.signals import after_task_publish
from django.core.cache import cache
from django.db import connections
from django.test import Client
from pytest_django import Settings

from wotcs.tasks import BEAT_KEY, WORKER_KEY, heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_heartbeats() -> Iterator[None]:
    cache.delete_many([BEAT_KEY, WORKER_KEY])
    yield
    cache.delete_many([BEAT_KEY, WORKER_KEY])


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
    nothing_known = {"beat_seconds_ago": None, "worker_seconds_ago": None}
    assert ask(client) == (200, {"status": "ok", "database": "ok", "broker": "ok"} | nothing_known)


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
    assert {str(value) for value in report.values()} <= {"ok", "failing", "None"}


def test_health_fails_without_broker_and_says_no_more_than_that(
    client: Client, closed_port: int, settings: Settings
) -> None:
    settings.REDIS_URL = f"redis://:secret@127.0.0.1:{closed_port}/0"
    heartbeat()
    status, report = ask(client)
    assert status == 503
    assert (report["status"], report["database"], report["broker"]) == ("failing", "ok", "failing")
    assert {str(value) for value in report.values()} <= {"ok", "failing", "None"}


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


def test_health_writes_nothing_and_is_never_redirected_or_kept(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert not answer.cookies
    assert "no-store" in answer["Cache-Control"]
    assert client.post("/healthz", secure=True).status_code == 405
