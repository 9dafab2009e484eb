"""Lines that others edit or write, when a ban is lifted or its text changes."""

from datetime import timedelta
from pathlib import Path

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from clans.models import User
from territory.models import Ban, BanDelivery, GameServer
from territory.services import deliveries
from territory.services.bans import retry_deliveries
from territory.tests.factories import lift_by_hand, player_id
from territory.tests.services.lists import BanPlayer, LiftBan
from territory.tests.services.lists.rows import BY_HAND, delivery, line, reconcile, staff_announcements, state

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "comment", ["// perdoado? nao mexer", "//x", ""], ids=["other words", "short", "without"]
)
def test_our_line_edited_by_hand_goes_with_the_ban(
    ban: BanPlayer, lift: LiftBan, ban_list: Path, comment: str
) -> None:
    one = ban()
    ban_list.write_text(f"OTHER  // by hand\n{player_id('X')} {comment}\n")

    lift(one)

    assert ban_list.read_text() == "OTHER  // by hand\n"
    assert (state(one), staff_announcements()) == ("lifted", [])


@pytest.mark.parametrize("is_before", [True, False], ids=["before our ban", "after our ban"])
def test_foreign_line_stays_and_staff_hear_that_it_still_bans(
    ban: BanPlayer, lift: LiftBan, ban_list: Path, *, is_before: bool
) -> None:
    if is_before:
        ban_list.write_text(BY_HAND)
    one = ban()
    assert state(one) == "applied"
    if not is_before:
        with ban_list.open("a") as file:
            file.write(BY_HAND)

    lift(one)

    assert ban_list.read_text().replace("OTHER  // by hand\n", "") == BY_HAND
    assert (state(one), staff_announcements()) == ("foreign", [f"foreign-line-{delivery(one).pk}"])

    # Asked again, it is still not ours; once somebody has taken it out, all is well.
    one.refresh_from_db()
    assert retry_deliveries(one) == 1
    deliveries.deliver_due()
    assert (state(one), len(staff_announcements())) == ("foreign", 1)
    assert BY_HAND in ban_list.read_text()
    ban_list.write_text("")
    reconcile(ban_list)
    assert state(one) == "lifted"


def test_line_left_after_an_attempt_that_broke_off_does_not_count_as_ours(
    ban: BanPlayer, lift: LiftBan, ban_list: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = ban()
    ban_list.write_text(line(one) + BY_HAND)
    record = deliveries._record

    def die(_edit: object) -> None:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(deliveries, "_record", die)
    lift(one)
    assert ban_list.read_text() == BY_HAND
    monkeypatch.setattr(deliveries, "_record", record)
    BanDelivery.objects.update(not_before=timezone.now())
    deliveries.deliver_due()

    assert ban_list.read_text() == BY_HAND
    assert state(one) == "foreign"


@pytest.mark.parametrize("reason", ["de novo", "teste"], ids=["another line", "the same line"])
def test_player_banned_again_rests_on_no_line_that_goes_with_the_first_ban(
    ban: BanPlayer, staff: User, ban_list: Path, reason: str
) -> None:
    first = ban()
    lift_by_hand(first, staff)
    BanDelivery.objects.update(not_before=timezone.now() + timedelta(hours=1))
    second = ban(reason=reason)
    assert ban_list.read_text().count(player_id("X")) == 1

    BanDelivery.objects.update(not_before=timezone.now())
    deliveries.deliver_due()

    assert (state(first), state(second)) == ("lifted", "applied")
    assert ban_list.read_text() == "OTHER  // by hand\n" + line(second)
    lift_by_hand(second, staff)
    deliveries.deliver_due()
    assert ban_list.read_text() == "OTHER  // by hand\n"


def lengthen(ban: Ban) -> None:
    """Change the text of a ban's line, as who lengthens a ban does."""
    words = delivery(ban).line.replace("teste", "para sempre")
    BanDelivery.objects.filter(ban=ban).update(
        line=words, state="pending", attempts=0, not_before=timezone.now()
    )


def test_new_text_takes_the_place_of_our_line(ban: BanPlayer, lift: LiftBan, ban_list: Path) -> None:
    one = ban()
    lengthen(one)
    deliveries.deliver_due()
    assert ban_list.read_text() == "OTHER  // by hand\n" + line(one)
    assert "para sempre" in line(one)

    lift(one)
    assert ban_list.read_text() == "OTHER  // by hand\n"


def test_ban_lifted_before_its_new_text_was_written_loses_the_old_line(
    ban: BanPlayer, lift: LiftBan, ban_list: Path
) -> None:
    one = ban()
    lengthen(one)
    lift(one)

    assert ban_list.read_text() == "OTHER  // by hand\n"
    assert state(one) == "lifted"


def test_text_changed_while_the_former_is_being_written_is_written_next(
    ban: BanPlayer, server: GameServer, staff: User, ban_list: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = deliveries._record

    def lengthen_first(edit: deliveries._Edit) -> deliveries.Delivered:
        monkeypatch.setattr(deliveries, "_record", record)
        lengthen(Ban.objects.get())
        return record(edit)

    monkeypatch.setattr(deliveries, "_record", lengthen_first)
    one = ban()
    assert state(one) == "pending"
    deliveries.deliver_due()

    assert state(one) == "applied"
    assert ban_list.read_text() == "OTHER  // by hand\n" + line(one)


def test_new_text_leaves_a_line_that_somebody_edited(ban: BanPlayer, lift: LiftBan, ban_list: Path) -> None:
    one = ban()
    ban_list.write_text(BY_HAND)
    lengthen(one)
    deliveries.deliver_due()
    assert (ban_list.read_text(), state(one)) == (BY_HAND, "applied")

    lift(one)
    assert (ban_list.read_text(), state(one)) == ("", "lifted")
