"""Lines that somebody removes at the host: the ban is lifted. Lines that are lost otherwise are written again."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from announcements.models import Announcement
from clans.models import User
from territory import tasks
from territory.models import Ban, BanDelivery, BanList, CaseAct, GameServer, Infraction
from territory.services import deliveries, reconciling
from territory.services.deciding import undo_act
from territory.services.notices import announce_incidents
from territory.tests.factories import (
    ban_by_hand,
    make_ban_list,
    make_base,
    make_infraction,
    make_server,
    make_user,
    player_id,
)
from territory.tests.services.lists import BanPlayer, LiftBan
from territory.tests.services.lists.rows import BATTLEYE, line, reconcile, state

pytestmark = pytest.mark.django_db

FOREIGN = [f"{player_id(f'F{number}')} // by hand\n" for number in range(5)]


@pytest.fixture
def lines(ban_list: Path, ban: BanPlayer) -> list[str]:
    """Five lines of others, and one of ours that a comparison has seen."""
    ban_list.write_text("".join(FOREIGN))
    one = ban("A")
    reconcile(ban_list)
    return [*FOREIGN, line(one)]


def test_line_removed_at_the_host_lifts_the_ban_and_is_not_written_again(
    lines: list[str], ban_list: Path
) -> None:
    Announcement.objects.update(state="sent")
    ban_list.write_text("".join(lines[:-1]))
    reconcile(ban_list)
    reconcile(ban_list)

    ban = Ban.objects.get()
    assert ban_list.read_text() == "".join(FOREIGN)
    assert (ban.lift_kind, ban.lifted_by, state(ban)) == ("removed", None, "lifted")
    act = CaseAct.objects.latest("pk")
    assert (act.kind, act.lift_kind, act.by, act.case.state) == ("lift", "removed", None, "lifted")
    assert act.reason == "A linha foi tirada da lista de banimentos na hospedagem."
    assert Infraction.objects.get().status == "confirmed"
    answers = Announcement.objects.filter(key__startswith="pardon-")
    assert {one.channel.audience for one in answers} == {"staff", "public"}


@pytest.mark.parametrize(
    ("left", "outcome"),
    [
        pytest.param(FOREIGN[:3], "lifted", id="somebody-cleared-up-a-little"),
        pytest.param([*FOREIGN, "NEW\n"], "lifted", id="and-added-a-line"),
        pytest.param(FOREIGN[:2], "applied", id="cut-off"),
        pytest.param([], "applied", id="emptied"),
        pytest.param(["NEW\n"] * 5, "applied", id="replaced"),
        pytest.param([*FOREIGN, BATTLEYE], "failed", id="became-battleyes"),
    ],
)
def test_list_that_lost_most_lines_of_others_was_reset(
    lines: list[str], ban_list: Path, left: list[str], outcome: str
) -> None:
    ban_list.write_text("".join(left))
    reconcile(ban_list)

    assert state(Ban.objects.get()) == outcome
    assert ban_list.read_text() == "".join(left) + (lines[-1] if outcome == "applied" else "")


def test_one_answer_tells_of_a_ban_for_acts_in_two_bases(lines: list[str], ban_list: Path) -> None:
    ban, server = Ban.objects.get(), Ban.objects.get().server
    of_player = {"gamertag": ban.gamertag, "player_id": ban.player_id}
    acts = [
        make_infraction(server, make_base(server, make_user(f"d{n}"), x=5e3 + n * 500), ban=ban, **of_player)
        for n in (0, 1)
    ]
    announce_incidents(server, [act.pk for act in acts])
    Announcement.objects.update(state="sent")
    ban_list.write_text("".join(lines[:-1]))
    reconcile(ban_list)

    answer = Announcement.objects.get(key__startswith="pardon-", channel__audience="staff")
    assert all(f"#{act.pk}" in str(answer.message) for act in acts)


@pytest.mark.parametrize(("left", "outcome"), [("", "lifted"), (BATTLEYE, "failed")])
def test_only_line_of_a_list_without_others_was_removed_by_hand_unless_the_list_is_another(
    ban: BanPlayer, ban_list: Path, left: str, outcome: str
) -> None:
    ban_list.write_text("")
    one = ban()
    reconcile(ban_list)
    ban_list.write_text(left)
    reconcile(ban_list)
    assert (state(one), ban_list.read_text()) == (outcome, left)


def test_several_lines_gone_at_once_are_written_again(
    lines: list[str], ban: BanPlayer, ban_list: Path
) -> None:
    other = ban("B")
    reconcile(ban_list)
    ban_list.write_text("".join(FOREIGN))
    reconcile(ban_list)

    assert ban_list.read_text() == "".join(lines) + line(other)
    assert not Ban.objects.exclude(lifted_at=None).exists()


def test_list_that_is_set_back_seconds_after_it_was_written_is_written_again(
    lines: list[str], ban: BanPlayer, ban_list: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ban_list.read_bytes()
    other = ban("B")
    ban_list.write_bytes(before)
    woken: list[tuple[object, ...]] = []
    monkeypatch.setattr(tasks, "wake", lambda *args: woken.append(args))
    tasks.sweep_bans()
    assert woken == []

    BanDelivery.objects.filter(ban=other).update(applied_at=timezone.now() - reconciling.READ_AGAIN_AFTER)
    BanList.objects.update(last_read_at=timezone.now() - timedelta(minutes=1))
    tasks.sweep_bans()
    assert woken == [(tasks.reconcile_ban_list, BanList.objects.get().pk)]
    tasks.reconcile_ban_list(BanList.objects.get().pk)
    deliveries.deliver_due()
    assert (state(other), ban_list.read_text()) == ("applied", "".join(lines) + line(other))


def test_lifted_line_that_is_set_back_seconds_later_is_taken_off_again(
    lines: list[str], lift: LiftBan, ban_list: Path
) -> None:
    before = ban_list.read_bytes()
    lift(Ban.objects.get())
    ban_list.write_bytes(before)
    BanDelivery.objects.update(finished_at=timezone.now() - reconciling.READ_AGAIN_AFTER)
    BanList.objects.update(last_read_at=timezone.now() - timedelta(minutes=1))

    assert reconciling.to_read_again(timezone.now()) == [BanList.objects.get().pk]
    reconcile(ban_list)
    assert ban_list.read_text() == "".join(FOREIGN)
    assert reconciling.to_read_again(timezone.now()) == []


def test_line_removed_from_one_list_goes_off_the_others_of_its_server(
    server: GameServer, ban: BanPlayer, ban_list: Path, tmp_path: Path
) -> None:
    other_list = tmp_path / "other.txt"
    make_ban_list(server, other_list)
    ban()
    reconcile(ban_list)
    ban_list.write_text("OTHER  // by hand\n")
    reconcile(ban_list)

    assert (ban_list.read_text(), other_list.read_text()) == ("OTHER  // by hand\n", "")
    assert set(BanDelivery.objects.values_list("state", flat=True)) == {"lifted"}


def test_line_removed_from_a_list_that_two_servers_share_lifts_the_bans_of_both(
    ban: BanPlayer, ban_list: Path
) -> None:
    ban()
    ban_by_hand(make_server(ban_list=ban_list), "X")
    deliveries.deliver_due()
    reconcile_first(ban_list)
    ban_list.write_text("OTHER  // by hand\n")
    reconcile_first(ban_list)

    assert ban_list.read_text() == "OTHER  // by hand\n"
    assert list(Ban.objects.values_list("lift_kind", flat=True)) == ["removed", "removed"]


def test_line_of_others_that_goes_is_replaced_by_ours(ban: BanPlayer, ban_list: Path) -> None:
    """As where two servers name one list in two ways, and one of them lifts its ban."""
    ban_list.write_text("".join([*FOREIGN, f"{player_id('A')} // by hand\n"]))
    one = ban("A")
    reconcile(ban_list)
    ban_list.write_text("".join(FOREIGN))
    reconcile(ban_list)

    assert ban_list.read_text() == "".join([*FOREIGN, line(one)])
    assert state(one) == "applied"


def reconcile_first(path: Path) -> None:
    reconciling.reconcile(BanList.objects.filter(address=str(path))[0].pk)
    deliveries.deliver_due()


def test_lifting_by_hand_can_be_undone_and_is_written_again(
    lines: list[str], ban_list: Path, staff: User
) -> None:
    ban_list.write_text("".join(FOREIGN))
    reconcile(ban_list)
    undo_act(CaseAct.objects.latest("pk"), by=staff, reason="não era para tirar")
    deliveries.deliver_due()
    assert (state(Ban.objects.get()), ban_list.read_text()) == ("applied", "".join(lines))
    reconcile(ban_list)
    assert state(Ban.objects.get()) == "applied"
