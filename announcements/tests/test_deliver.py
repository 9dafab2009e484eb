import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from django.utils import timezone
from pytest_httpserver import HTTPServer

from announcements import services, tasks
from announcements.models import Announcement, Channel
from announcements.services import deliver, deliver_due
from announcements.tests.factories import PATH, TOKEN, make_announcement, make_channel, make_message, respond

State = Announcement.State
pytestmark = pytest.mark.django_db


def titles(httpserver: HTTPServer) -> list[str]:
    return [request.get_json()["embeds"][0]["title"] for request, _ in httpserver.log]


def test_deliver_sends_and_records(httpserver: HTTPServer, channel: Channel, now: datetime) -> None:
    respond(httpserver, 200)
    row = make_announcement(channel)

    assert deliver(row.pk, now) == State.SENT

    row.refresh_from_db()
    assert (row.state, row.sent_at, row.attempts, row.claimed_until) == (State.SENT, now, 0, None)
    assert titles(httpserver) == ["Player banned"]


def test_deliver_of_what_is_sent_does_nothing(
    httpserver: HTTPServer, channel: Channel, now: datetime
) -> None:
    row = make_announcement(channel, state=State.SENT)

    assert deliver(row.pk, now) is None
    assert deliver(row.pk + 1, now) is None
    assert not httpserver.log


def test_deliver_to_a_channel_switched_off_waits(
    httpserver: HTTPServer, channel: Channel, now: datetime
) -> None:
    respond(httpserver, 200)
    row = make_announcement(channel)
    Channel.objects.update(is_active=False)

    assert deliver(row.pk, now) is None
    assert deliver_due() == 0
    assert not httpserver.log
    Channel.objects.update(is_active=True)
    assert deliver(row.pk, now) == State.SENT


def test_deliver_claimed_by_another_worker_waits_for_the_claim_to_run_out(
    httpserver: HTTPServer, channel: Channel, now: datetime
) -> None:
    respond(httpserver, 200)
    row = make_announcement(channel, claimed_until=now + timedelta(seconds=1))

    assert deliver(row.pk, now) is None
    assert deliver(row.pk, now + timedelta(seconds=1)) == State.SENT


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(0, 30), (1, 60), (4, 480), (7, 3600), (8, 3600)],
    ids=["1st", "2nd", "5th", "8th", "9th"],
)
def test_deliver_with_discord_down_waits_longer_each_time(
    httpserver: HTTPServer, channel: Channel, now: datetime, attempts: int, seconds: int
) -> None:
    respond(httpserver, 503)
    row = make_announcement(channel, attempts=attempts)

    assert deliver(row.pk, now) == State.PENDING

    row.refresh_from_db()
    assert (row.state, row.attempts, row.claimed_until) == (State.PENDING, attempts + 1, None)
    assert row.not_before == now + timedelta(seconds=seconds)
    assert row.last_error == "Discord answered 503"
    assert deliver(row.pk, row.not_before - timedelta(seconds=1)) is None


def test_deliver_of_what_is_withdrawn_does_nothing(
    httpserver: HTTPServer, channel: Channel, now: datetime
) -> None:
    row = make_announcement(channel)
    services.withdraw([row.key])

    assert deliver(row.pk, now) is None
    assert deliver_due() == 0
    assert services.retry_failed(Announcement.objects.all()) == 0
    assert not httpserver.log


