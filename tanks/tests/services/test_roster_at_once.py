"""Syncs of two clans that share players, on real transactions."""

import pytest
from django.db import transaction

from tanks.models import SyncedClan
from tanks.services.roster import store_roster
from tanks.tests.factories import rows
from tanks.tests.factories.answers import LATER, NOW, SOON, clan_member, roster
from tanks.tests.proofs import Background, events, join_all, on_roster, player_of, wait_until_somebody_waits
from tanks.wargaming.answers import ClanInfo

pytestmark = pytest.mark.django_db(transaction=True)

WOLVES = tuple(range(1, 11))
JAGUARS = tuple(range(21, 31))
MOVED = clan_member(10, role="recruit", joined_at=SOON)


def read_once(name: str, *members: int) -> SyncedClan:
    clan = rows.clan(name=name)
    store_roster(clan, roster(*members, name=name), at=NOW)
    return clan


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
