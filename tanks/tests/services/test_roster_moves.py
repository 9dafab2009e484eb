"""Players who change from one synced clan to another of their realm."""

from datetime import timedelta

import pytest

from clans.models import ClanMembership
from tanks.models import Player, SyncedClan, SyncTrouble
from tanks.services.roster import StoredRoster, store_roster
from tanks.tests.factories import rows
from tanks.tests.factories.answers import LATER, NOW, SOON, TEN, clan_member, disbanded, roster
from tanks.tests.proofs import events, player_of, rewritten, versions
from tanks.wargaming.answers import ClanInfo

pytestmark = pytest.mark.django_db


@pytest.fixture
def jaguars() -> SyncedClan:
    """Another clan of the realm, whose three members have been read once."""
    clan = rows.clan(name="Onças")
    store_roster(clan, roster(21, 22, 23, name="Onças"), at=NOW)
    return clan


def moved(*others: int) -> ClanInfo:
    """The answer of the Jaguars after member 10 came to them."""
    return roster(
        *others, clan_member(10, role="recruit", joined_at=SOON - timedelta(minutes=1)), name="Onças"
    )


def test_old_answer_of_the_old_clan_does_not_pull_a_player_back(
    wolves: SyncedClan, jaguars: SyncedClan
) -> None:
    store_roster(jaguars, moved(21, 22, 23), at=SOON)
    before = versions("tanks_player", "tanks_rosterevent")

    assert store_roster(wolves, roster(*TEN), at=LATER) == StoredRoster(0)
    assert rewritten(before) == {}
    assert player_of(10).clan_id == jaguars.pk


def test_player_told_by_two_clans_with_one_date_stays_where_he_is(
    wolves: SyncedClan, jaguars: SyncedClan
) -> None:
    before = versions()
    store_roster(jaguars, roster(21, 22, 23, 10, name="Onças"), at=SOON)
    store_roster(wolves, roster(*TEN), at=LATER)
    assert rewritten(before) == {}


def test_player_who_moves_there_and_back_ends_where_the_newest_date_is(
    wolves: SyncedClan, jaguars: SyncedClan
) -> None:
    store_roster(jaguars, moved(21, 22, 23), at=SOON)
    back = clan_member(10, joined_at=LATER)
    store_roster(wolves, roster(*range(1, 10), back), at=LATER)
    store_roster(jaguars, moved(21, 22, 23), at=LATER)

    assert player_of(10).clan_id == wolves.pk
    assert events(jaguars) == [("joined", 10, "", "recruit"), ("left", 10, "recruit", "")]
    assert events(wolves) == [("left", 10, "private", ""), ("joined", 10, "", "private")]


def test_members_who_moved_away_are_no_heavy_loss(wolves: SyncedClan, jaguars: SyncedClan) -> None:
    arrived = [clan_member(number, joined_at=SOON) for number in range(5, 11)]
    store_roster(jaguars, roster(21, 22, 23, *arrived), at=SOON)
    assert store_roster(wolves, roster(1, 2, 3, 4), at=LATER).trouble == SyncTrouble.NONE
    assert events(wolves) == [("left", number, "private", "") for number in range(5, 11)]


def test_first_reading_of_the_new_clan_still_tells_who_left_the_old_one(wolves: SyncedClan) -> None:
    jaguars = rows.clan(name="Onças")
    store_roster(jaguars, moved(21), at=SOON)
    store_roster(wolves, roster(*range(1, 10)), at=LATER)

    assert events(wolves) == [("left", 10, "private", "")]
    assert not events(jaguars), "nobody joined only because we began to look"


def test_move_ends_the_stay_in_the_old_clan_also_when_that_one_is_silent(
    wolves: SyncedClan, jaguars: SyncedClan
) -> None:
    # The old clan was disbanded, or its answers are null from now on: none of them will end the stay.
    who = rows.user()
    Player.objects.filter(account_id=10).update(user=who)
    store_roster(wolves, roster(*TEN), at=NOW)
    store_roster(jaguars, moved(21, 22, 23), at=SOON)
    store_roster(wolves, disbanded(), at=LATER)

    open_stays = ClanMembership.objects.filter(user=who, left_at__isnull=True)
    assert [stay.clan_id for stay in open_stays] == [jaguars.pk]


def test_move_leaves_a_stay_in_the_old_clan_that_staff_entered(
    wolves: SyncedClan, jaguars: SyncedClan
) -> None:
    who = rows.user()
    rows.member(who, wolves)
    Player.objects.filter(account_id=10).update(user=who)
    store_roster(jaguars, moved(21, 22, 23), at=SOON)
    store_roster(wolves, roster(*range(1, 10)), at=LATER)

    open_stays = ClanMembership.objects.filter(user=who, left_at__isnull=True)
    assert {stay.clan_id for stay in open_stays} == {wolves.pk, jaguars.pk}