def test_deliver_after_the_last_attempt_is_left_to_staff(
    httpserver: HTTPServer, channel: Channel, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    respond(httpserver, 503)
    row = make_announcement(channel, attempts=services.PATIENCE.attempts - 1)

    assert deliver(row.pk, now) == State.FAILED

    row.refresh_from_db()
    assert (row.state, row.claimed_until, row.last_error) == (State.FAILED, None, "Discord answered 503")
    assert [record.levelname for record in caplog.records if record.name == services.__name__] == ["ERROR"]


@pytest.mark.parametrize(
    ("answer", "attempts", "seconds"),
    [
        ((429, {"retry_after": 90.5}), 0, 90.5),
        ((429, {"retry_after": 0}), 0, 30),
        ((503, {}), 0, 30),
        ((503, {}), services.PATIENCE.attempts - 1, 3600),
    ],
    ids=["rate limit", "short rate limit", "down", "down at the last attempt"],
)
def test_deliver_that_fails_for_now_holds_the_whole_channel(
    httpserver: HTTPServer, now: datetime, answer: tuple[int, Any], attempts: int, seconds: float
) -> None:
    respond(httpserver, *answer)
    channel = make_channel(webhook_url=httpserver.url_for(PATH))
    first, second = make_announcement(channel, "1", attempts=attempts), make_announcement(channel, "2")
    sent = make_announcement(channel, "4", state=State.SENT, not_before=now)
    later = make_announcement(channel, "3", not_before=now + timedelta(hours=2))
    elsewhere = make_announcement(make_channel("other"), "1", not_before=now)

    until = now + timedelta(seconds=seconds)

    deliver(first.pk, now)
    assert deliver(second.pk, until - timedelta(seconds=0.5)) is None

    times = dict(Announcement.objects.values_list("pk", "not_before"))
    assert times.pop(first.pk) == (until if attempts == 0 else first.not_before)
    assert times == {second.pk: until, later.pk: later.not_before, sent.pk: now, elsewhere.pk: now}
    assert len(httpserver.log) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_deliver_that_is_refused_fails_at_once(
    httpserver: HTTPServer, channel: Channel, now: datetime, status: int
) -> None:
    respond(httpserver, status, {"message": "Unknown Webhook"})
    row = make_announcement(channel)

    assert deliver(row.pk, now) == State.FAILED

    row.refresh_from_db()
    assert row.last_error == f"Discord answered {status}: Unknown Webhook"
    assert row.attempts == 1


@pytest.mark.parametrize("message", [{}, {"title": "x"}, [], make_message().to_json() | {"fields": None}])
def test_deliver_of_what_is_no_message_fails_at_once(
    httpserver: HTTPServer, channel: Channel, now: datetime, message: Any
) -> None:
    row = make_announcement(channel, message=message)

    assert deliver(row.pk, now) == State.FAILED
    assert not httpserver.log


def test_deliver_keeps_the_secret_out_of_rows_and_logs(
    httpserver: HTTPServer, channel: Channel, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(logging.INFO)
    closed = make_channel("closed", webhook_url=f"http://127.0.0.1:9{PATH}")
    row, unreachable = make_announcement(channel), make_announcement(closed)
    respond(httpserver, 404, {"message": f"no such webhook: {PATH}"})

    deliver(row.pk, now)
    deliver(unreachable.pk, now)

    errors = list(Announcement.objects.order_by("pk").values_list("last_error", flat=True))
    assert errors[0] == "Discord answered 404: no such webhook: /api/webhooks/1234567890/…"
    assert errors[1] == "No answer from Discord: ConnectionError"
    ours = [record.getMessage() for record in caplog.records if record.name != "werkzeug"]
    assert ours
    assert not [text for text in ours if TOKEN in text]


def test_deliver_due_sends_the_oldest_first_up_to_the_limit(httpserver: HTTPServer, channel: Channel) -> None:
    respond(httpserver, 200)
    past = timezone.now() - timedelta(hours=1)
    for number in (3, 1, 2):
        message = make_message(str(number)).to_json()
        make_announcement(channel, str(number), message=message, not_before=past + timedelta(minutes=number))

    assert deliver_due(limit=2) == 2
    assert titles(httpserver) == ["1", "2"]
    assert deliver_due(limit=2) == 1
    assert titles(httpserver) == ["1", "2", "3"]
    assert deliver_due(limit=2) == 0


DOWN, UP = "/api/webhooks/1/down", "/api/webhooks/2/up"


@pytest.fixture
def down(httpserver: HTTPServer) -> Channel:
    httpserver.expect_request(DOWN).respond_with_data("", 503)
    return make_channel("down", webhook_url=httpserver.url_for(DOWN))


@pytest.fixture
def up(httpserver: HTTPServer) -> Channel:
    httpserver.expect_request(UP).respond_with_json({})
    return make_channel("up", webhook_url=httpserver.url_for(UP))


def paths(httpserver: HTTPServer) -> list[str]:
    return [request.path for request, _ in httpserver.log]


@pytest.mark.parametrize("attempts", [0, services.PATIENCE.attempts - 1])
def test_deliver_due_with_one_channel_down_serves_the_others(
    httpserver: HTTPServer, down: Channel, up: Channel, attempts: int
) -> None:
    past = timezone.now() - timedelta(hours=1)
    for number in range(3):
        make_announcement(down, str(number), not_before=past, attempts=attempts)
        make_announcement(up, str(number), not_before=past)

    assert deliver_due() == 6
    assert paths(httpserver) == [DOWN, UP, UP, UP]
    assert deliver_due() == 0
    assert set(up.announcements.values_list("state", flat=True)) == {State.SENT}


def test_sweep_announcements_behind_many_of_a_channel_that_is_down_reaches_the_others(
    httpserver: HTTPServer, down: Channel, up: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = timezone.now() - timedelta(hours=1)
    for number in range(services.BATCH * 2):
        make_announcement(down, str(number), not_before=past)
    make_announcement(up, "newest", not_before=past + timedelta(minutes=1))
    enqueued: list[Any] = []
    monkeypatch.setattr(tasks, "wake", enqueued.append)

    tasks.sweep_announcements()
    assert (paths(httpserver), enqueued) == ([DOWN], [tasks.sweep_announcements])
    enqueued.pop()()
    assert (paths(httpserver), enqueued) == ([DOWN, UP], [])


def test_retry_failed_gives_all_attempts_again(
    httpserver: HTTPServer, channel: Channel, now: datetime
) -> None:
    respond(httpserver, 200)
    failed = make_announcement(
        channel, "1", state=State.FAILED, attempts=10, last_error="Discord answered 404"
    )
    make_announcement(channel, "2", state=State.SENT)

    assert services.retry_failed(Announcement.objects.all()) == 1
    assert deliver(failed.pk, now) == State.SENT
    assert len(httpserver.log) == 1


def test_deliver_task_sends_the_announcement(httpserver: HTTPServer, channel: Channel) -> None:
    respond(httpserver, 200)
    row = make_announcement(channel, not_before=timezone.now() - timedelta(seconds=1))

    tasks.deliver(row.pk)

    row.refresh_from_db()
    assert row.state == State.SENT


@pytest.mark.parametrize("name", ["announcements.deliver", "announcements.sweep_announcements"])
def test_tasks_run_on_the_queue_for_what_goes_out(name: str) -> None:
    assert name in current_app.tasks
    assert current_app.amqp.router.route({}, name)["queue"].name == "outbound"


@pytest.mark.parametrize(("waiting", "woken"), [(0, 0), (19, 0), (20, 1), (21, 1)])
def test_sweep_announcements_asks_for_another_after_a_full_batch(
    httpserver: HTTPServer, channel: Channel, monkeypatch: pytest.MonkeyPatch, waiting: int, woken: int
) -> None:
    respond(httpserver, 200)
    past = timezone.now() - timedelta(hours=1)
    for number in range(waiting):
        make_announcement(channel, str(number), not_before=past)
    enqueued: list[object] = []
    monkeypatch.setattr(tasks, "wake", enqueued.append)

    tasks.sweep_announcements()

    assert Announcement.objects.filter(state=State.SENT).count() == min(waiting, 20)
    assert enqueued == [tasks.sweep_announcements] * woken
