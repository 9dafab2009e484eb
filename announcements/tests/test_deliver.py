from datetime import datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from django.utils import timezone
from pytest_httpserver import HTTPServer

from announcements import services, tasks
from announcements.models import Announcement, Channel
from announcements.services import deliver, deliver_due
from announcements.tests.factories import make_announcement, make_channel, make_message, respond

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


@pytest.mark.parametrize("state", ["sent", "withdrawn", "failed"])
def test_deliver_of_what_does_not_wait_does_nothing(
    httpserver: HTTPServer, channel: Channel, now: datetime, state: str
) -> None:
    row = make_announcement(channel, state=state)

    assert (deliver(row.pk, now), deliver(row.pk + 1, now), deliver_due()) == (None, None, 0)
    assert not httpserver.log


def test_deliver_to_a_channel_switched_off_waits(
    httpserver: HTTPServer, channel: Channel, now: datetime
) -> None:
    respond(httpserver, 200)
    row = make_announcement(channel)
    Channel.objects.update(is_active=False)

    assert (deliver(row.pk, now), deliver_due()) == (None, 0)
    Channel.objects.update(is_active=True)
    assert deliver(row.pk, now) == State.SENT


DAYS = 200  # attempts: each ten minutes for more than a day


@pytest.mark.parametrize(
    ("status", "values", "state", "error", "level"),
    [
        pytest.param(503, {}, "pending", "Discord answered 503", "WARNING", id="down"),
        pytest.param(503, {"attempts": DAYS}, "pending", "Discord answered 503", "WARNING", id="for days"),
        pytest.param(404, {}, "failed", "Discord answered 404: Unknown Webhook", "ERROR", id="refused"),
        pytest.param(200, {"message": {"title": "x"}}, "failed", "'fields'", "ERROR", id="no message"),
        pytest.param(200, {"message": []}, "failed", "not a mapping", "ERROR", id="no mapping"),
    ],
)
def test_deliver_in_vain_waits_or_is_left_to_staff(  # noqa: PLR0917 - pytest passes by name
    httpserver: HTTPServer,
    channel: Channel,
    now: datetime,
    caplog: pytest.LogCaptureFixture,
    status: int,
    values: dict[str, Any],
    state: str,
    error: str,
    level: str,
) -> None:
    respond(httpserver, status, {"message": "Unknown Webhook"} if status == 404 else {})
    row = make_announcement(channel, **values)

    assert deliver(row.pk, now) == state

    row.refresh_from_db()
    assert (row.state, row.claimed_until, row.attempts) == (state, None, values.get("attempts", 0) + 1)
    assert error in row.last_error
    assert len(httpserver.log) == ("message" not in values)
    assert [record.levelname for record in caplog.records if record.name == services.__name__] == [level]


@pytest.mark.parametrize(
    ("answer", "attempts", "seconds", "hold", "counted"),
    [
        ((429, {"retry_after": 90.5}), 0, 90.5, "limit", 0),
        ((429, {"retry_after": 0}), 0, 1, "limit", 0),
        ((503, {}), 0, 30, "away", 1),
        ((503, {}), DAYS, 600, "away", 1),
    ],
    ids=["rate limit", "short rate limit", "down", "down for days"],
)
def test_deliver_that_fails_for_now_holds_the_whole_channel(  # noqa: PLR0917 - pytest passes by name
    httpserver: HTTPServer,
    channel: Channel,
    now: datetime,
    answer: tuple[int, Any],
    attempts: int,
    seconds: float,
    hold: str,
    counted: int,
) -> None:
    respond(httpserver, *answer)
    first, second = make_announcement(channel, "1", attempts=attempts), make_announcement(channel, "2")
    until = now + timedelta(seconds=seconds)

    deliver(first.pk, now)
    later = make_announcement(channel, "3", not_before=now)
    for waiting in (second, later):
        assert deliver(waiting.pk, until - timedelta(milliseconds=1)) is None

    channel.refresh_from_db()
    first.refresh_from_db()
    assert channel.hold == hold
    assert channel.held_until is not None
    assert until <= channel.held_until < until + timedelta(seconds=1)
    assert (first.state, first.attempts, first.claimed_until) == ("pending", attempts + counted, None)
    assert len(httpserver.log) == 1
    respond(httpserver, 200)
    assert deliver(second.pk, until + timedelta(seconds=1)) == State.SENT


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


def test_deliver_due_with_one_channel_down_serves_the_others(
    httpserver: HTTPServer, down: Channel, up: Channel
) -> None:
    past = timezone.now() - timedelta(hours=1)
    for number in range(3):
        make_announcement(down, str(number), not_before=past)
        make_announcement(up, str(number), not_before=past)

    assert deliver_due() == 6
    assert paths(httpserver) == [DOWN, UP, UP, UP]
    assert deliver_due() == 0
    # When the channel's turn comes again, another message goes first: one that Discord chokes on stops no others.
    Channel.objects.update(held_until=None)
    httpserver.clear()
    httpserver.expect_request(DOWN).respond_with_json({})
    assert deliver_due() == 2
    states = set(down.announcements.values_list("key", "state"))
    assert states == {("0", "pending"), ("1", "sent"), ("2", "sent")}
    assert deliver_due() == 0
    assert set(up.announcements.values_list("state", flat=True)) == {State.SENT}


def test_tasks_run_on_the_queue_for_what_goes_out() -> None:
    for name in ("announcements.deliver", "announcements.sweep_announcements"):
        assert current_app.amqp.router.route({}, current_app.tasks[name].name)["queue"].name == "outbound"


@pytest.mark.parametrize(
    ("status", "waiting", "woken"), [(200, 0, 0), (200, 20, 0), (200, 21, 1), (503, 21, 0)]
)
def test_sweep_announcements_asks_for_another_while_more_can_be_sent(  # noqa: PLR0917
    httpserver: HTTPServer,
    channel: Channel,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    waiting: int,
    woken: int,
) -> None:
    respond(httpserver, status)
    Channel.objects.update(held_until=timezone.now() - timedelta(hours=1))
    past = timezone.now() - timedelta(hours=1)
    for number in range(waiting):
        make_announcement(channel, str(number), not_before=past)
    enqueued: list[object] = []
    monkeypatch.setattr(tasks, "wake", lambda task, *, after: enqueued.append((task, after)))

    tasks.sweep_announcements()

    sent = Announcement.objects.filter(state=State.SENT).count()
    assert sent == (min(waiting, 20) if status == 200 else 0)
    assert enqueued == [(tasks.sweep_announcements, timedelta(0))] * woken
