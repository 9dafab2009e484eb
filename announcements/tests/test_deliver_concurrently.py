import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from pytest_httpserver import HTTPServer

from announcements import discord, services
from announcements.models import Announcement, Channel
from announcements.services import deliver
from announcements.tests.factories import answer_after, in_threads, make_announcement, respond

State = Announcement.State
pytestmark = pytest.mark.django_db(transaction=True)


def test_deliver_by_many_workers_at_once_sends_once(
    httpserver: HTTPServer, channel: Channel, now: datetime
) -> None:
    respond(httpserver, 200)
    rows = [make_announcement(channel, str(number)).pk for number in range(10)]
    barrier = threading.Barrier(4)
    states: list[State | None] = []

    def work() -> None:
        for pk in rows:
            barrier.wait(10)
            states.append(deliver(pk, now))

    for thread in in_threads(*[work] * 4):
        thread.join()

    assert sorted(str(state) for state in states) == ["None"] * 30 + ["sent"] * 10
    assert len(httpserver.log) == 10
    assert set(Announcement.objects.values_list("state", "attempts")) == {("sent", 0)}


def test_deliver_calls_discord_outside_any_transaction(
    httpserver: HTTPServer, channel: Channel, now: datetime
) -> None:
    row = make_announcement(channel)
    seen: list[Any] = []

    @transaction.atomic
    def look() -> None:
        locked = Announcement.objects.select_for_update(nowait=True).get(pk=row.pk)
        seen.append((locked.state, locked.claimed_until, locked.attempts))

    answer_after(httpserver, look)

    assert deliver(row.pk, now) == State.SENT
    assert seen == [(State.PENDING, now + services.PATIENCE.claim_lasts, 0)]


def test_deliver_that_holds_its_channel_does_not_wait_for_who_withdraws(
    httpserver: HTTPServer, channel: Channel, now: datetime
) -> None:
    respond(httpserver, 503)
    first, withdrawn = (make_announcement(channel, str(number)) for number in range(2))

    with transaction.atomic():
        services.withdraw([withdrawn.key])
        (worker,) = in_threads(lambda: deliver(first.pk, now))
        worker.join(5)
        waited = worker.is_alive()
    worker.join()

    channel.refresh_from_db()
    assert not waited
    assert channel.held_until == now + services.PATIENCE.first_delay


class PowerCut(BaseException):
    """A worker's death: no handler of ours runs."""


def test_deliver_by_a_worker_that_dies_is_sent_by_the_next_after_the_claim(
    httpserver: HTTPServer, channel: Channel, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    respond(httpserver, 200)
    row = make_announcement(channel)

    def die(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patched:
        patched.setattr(discord, "send", die)
        with pytest.raises(PowerCut):
            deliver(row.pk, now)

    assert deliver(row.pk, now + services.PATIENCE.claim_lasts - timedelta(seconds=1)) is None
    assert deliver(row.pk, now + services.PATIENCE.claim_lasts) == State.SENT
    assert len(httpserver.log) == 1
