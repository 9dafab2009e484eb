"""Rows of an outbox: taken in hand by one worker, tried later and later, and never lost with a worker that dies."""

from datetime import timedelta

import pytest
from django.utils import timezone

from announcements.models import Announcement
from announcements.tests.factories import make_announcement, make_channel
from common import outbox
from common.outbox import Patience, claim, postpone, record

pytestmark = pytest.mark.django_db
NOW = timezone.now()
PATIENCE = Patience(
    claim_lasts=timedelta(seconds=60),
    first_delay=timedelta(seconds=15),
    longest_delay=timedelta(hours=1),
    attempts=3,
)


@pytest.fixture
def row() -> Announcement:
    return make_announcement(make_channel(), not_before=NOW)


def due(after: timedelta = timedelta(0), limit: int = 9) -> list[Announcement]:
    return claim(Announcement.objects.due(NOW + after), PATIENCE, limit=limit, now=NOW + after)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 15), (1, 15), (2, 30), (3, 60), (9, 3600), (10_000, 3600)]
)
def test_delay_doubles_up_to_the_longest(attempts: int, seconds: int) -> None:
    assert PATIENCE.delay_after(attempts) == timedelta(seconds=seconds)


def test_claim_takes_the_oldest_up_to_its_limit_and_each_once(row: Announcement) -> None:
    other = make_announcement(row.channel, "other", not_before=NOW)
    assert due(limit=1) == [row]
    assert due() == [other]
    assert due() == []


def test_worker_that_dies_gives_its_row_back_and_the_second_time_it_waits(row: Announcement) -> None:
    due()
    assert due(timedelta(seconds=59)) == []
    (again,) = due(timedelta(seconds=60))
    assert (again.attempts, again.last_error) == (1, outbox.LOST)

    assert due(timedelta(seconds=120)) == []
    row.refresh_from_db()
    assert (row.attempts, row.claimed_until) == (2, None)
    assert row.not_before == NOW + timedelta(seconds=150)
    due(timedelta(seconds=150))
    assert due(timedelta(seconds=210)) == []
    row.refresh_from_db()
    assert row.state == "failed"


@pytest.mark.parametrize(
    ("attempts", "how", "state", "seconds"),
    [
        pytest.param(0, {}, "pending", 15, id="first"),
        pytest.param(0, {"at_least": timedelta(minutes=2)}, "pending", 120, id="asked-to-wait"),
        pytest.param(2, {}, "failed", 0, id="last"),
        pytest.param(0, {"is_permanent": True}, "failed", 0, id="no-use"),
    ],
)
def test_attempt_in_vain_is_counted_and_tried_later_or_given_up(
    row: Announcement, attempts: int, how: dict[str, object], state: str, seconds: int
) -> None:
    Announcement.objects.update(attempts=attempts)
    assert postpone(due(), "down", PATIENCE, now=NOW, **how) == (state == "failed")  # type: ignore[arg-type]

    row.refresh_from_db()
    assert (row.state, row.attempts, row.last_error, row.claimed_until) == (state, attempts + 1, "down", None)
    assert row.not_before == NOW + timedelta(seconds=seconds)


def test_row_that_got_another_state_meanwhile_keeps_it(row: Announcement) -> None:
    claimed = due()
    Announcement.objects.update(state="withdrawn")
    postpone(claimed, "down", PATIENCE, now=NOW)

    row.refresh_from_db()
    assert (row.state, row.attempts, row.claimed_until) == ("withdrawn", 0, None)


def test_row_that_another_worker_holds_now_is_left_to_that_worker(row: Announcement) -> None:
    late = due()
    due(timedelta(seconds=60))
    postpone(late, "down", PATIENCE, now=NOW)

    row.refresh_from_db()
    assert row.claimed_until == NOW + timedelta(seconds=120)
    assert row.last_error == outbox.LOST


def test_what_was_carried_out_is_recorded_without_a_claim(row: Announcement) -> None:
    assert record(due(), "sent", sent_at=NOW) == 1
    assert record(list[Announcement](), "sent") == 0

    row.refresh_from_db()
    assert (row.state, row.sent_at, row.claimed_until) == ("sent", NOW, None)


def test_restart_gives_all_attempts_again(row: Announcement) -> None:
    Announcement.objects.update(state="failed", attempts=3, last_error="down", not_before=NOW + timedelta(1))
    assert Announcement.objects.all().restart("pending", NOW) == 1

    row.refresh_from_db()
    assert (row.attempts, row.last_error, due()) == (0, "", [row])
