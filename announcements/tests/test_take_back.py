"""What was said is taken back where it may stand, and nowhere else."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from pytest_httpserver import HTTPServer

from announcements.models import Announcement, Channel
from announcements.services import deliver, take_back
from announcements.tests.factories import (
    PATH,
    answer_after,
    make_announcement,
    make_channel,
    make_message,
    respond,
)
from announcements.tests.receiver import Receiver, hurry

State = Announcement.State
PARDON = {"public": make_message("taken back"), "staff": make_message("taken back, and why")}


def pardon() -> int:
    with transaction.atomic():
        return take_back(["infraction-1", "infraction-2"], key="pardon-1", messages=PARDON)


def answers() -> list[tuple[str, str, str]]:
    found = Announcement.objects.filter(key="pardon-1").order_by("channel__name")
    return list(found.values_list("channel__name", "message__title", "state"))


@pytest.mark.django_db
def test_each_channel_that_was_told_hears_of_it_once_in_the_words_for_it() -> None:
    for name, audience, states in [
        ("a", "public", ["sent", "sent"]),
        ("b", "staff", ["sent", "pending"]),
        ("c", "public", ["pending", "failed"]),
        ("d", "public", []),
    ]:
        channel = make_channel(name, audience=audience)
        for number, state in enumerate(states, 1):
            make_announcement(channel, f"infraction-{number}", state=state)

    assert (pardon(), pardon()) == (2, 2)

    assert answers() == [("a", "taken back", "pending"), ("b", "taken back, and why", "pending")]
    said = Announcement.objects.exclude(key="pardon-1").order_by("channel__name", "key")
    assert list(said.values_list("state", flat=True)) == ["sent", "sent", "sent"] + ["withdrawn"] * 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("status", [200, 503, 404], ids=["sent", "unavailable", "refused"])
def test_while_a_worker_is_sending_the_answer_follows_only_what_arrived(
    httpserver: HTTPServer, channel: Channel, now: datetime, status: int
) -> None:
    row = make_announcement(channel)
    answer_after(httpserver, pardon, status)
    deliver(row.pk, now)

    row.refresh_from_db()
    state = State.SENT if status == 200 else State.WITHDRAWN
    assert (row.state, row.claimed_until, row.last_error) == (state, None, "")
    answer = Announcement.objects.get(key="pardon-1")
    assert deliver(answer.pk, now) is None  # the claim might still run

    httpserver.expect_request(PATH).respond_with_json({})
    later = now + timedelta(minutes=2)
    assert (deliver(answer.pk, later), deliver(row.pk, later)) == (state, None)
    titles = [request.get_json()["embeds"][0]["title"] for request, _ in httpserver.log]
    assert titles == ["Player banned", *(["taken back"] if status == 200 else [])]


@pytest.mark.django_db
def test_worker_that_died_while_it_sent_may_have_told_so_the_answer_is_sent(
    httpserver: HTTPServer, channel: Channel, now: datetime
) -> None:
    respond(httpserver, 200)
    make_announcement(channel, claimed_until=now)

    assert pardon() == 1
    assert deliver(Announcement.objects.get(key="pardon-1").pk, now + timedelta(minutes=2)) == State.SENT


@pytest.mark.django_db
@pytest.mark.parametrize("answers", [True, False], ids=["the answer was lost", "nobody was there"])
def test_what_may_stand_because_its_answer_was_lost_is_answered(
    receiver: Receiver,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    answers: bool,  # noqa: FBT001
) -> None:
    hurry(monkeypatch)
    channel = make_channel(webhook_url=receiver.webhook())
    row = make_announcement(channel)
    receiver.is_deaf, receiver.is_down = answers, not answers
    assert deliver(row.pk, now) == State.PENDING
    receiver.awake.set()
    receiver.is_deaf = receiver.is_down = False

    assert pardon() == int(answers)

    later = now + timedelta(minutes=2)
    assert deliver(row.pk, later) is None
    for answer in Announcement.objects.filter(key="pardon-1"):
        assert deliver(answer.pk, later) == State.SENT
