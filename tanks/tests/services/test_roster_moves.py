"""Players who change from one synced clan to another of their realm."""

from datetime import timedelta

import pytest
from django.db import transaction

from clans.models import ClanMembership
from tanks.models import Player, SyncedClan, SyncTrouble
from tanks.services.roster import StoredRoster, store_roster
from tanks.tests.factories import rows
from tanks.tests.factories.answers import LATER, NOW, SOON, TEN, clan_member, disbanded, roster
from tanks.tests.proofs import (
    Background,
    events,
    join_all,
    on_roster,
    player_of,
    rewritten,
    versions,
    wait_until_somebody_waits,
)
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


def test_old_answer_does_not_pull_a_player_back(wolves: SyncedClan, jaguars: SyncedClan) -> None:
    before = versions()
    store_roster(jaguars, roster(21, 22, 23, 10, name="Onças"), at=SOON)
    assert rewritten(before) == {}, "with one date in both nobody moves"
    store_roster(jaguars, moved(21, 22, 23), at=SOON)
    before = versions("tanks_player", "tanks_rosterevent")
    assert store_roster(wolves, roster(*TEN), at=LATER) == StoredRoster(0)
    assert rewritten(before) == {}
    assert player_of(10).clan_id == jaguars.pk


def test_player_who_moves_twice_ends_at_the_newest_date(wolves: SyncedClan, jaguars: SyncedClan) -> None:
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


def test_move_ends_the_stay_in_a_clan_that_is_silent(wolves: SyncedClan, jaguars: SyncedClan) -> None:
    # The old clan was disbanded, or its answers are null from now on: none of them will end the stay.
    who = rows.user()
    Player.objects.filter(account_id=10).update(user=who)
    store_roster(wolves, roster(*TEN), at=NOW)
    store_roster(jaguars, moved(21, 22, 23), at=SOON)
    store_roster(wolves, disbanded(), at=LATER)

    open_stays = ClanMembership.objects.filter(user=who, left_at__isnull=True)
    assert [stay.clan_id for stay in open_stays] == [jaguars.pk]


def test_move_leaves_a_stay_that_staff_entered(wolves: SyncedClan, jaguars: SyncedClan) -> None:
    who = rows.user()
    rows.member(who, wolves)
    Player.objects.filter(account_id=10).update(user=who)
    store_roster(jaguars, moved(21, 22, 23), at=SOON)
    store_roster(wolves, roster(*range(1, 10)), at=LATER)

    open_stays = ClanMembership.objects.filter(user=who, left_at__isnull=True)
    assert {stay.clan_id for stay in open_stays} == {wolves.pk, jaguars.pk}


# -- Both clans at once, on real transactions ------------------------------------------------------------

WOLVES = tuple(range(1, 11))
JAGUARS = tuple(range(21, 31))
MOVED = clan_member(10, role="recruit", joined_at=SOON)


def read_once(name: str, *members: int) -> SyncedClan:
    clan = rows.clan(name=name)
    store_roster(clan, roster(*members, name=name), at=NOW)
    return clan


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["old", "new"])
def test_clan_of_a_move_is_read_while_the_other_one_is_stored(first: str) -> None:
    wolves, jaguars = read_once("Lobos", *WOLVES), read_once("Onças", *JAGUARS)
    left, joined = roster(*WOLVES[:-1], name="Lobos"), roster(*JAGUARS, MOVED, name="Onças")
    readings = [(wolves, left), (jaguars, joined)] if first == "old" else [(jaguars, joined), (wolves, left)]
    with transaction.atomic():
        store_roster(*readings[0], at=LATER)
        other = Background(lambda: store_roster(*readings[1], at=LATER))
        wait_until_somebody_waits()
    other.join()

    assert (on_roster(wolves), on_roster(jaguars)) == (set(WOLVES[:-1]), {*JAGUARS, 10})
    assert events(wolves) == [("left", 10, "private", "")]
    assert events(jaguars) == [("joined", 10, "", "recruit")]


@pytest.mark.django_db(transaction=True)
def test_players_crossing_between_two_clans_read_at_once_are_each_in_one() -> None:
    wolves, jaguars = read_once("Lobos", *WOLVES), read_once("Onças", *JAGUARS)
    to_jaguars, to_wolves = clan_member(10, joined_at=SOON), clan_member(21, joined_at=SOON)

    def work(clan: SyncedClan, info: ClanInfo) -> Background:
        return Background(lambda: store_roster(clan, info, at=LATER))

    join_all(
        [
            work(wolves, roster(*WOLVES[:-1], to_wolves, name="Lobos")),
            work(jaguars, roster(to_jaguars, *JAGUARS[1:], name="Onças")),
        ]
    )
    assert on_roster(wolves) == {*WOLVES[:-1], 21}
    assert on_roster(jaguars) == {*JAGUARS[1:], 10}
    assert player_of(10).joined_clan_at == SOON
    assert sorted(kind for kind, *_ in events()) == ["joined", "joined", "left", "left"]
