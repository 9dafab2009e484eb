"""Bans on their way onto a ban.txt and off it again."""

from datetime import timedelta
from pathlib import Path

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone
from pytest_django import Settings

from clans.models import User
from territory import tasks
from territory.hosts import file
from territory.models import Ban, BanDelivery, BanList, GameServer, Infraction
from territory.services import deliveries
from territory.services.deciding import lift_ended_bans
from territory.services.errors import NotPossibleError
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.database import at_once
from territory.tests.factories import (
    NOW,
    ban_by_hand,
    incoming,
    lift_by_hand,
    make_ban_list,
    make_base,
    make_player,
    make_server,
    player_id,
)
from territory.tests.services.lists import BanPlayer, LiftBan
from territory.tests.services.lists.rows import BATTLEYE, delivery, line, reconcile, state

pytestmark = pytest.mark.django_db


_A_DAY_OF_ATTEMPTS = 30
FOREIGN = "OTHER  // by hand\n"


def test_ban_is_written_below_foreign_lines_in_the_files_own_line_ends(
    ban: BanPlayer, ban_list: Path
) -> None:
    ban_list.write_bytes(b"// ours\r\nOTHER  // by hand\r\n")
    one = ban("Invasor")

    text = delivery(one).line
    assert ban_list.read_bytes() == f"// ours\r\nOTHER  // by hand\r\n{text}\r\n".encode()
    assert text.startswith(f"{player_id('Invasor')}  // Invasor - teste - ")
    assert state(one) == "applied"


def test_lifting_removes_our_line_and_nothing_else(ban: BanPlayer, lift: LiftBan, ban_list: Path) -> None:
    one, other = ban("A"), ban("B")

    lift(one)

    assert ban_list.read_text() == FOREIGN + line(other)
    assert (state(one), state(other)) == ("lifted", "applied")


def test_ban_lifted_before_it_was_written_is_never_written(
    server: GameServer, lift: LiftBan, ban_list: Path
) -> None:
    one = ban_by_hand(server, "A")
    lift(one)

    assert (ban_list.read_text(), state(one)) == (FOREIGN, "lifted")


