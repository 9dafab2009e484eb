"""What was said is taken back where it may stand, and nowhere else."""

import json
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from announcements.models import Announcement, Channel
from announcements.services import deliver, take_back
from announcements.tests.factories import PATH, make_announcement, make_channel, make_message, respond
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
@pytest.mark.parametrize(
    ("status", "told"),
    [(200, ["Player banned", "taken back"]), (503, ["Player banned"]), (404, ["Player banned"])],
    ids=["sent", "unavailable", "refused"],
)
def test_while_a_worker_is_sending_the_answer_follows_only_what_arrived(
    httpserver: HTTPServer, channel: Channel, now: datetime, status: int, told: list[str]
) -> None:
    row = make_announcement(channel)

    def pardon_meanwhile(_: Request) -> Response:
        try:
            pardon()
        finally:
            connection.close()
        return Response(json.dumps({}), status)

    httpserver.expect_oneshot_request(PATH).respond_with_handler(pardon_meanwhile)
    deliver(row.pk, now)
    answer = Announcement.objects.get(key="pardon-1")
    assert deliver(answer.pk, now) is None  # the claim might still run

    httpserver.expect_request(PATH).respond_with_json({})
    deliver(answer.pk, now + timedelta(minutes=2))
    deliver(row.pk, now + timedelta(minutes=2))

    titles = [request.get_json()["embeds"][0]["title"] for request, _ in httpserver.log]
    assert titles == told
    answer.refresh_from_db()
    assert answer.state == ("sent" if status == 200 else "withdrawn")


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
