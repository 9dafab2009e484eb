"""What is never written to, and every error as an attempt in its row."""

from datetime import timedelta
from pathlib import Path

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone
from pytest_django import Settings

from clans.models import User
from territory.hosts import file
from territory.models import BanDelivery, GameServer
from territory.services import deliveries
from territory.tests.factories import ban_by_hand, player_id
from territory.tests.services.lists import BanPlayer, LiftBan
from territory.tests.services.lists.rows import BATTLEYE, delivery, line, reconcile, state

pytestmark = pytest.mark.django_db


def test_list_of_battleye_is_never_written_to(ban: BanPlayer, lift: LiftBan, ban_list: Path) -> None:
    ban_list.write_text(BATTLEYE)
    one = ban()
    assert state(one) == "failed"
    assert "BattlEye" in delivery(one).last_error

    lift(one)
    assert (ban_list.read_text(), state(one)) == (BATTLEYE, "lifted")


def test_list_that_became_battleyes_counts_as_empty(ban: BanPlayer, ban_list: Path) -> None:
    one = ban()
    ban_list.write_text(BATTLEYE + line(one))
    reconcile(ban_list)

    assert ban_list.read_text() == BATTLEYE + line(one)
    assert state(one) == "failed"


def test_list_outside_the_allowed_folders_is_not_touched(
    ban: BanPlayer, ban_list: Path, tmp_path: Path, settings: Settings
) -> None:
    settings.GAME_FILES_ROOTS = [tmp_path / "allowed"]
    one = ban()

    assert ban_list.read_text() == "OTHER  // by hand\n"
    assert state(one) == "failed"
    assert "GAME_FILES_ROOTS" in delivery(one).last_error


@pytest.mark.parametrize(
    "error", [SoftTimeLimitExceeded(), RuntimeError("odd"), OSError(5, "Input/output error")], ids=repr
)
def test_whatever_goes_wrong_is_an_attempt_with_its_error(
    ban: BanPlayer, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(file, "_edit_locked", fail)
    one = ban()

    row = delivery(one)
    assert (row.state, row.attempts, row.claimed_until) == ("pending", 1, None)
    assert row.last_error
    assert row.not_before > timezone.now()


def test_worker_lost_in_an_edit_is_an_attempt_and_the_second_waits(
    server: GameServer, staff: User, ban: BanPlayer, ban_list: Path
) -> None:
    one = ban()
    past = timezone.now() - timedelta(seconds=1)
    BanDelivery.objects.update(state="pending", claimed_until=past, attempts=1)
    assert not deliveries.deliver_due()[deliveries.State.APPLIED]

    row = delivery(one)
    assert (row.state, row.attempts) == ("pending", 2)
    assert "died or hung" in row.last_error
    assert row.not_before > timezone.now()


def test_text_that_is_no_line_keeps_no_other_ban_from_the_list(
    server: GameServer, staff: User, ban_list: Path
) -> None:
    for name in ("A", "B"):
        ban_by_hand(server, name, staff)
    first = BanDelivery.objects.order_by("pk")[0]
    BanDelivery.objects.filter(pk=first.pk).update(line="two\nlines")

    deliveries.deliver_due()

    assert set(BanDelivery.objects.values_list("state", "attempts")) == {("failed", 1), ("applied", 0)}
    assert player_id("B") in ban_list.read_text()
    assert "two" not in ban_list.read_text()
