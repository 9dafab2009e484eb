"""What Discord's limits, blocks, outages and deleted webhooks do to channels, against a stand-in for Discord."""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_httpserver import HTTPServer

from announcements import discord, services
from announcements.message import Field, Message
from announcements.models import Announcement, Channel
from announcements.services import channel_troubles, deliver, deliver_due, pause_before_more
from announcements.tests.factories import PATH, make_announcement, make_channel, make_message, respond
from announcements.tests.receiver import SECRET, Receiver, hurry

pytestmark = pytest.mark.django_db
Clock = time_machine.Traveller


@pytest.fixture(autouse=True)
def _no_secret_in_logs_and_rows(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    # The server of the tests has a log of its own.
    ours = [str(record.__dict__) for record in caplog.get_records("call") if record.name != "werkzeug"]
    errors = Announcement.objects.values_list("last_error", flat=True)
    assert not [text for text in (*ours, *errors) if SECRET in text]


@pytest.fixture
def clock() -> Iterator[Clock]:
    """A clock that stands still, for the stand-in too, until a test moves it on."""
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        yield clock


NONE = services.ChannelTroubles({}, None)


def make_channels(receiver: Receiver, *audiences: str) -> list[Channel]:
    return [
        make_channel(f"{number} {audience}", audience=audience, webhook_url=receiver.webhook(number))
        for number, audience in enumerate(audiences, 1)
    ]


def announce(channel: Channel, *titles: str) -> list[Announcement]:
    past = timezone.now() - timedelta(hours=1)
    return [
        make_announcement(channel, title, message=make_message(title).to_json(), not_before=past)
        for title in titles
    ]


def states() -> set[str]:
    return set(Announcement.objects.values_list("state", flat=True))


# -- Limits -----------------------------------------------------------------------------------------------------------


def test_messages_keep_below_a_webhooks_rate_limit_and_other_channels_do_not_wait(
    httpserver: HTTPServer, clock: Clock
) -> None:
    receiver = Receiver(httpserver, limit=2, window=0.3)
    busy, quiet = make_channels(receiver, "public", "staff")
    announce(busy, *"abcde")
    announce(quiet, "x")

    deliver_due()
    first = list(receiver.requests)
    while (pause := pause_before_more(timezone.now())) is not None:
        assert pause < timedelta(seconds=1)
        clock.shift(pause + timedelta(milliseconds=1))
        deliver_due()

    assert first == ["1", "1", "2"]
    assert receiver.titles(1) == list("abcde")
    assert len(receiver.requests) == 6  # none of them was refused


def test_message_at_a_rate_limit_keeps_its_place(httpserver: HTTPServer, clock: Clock) -> None:
    receiver = Receiver(httpserver, limit=1, window=0.1)
    (channel,) = make_channels(receiver, "public")
    discord.send(channel.webhook_url, make_message("from elsewhere"))
    announce(channel, "a", "b")

    deliver_due()
    assert receiver.titles() == ["from elsewhere"]
    Channel.objects.update(held_until=None)
    clock.shift(0.11)
    deliver_due()

    assert receiver.titles() == ["from elsewhere", "a"]
    assert states() == {"sent", "pending"}


def test_longest_message_is_taken(receiver: Receiver) -> None:
    fields = tuple(Field(str(n) + "n" * 300, "v" * 1100) for n in range(30))

    for description in ("x" * 5000, "x", "😀" * 3000):
        discord.send(receiver.webhook(), make_message("😀" * 300, description=description, fields=fields))

    assert len(receiver.titles()) == 3


# -- Blocked ----------------------------------------------------------------------------------------------------------


def test_block_of_the_whole_address_pauses_every_channel_and_is_one_alarm(
    receiver: Receiver, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = make_channels(receiver, "public", "staff")
    rows = announce(first, "a", "b") + announce(second, "c")
    receiver.is_blocked = True
    pauses, at = [], now
    for _ in range(7):
        for row in rows:
            deliver(row.pk, at)
        until = channel_troubles().blocked_until
        assert until is not None
        assert [deliver(row.pk, until - timedelta(seconds=1)) for row in rows] == [None] * 3
        pauses.append((until - at).total_seconds())
        at = until

    assert len(receiver.requests) == 7
    assert pauses == [30, 60, 120, 240, 480, 600, 600]
    assert [record.levelname for record in caplog.records].count("ERROR") == 1
    receiver.is_blocked = False
    at += timedelta(minutes=10)
    assert [deliver(row.pk, at) for row in rows] == ["sent"] * 3
    assert channel_troubles() == NONE


@pytest.mark.parametrize("is_global", [True, False])
def test_limit_of_all_channels_holds_all_and_that_of_one_holds_one(
    httpserver: HTTPServer,
    now: datetime,
    is_global: bool,  # noqa: FBT001
) -> None:
    body = {"message": "You are being rate limited.", "retry_after": 40.5, "global": is_global}
    respond(httpserver, 429, body)
    limited = make_channel("limited", webhook_url=httpserver.url_for(PATH))
    receiver = Receiver(httpserver)
    other = make_channel("other", webhook_url=receiver.webhook(2))
    (row,), (elsewhere,) = announce(limited, "a"), announce(other, "b")

    deliver(row.pk, now)

    assert deliver(elsewhere.pk, now + timedelta(seconds=40)) == (None if is_global else "sent")
    assert deliver(elsewhere.pk, now + timedelta(seconds=42)) == ("sent" if is_global else None)


# -- Gone -------------------------------------------------------------------------------------------------------------


def test_channel_whose_webhook_is_gone_stops_and_staff_hear_of_it_once(
    receiver: Receiver,
) -> None:
    wall, staff, other = make_channels(receiver, "public", "staff", "staff")
    receiver.gone = {"1", "3"}
    announce(wall, "a", "b")

    deliver_due()
    deliver_due()
    announce(wall, "c")
    announce(other, "d")
    for _ in range(4):
        deliver_due()

    assert receiver.requests.count("1") == receiver.requests.count("3") == 1
    assert len(receiver.titles(2)) == 2  # of each channel that is gone, once
    embeds = [embed["description"] for embed in receiver.messages["2"]]
    assert ["1 public" in embeds[0], "3 staff" in embeds[1]] == [True, True]
    assert channel_troubles().gone.keys() == {wall.name, other.name}
    assert set(wall.announcements.values_list("state", "attempts")) == {("pending", 0)}
    assert staff.announcements.count() == 2


def test_new_address_brings_a_channel_back_with_all_that_waits(
    receiver: Receiver,
    admin_client: Client,
    django_capture_on_commit_callbacks: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (wall,) = make_channels(receiver, "public")
    receiver.gone = {"1"}
    announce(wall, "a", "b")
    deliver_due()
    woken: list[object] = []
    monkeypatch.setattr("announcements.admin.wake_on_commit", woken.append)
    page = reverse("admin:announcements_channel_change", args=[wall.pk])
    values = {"name": wall.name, "audience": "public", "topic": "", "clan": "", "is_active": "on"}
    assert "a new address" in admin_client.get(page, headers={"accept-language": "en"}).content.decode()

    admin_client.post(page, values | {"webhook_url": ""})
    assert deliver_due() == len(woken) == 0
    admin_client.post(page, values | {"webhook_url": receiver.webhook(5)})

    assert len(woken) == 1
    assert deliver_due() == 2
    assert receiver.titles(5) == ["a", "b"]


def test_old_address_that_is_gone_does_not_stop_a_channel_with_a_new_one(
    receiver: Receiver, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    (wall,) = make_channels(receiver, "public")
    (row,) = announce(wall, "a")
    receiver.gone = {"1"}
    send = discord.send

    def enter_another_meanwhile(url: str, message: Message) -> timedelta:
        Channel.objects.update(webhook_url=receiver.webhook(5))
        return send(url, message)

    with monkeypatch.context() as patched:
        patched.setattr(discord, "send", enter_another_meanwhile)
        assert deliver(row.pk, now) == "pending"

    assert deliver(row.pk, now) == "sent"
    assert receiver.titles(5) == ["a"]


# -- Away -------------------------------------------------------------------------------------------------------------


def test_outage_of_days_loses_nothing_and_asks_ever_more_rarely(receiver: Receiver, now: datetime) -> None:
    (wall,) = make_channels(receiver, "public")
    rows = announce(wall, "a", "b", "c")
    receiver.is_down = True
    at = now
    for _ in range(12):
        for row in rows:
            deliver(row.pk, at)
        wall.refresh_from_db()
        at = wall.held_until or at

    assert len(receiver.requests) == 12
    assert at > now + timedelta(hours=1)
    receiver.is_down = False
    at += timedelta(minutes=10)
    assert [deliver(row.pk, at) for row in rows] == ["sent"] * 3


def test_message_taken_after_our_patience_is_said_twice_and_never_lost(
    receiver: Receiver, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    (wall,) = make_channels(receiver, "public")
    (row,) = announce(wall, "a")
    hurry(monkeypatch)
    receiver.is_deaf = True

    assert deliver(row.pk, now) == "pending"
    receiver.is_deaf = False
    receiver.awake.set()

    assert deliver(row.pk, now + timedelta(minutes=1)) == "sent"
    while len(receiver.titles()) < 2:
        time.sleep(0.01)
    assert receiver.titles() == ["a", "a"]