def test_ban_lifted_while_it_is_being_written_comes_off_again(
    ban: BanPlayer, ban_list: Path, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = deliveries._record

    def lift_first(edit: deliveries._Edit) -> deliveries.Delivered:
        monkeypatch.setattr(deliveries, "_record", record)
        lift_by_hand(Ban.objects.get(), staff)
        return record(edit)

    monkeypatch.setattr(deliveries, "_record", lift_first)
    one = ban("A")
    assert ban_list.read_text() != FOREIGN
    deliveries.deliver_due()

    assert (ban_list.read_text(), state(one)) == (FOREIGN, "lifted")


def test_ban_list_that_cannot_be_written_is_tried_later_and_later_without_end(
    server: GameServer, tmp_path: Path, staff: User
) -> None:
    BanList.objects.update(address=str(tmp_path / "missing" / "ban.txt"))
    one = ban_by_hand(server, "A", staff)
    waits = []
    for _attempt in range(_A_DAY_OF_ATTEMPTS):
        before = timezone.now()
        deliveries.deliver_due()
        delivery = BanDelivery.objects.get(ban=one)
        waits.append(round((delivery.not_before - before).total_seconds()))
        BanDelivery.objects.update(not_before=timezone.now())

    assert waits[:4] == [15, 30, 60, 120]
    assert max(waits) == 3600
    assert delivery.state == "pending"
    assert "missing" in delivery.last_error

    (tmp_path / "missing").mkdir()
    deliveries.deliver_due()
    assert state(one) == "applied"


def test_ban_goes_onto_each_active_list_of_its_server(
    server: GameServer, ban: BanPlayer, lift: LiftBan, ban_list: Path, tmp_path: Path
) -> None:
    second, off = tmp_path / "second.txt", tmp_path / "off.txt"
    make_ban_list(server, second)
    make_ban_list(server, off, is_active=False)
    make_ban_list(make_server(slug="norte"), tmp_path / "norte.txt")
    one = ban("A")

    assert [player_id("A") in path.read_text() for path in (ban_list, second)] == [True, True]
    assert not off.exists()
    lift(one)
    assert (ban_list.read_text(), second.read_text()) == (FOREIGN, "")


def test_ban_that_ran_its_time_is_lifted(ban: BanPlayer) -> None:
    one = ban("A")
    Ban.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    later = ban("B", ends_at=timezone.now() + timedelta(days=1))

    assert lift_ended_bans(now=timezone.now()) == 1
    deliveries.deliver_due()

    one.refresh_from_db()
    assert one.lifted_at is not None
    assert (state(one), state(later)) == ("lifted", "applied")


def test_new_infraction_after_a_lifted_ban_bans_anew(server: GameServer, ban_list: Path, staff: User) -> None:
    make_base(server, make_player("Dono"))
    store(server, [incoming("X")])
    judge_due(server.pk, now=NOW)
    lift_by_hand(Ban.objects.get(), staff, "amigo do dono")
    decided = Infraction.objects.values_list("status", "decided_by", "decision_reason")
    assert list(decided) == [("lifted", staff.pk, "amigo do dono")]

    store(server, [incoming("X")])
    judge_due(server.pk, now=NOW)
    deliveries.deliver_due()

    assert [one.lifted_at is None for one in Ban.objects.order_by("pk")] == [False, True]
    assert ban_list.read_bytes().count(player_id("X").encode()) == 1


@pytest.mark.parametrize(
    ("name", "fields"),
    [("A", {}), ("", {"player_id": ""}), ("Só o nome", {"player_id": ""}), ("B", {"player_id": "CURTO"})],
)
def test_ban_by_hand_of_nobody_or_of_a_banned_player_is_refused(
    server: GameServer, staff: User, name: str, fields: dict[str, str]
) -> None:
    ban_by_hand(server, "A", staff)

    with pytest.raises(NotPossibleError):
        ban_by_hand(server, name, staff, **fields)


@pytest.mark.django_db(transaction=True)
def test_workers_that_deliver_at_once_write_each_ban_once(
    server: GameServer, ban_list: Path, staff: User
) -> None:
    for number in range(12):
        ban_by_hand(server, f"P{number}", staff)

    def deliver_all() -> None:
        while deliveries.deliver_due(limit=2)[deliveries.State.APPLIED]:
            pass

    at_once(*[deliver_all] * 3)

    lines = ban_list.read_text().removeprefix(FOREIGN).splitlines()
    assert sorted(one.split()[0] for one in lines) == sorted(player_id(f"P{n}") for n in range(12))
    assert set(BanDelivery.objects.values_list("state", flat=True)) == {"applied"}


def test_taking_a_line_off_never_gives_up(
    ban: BanPlayer, lift: LiftBan, ban_list: Path, tmp_path: Path
) -> None:
    one = ban("A")
    away = tmp_path.rename(tmp_path.with_name(tmp_path.name + "-away"))
    lift(one)
    for _attempt in range(_A_DAY_OF_ATTEMPTS):
        deliveries.deliver_due()
        BanDelivery.objects.update(not_before=timezone.now())
    assert state(one) == "lifting"

    away.rename(tmp_path)
    deliveries.deliver_due()
    assert (state(one), ban_list.read_text()) == ("lifted", FOREIGN)


def sweep() -> None:
    """Sweep, and carry out what the workers that it wakes would."""
    tasks.sweep_bans()
    deliveries.deliver_due()


def test_active_bans_reach_a_list_that_is_set_later_and_a_new_one(
    ban_list: Path, tmp_path: Path, staff: User
) -> None:
    server = make_server()
    one, lifted = ban_by_hand(server, "A", staff), ban_by_hand(server, "B", staff)
    lift_by_hand(lifted, staff)
    first = make_ban_list(server, ban_list)

    sweep()
    sweep()
    assert ban_list.read_text().count("\n") == 2
    other = tmp_path / "other.txt"
    BanList.objects.filter(pk=first.pk).update(is_active=False)
    make_ban_list(server, other)
    sweep()
    assert player_id("A").encode() in other.read_bytes()

    lift_by_hand(one, staff)
    sweep()
    assert (ban_list.read_text(), other.read_text()) == (FOREIGN, "")


@pytest.mark.django_db(transaction=True)
def test_two_staff_who_ban_one_player_at_once_make_one_ban(server: GameServer, staff: User) -> None:
    def ban() -> bool:
        try:
            ban_by_hand(server, "A", staff)
        except NotPossibleError:
            return False
        return True

    assert sorted(at_once(ban, ban)) == [False, True]
    assert Ban.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_list_that_two_servers_share_has_one_writer(tmp_path: Path) -> None:
    one, other = (make_ban_list(make_server(), tmp_path / "ban.txt") for _ in range(2))
    with deliveries.hold_list(one) as is_ours:
        [is_theirs] = at_once(lambda: _holds(other))
    assert (is_ours, is_theirs) == (True, False)


def _holds(ban_list: BanList) -> bool:
    with deliveries.hold_list(ban_list) as is_ours:
        return is_ours


# -- What is never written to, and errors --------------------------------------------------------------------------


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

    assert ban_list.read_text() == FOREIGN
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
