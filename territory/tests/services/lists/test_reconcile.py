"""Ban lists that others reset, replace and restore: read again, compared by identifier, and mended."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from territory import tasks
from territory.hosts import file
from territory.models import BanDelivery, BanList, GameServer
from territory.services import deliveries, reconciling
from territory.services.servers import active_ban_lists
from territory.tests.factories import ban_by_hand, make_server, player_id
from territory.tests.services.lists import BanPlayer, LiftBan
from territory.tests.services.lists.rows import BY_HAND, delivery, line, reconcile, staff_announcements, state

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "reset",
    [lambda path: path.write_text(""), lambda path: path.unlink(), lambda path: path.write_text("NEW\n")],
    ids=["emptied", "deleted", "replaced"],
)
def test_list_that_was_reset_is_filled_again(
    ban: BanPlayer, lift: LiftBan, ban_list: Path, reset: Callable[[Path], object]
) -> None:
    one, other, lifted = ban("A"), ban("B"), ban("C")
    lift(lifted)
    reset(ban_list)
    foreign = ban_list.read_text() if ban_list.exists() else ""

    reconcile(ban_list)

    assert ban_list.read_text() == foreign + line(one) + line(other)
    assert (state(one), state(other), state(lifted)) == ("applied", "applied", "lifted")
    lift(one)
    assert ban_list.read_text() == foreign + line(other)


def test_many_bans_come_back_in_one_edit(
    server: GameServer, ban_list: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        ban_by_hand(server, str(number))
    deliveries.deliver_due()
    ban_list.unlink()
    edits: list[Path] = []
    edit_file = file.edit_file

    def count_edits(path: Path, *args: object, **options: object) -> None:
        edits.append(path)
        edit_file(path, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(file, "edit_file", count_edits)

    with CaptureQueriesContext(connection) as queries:
        reconcile(ban_list)

    assert len(ban_list.read_text().splitlines()) == 20
    assert not BanDelivery.objects.exclude(state="applied").exists()
    assert edits == [ban_list]
    assert len(queries) < 40


def test_list_that_agrees_costs_one_read_and_writes_nothing(ban: BanPlayer, ban_list: Path) -> None:
    ban("A"), ban("B")
    before = ban_list.stat()

    with CaptureQueriesContext(connection) as queries:
        found = reconciling.reconcile(BanList.objects.get().pk)

    assert found == reconciling.Differences([], [], [], [], [])
    written = [
        one["sql"]
        for one in queries
        if one["sql"].startswith(("UPDATE", "INSERT")) and "territory_banlist" not in one["sql"]
    ]
    assert written == []
    assert (ban_list.stat().st_ino, ban_list.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_line_edited_by_hand_counts_as_the_ban_being_there(ban: BanPlayer, ban_list: Path) -> None:
    one = ban()
    ban_list.write_text(BY_HAND)
    reconcile(ban_list)

    assert (ban_list.read_text(), state(one)) == (BY_HAND, "applied")


def test_our_line_that_comes_back_from_a_backup_goes_again(
    ban: BanPlayer, lift: LiftBan, ban_list: Path, tmp_path: Path
) -> None:
    one = ban()
    shutil.copy(ban_list, tmp_path / "backup")
    lift(one)
    shutil.copy(tmp_path / "backup", ban_list)
    reconcile(ban_list)

    assert ban_list.read_text() == "OTHER  // by hand\n"
    assert (state(one), staff_announcements()) == ("lifted", [])


def test_foreign_line_that_bans_somebody_pardoned_long_ago_is_announced_once(
    ban: BanPlayer, lift: LiftBan, ban_list: Path
) -> None:
    earlier = ban()
    lift(earlier)
    latest = ban()
    lift(latest)
    ban_list.write_text(BY_HAND)
    reconcile(ban_list)
    reconcile(ban_list)

    assert ban_list.read_text() == BY_HAND
    assert (state(earlier), state(latest)) == ("lifted", "foreign")
    assert staff_announcements() == [f"foreign-line-{delivery(latest).pk}"]


def test_line_of_a_player_who_is_banned_again_is_nothing_to_tell(
    ban: BanPlayer, lift: LiftBan, ban_list: Path
) -> None:
    first = ban()
    lift(first)
    second = ban()
    reconcile(ban_list)

    assert (state(first), state(second), staff_announcements()) == ("lifted", "applied", [])


def test_list_that_cannot_be_compared_shows_its_error(ban: BanPlayer, ban_list: Path) -> None:
    one = ban()
    ban_list.unlink()
    os.mkfifo(ban_list)
    reconcile(ban_list)
    row = BanList.objects.get()
    assert "is not a file" in row.last_error
    assert row.last_read_at is None
    assert state(one) == "applied"

    ban_list.unlink()
    reconcile(ban_list)
    assert not BanList.objects.exclude(last_error="", last_read_at__isnull=False).exists()
    assert ban_list.read_text() == line(one)


def test_list_that_is_switched_off_is_not_filled_again_and_pardoned_players_come_off_it(
    ban: BanPlayer, lift: LiftBan, ban_list: Path
) -> None:
    one, other = ban("A"), ban("B")
    BanList.objects.update(is_active=False)
    assert active_ban_lists() == []
    ban("C")
    BanDelivery.objects.filter(ban=other).update(state="pending")
    lift(one)

    assert ban_list.read_text() == "OTHER  // by hand\n" + line(other)
    assert (state(one), state(other), BanDelivery.objects.count()) == ("lifted", "pending", 2)


@pytest.mark.parametrize("is_lifted", [False, True])
def test_list_that_two_servers_share_holds_the_bans_of_both(
    ban: BanPlayer, lift: LiftBan, ban_list: Path, *, is_lifted: bool
) -> None:
    one, other_server = ban("A"), make_server(ban_list=ban_list)
    other = ban_by_hand(other_server, "A")
    deliveries.deliver_due()
    if is_lifted:
        lift(one)
    for row in active_ban_lists():
        reconciling.reconcile(row.pk)
    deliveries.deliver_due()

    assert ban_list.read_text().count(player_id("A")) == 1
    assert (state(one), state(other)) == ("lifted" if is_lifted else "applied", "applied")
    assert staff_announcements() == []
    lift(other)
    if not is_lifted:
        lift(one)
    assert ban_list.read_text() == "OTHER  // by hand\n"


def test_reconcile_wakes_a_worker_for_each_list_that_has_to_be_edited(
    ban: BanPlayer, ban_list: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ban()
    woken: list[tuple[object, ...]] = []
    monkeypatch.setattr(tasks, "wake", lambda *args: woken.append(args))

    tasks.reconcile_bans()
    row = BanList.objects.get()
    tasks.reconcile_ban_list(row.pk)
    assert woken == [(tasks.reconcile_ban_list, row.pk)]
    ban_list.unlink()
    tasks.reconcile_ban_list(row.pk)
    assert woken[1:] == [(tasks.deliver_ban_list, row.pk)]
