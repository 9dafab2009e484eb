from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from clans.models import ClanMembership, User
from tanks.access import clan_accesses, disbanded_clans
from tanks.models import Player, SyncedClan
from tanks.services.links import follow_game, link_player
from tanks.services.roster import store_roster
from tanks.tests.factories import rows
from tanks.tests.factories.answers import JOINED, LATER, NOW, SOON, TEN, clan_member, disbanded, roster
from tanks.tests.proofs import Background, player_of, rewritten, versions, wait_until_somebody_waits
from tanks.wargaming.answers import ClanInfo

Stay = tuple[str, datetime, datetime | None, bool]


@pytest.fixture
def who(db: None) -> User:
    return rows.user()


def link(number: int, user: User | None, *, at: datetime = NOW) -> None:
    link_player(player_of(number), user, at=at)


def stays(user: User, clan: SyncedClan) -> list[Stay]:
    found = ClanMembership.objects.filter(user=user, clan=clan).order_by("pk")
    return list(found.values_list("role", "joined_at", "left_at", "follows_game"))


def is_member(user: User, clan: SyncedClan) -> bool:
    return ClanMembership.objects.filter(user=user, clan=clan, left_at__isnull=True).exists()


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        *((role, "commander") for role in ("commander", "executive_officer", "personnel_officer")),
        *((role, "member") for role in ("combat_officer", "private", "grand_marshal", "COMMANDER", None)),
    ],
)
def test_linked_player_gives_a_stay_by_the_role(who: User, role: str | None, expected: str) -> None:
    clan = rows.clan()
    store_roster(clan, roster(clan_member(1, role=role)), at=NOW)
    link(1, who, at=SOON)
    assert stays(who, clan) == [(expected, JOINED, None, True)]


def test_stay_without_a_date_in_the_game_begins_when_it_is_noticed(who: User) -> None:
    clan = rows.clan()
    store_roster(clan, roster(clan_member(1, joined_at=None), clan_member(2, joined_at=LATER)), at=NOW)
    link(1, who, at=SOON)
    other = rows.user()
    link(2, other, at=SOON)
    assert stays(who, clan) == [("member", SOON, None, True)]
    assert stays(other, clan) == [("member", SOON, None, True)]


def test_following_twice_writes_no_row(wolves: SyncedClan, who: User) -> None:
    link(1, who)
    before = versions()
    assert follow_game(wolves, at=SOON) == 0
    assert rewritten(before) == {}


def test_role_in_the_game_changes_the_stay_and_no_other(wolves: SyncedClan, who: User) -> None:
    link(1, who)
    link(2, rows.user())
    before = versions()
    store_roster(wolves, roster(clan_member(1, role="executive_officer"), *range(2, 11)), at=SOON)
    assert stays(who, wolves) == [("commander", JOINED, None, True)]
    assert rewritten(before) == {"tanks_player": 1, "tanks_rosterevent": 1, "clans_clanmembership": 1}


def test_clan_called_disbanded_twice_ends_what_came_from_the_game_until_it_is_founded_anew(
    wolves: SyncedClan, who: User
) -> None:
    link(1, who)
    given = rows.member(rows.user(), wolves)
    store_roster(wolves, disbanded(), at=SOON)
    assert is_member(who, wolves), "a right to build outlasts one answer"
    assert clan_accesses(who)
    store_roster(wolves, disbanded(), at=LATER)
    assert stays(who, wolves) == [("member", JOINED, LATER, True)]
    assert (clan_accesses(who), disbanded_clans(who)) == ([], [wolves])
    given.refresh_from_db()
    assert given.left_at is None, "what staff entered is staff's"
    store_roster(wolves, roster(*TEN), at=LATER)
    assert is_member(who, wolves)
    assert ([access.clan for access in clan_accesses(who)], disbanded_clans(who)) == ([wolves], [])


def test_stay_that_staff_entered_opens_no_disbanded_clan(wolves: SyncedClan, who: User) -> None:
    rows.member(who, wolves, rows.COMMANDER)
    link(1, who)
    for at in (SOON, LATER):
        store_roster(wolves, disbanded(), at=at)
    assert clan_accesses(who) == []


def test_leaving_ends_the_stay_and_coming_back_begins_another(wolves: SyncedClan, who: User) -> None:
    link(1, who)
    store_roster(wolves, roster(*range(2, 11)), at=SOON)
    assert stays(who, wolves) == [("member", JOINED, None, True)], "a right to build outlasts one answer"
    assert clan_accesses(who) == [], "the clan's pages do not"
    store_roster(wolves, roster(*range(2, 11)), at=LATER)
    assert stays(who, wolves) == [("member", JOINED, LATER, True)]
    store_roster(wolves, roster(clan_member(1, joined_at=LATER), *range(2, 11)), at=LATER)
    assert stays(who, wolves) == [("member", JOINED, LATER, True), ("member", LATER, None, True)]


def test_stay_made_by_staff_is_neither_ended_nor_changed(wolves: SyncedClan, who: User) -> None:
    rows.member(who, wolves)
    link(1, who)
    store_roster(wolves, roster(clan_member(1, role="commander"), *range(2, 11)), at=SOON)
    assert stays(who, wolves) == [("member", rows.LONG_AGO, None, False)]
    assert [access.is_commander for access in clan_accesses(who)] == [True], (
        "of a known player the game decides"
    )

    for at in (LATER, LATER + timedelta(days=1)):
        store_roster(wolves, roster(*range(2, 11)), at=at)
    assert stays(who, wolves) == [("member", rows.LONG_AGO, None, False)]
    assert clan_accesses(who) == []


def test_unlinking_ends_the_stay_and_linking_again_begins_one(wolves: SyncedClan, who: User) -> None:
    link(1, who)
    link(1, None, at=SOON)
    assert stays(who, wolves) == [("member", JOINED, SOON, True)]
    link(1, who, at=LATER)
    assert [left_at for _, _, left_at, _ in stays(who, wolves)] == [SOON, None]


@pytest.mark.parametrize("first", [1, 2])
def test_stay_of_two_accounts_has_the_most_of_both_until_both_left(who: User, first: int) -> None:
    clan, late = rows.clan(), JOINED + timedelta(days=30)
    both = [clan_member(number, joined_at=JOINED if number == first else late) for number in (1, 2)]
    both[first - 1] = replace(both[first - 1], role="commander")
    for members in (both, both[1:], both[1:]):
        store_roster(clan, roster(*members, *range(3, 11)), at=SOON)
        Player.objects.filter(account_id__in=(1, 2)).update(user=who)
        follow_game(clan, at=SOON)
        is_first = both[first - 1] in members
        assert [(role, left_at) for role, _, left_at, _ in stays(who, clan)] == [
            ("commander" if is_first else "member", None)
        ]
    assert stays(who, clan)[0][1] == JOINED
    for _reading in range(2):
        store_roster(clan, roster(*range(3, 11)), at=LATER)
    assert [left_at for _, _, left_at, _ in stays(who, clan)] == [LATER]


@pytest.mark.parametrize(
    "glitch",
    [None, roster(), roster(clan_member(99)), roster(*range(5, 11)), disbanded()],
    ids=["null", "empty", "somebody-else-only", "heavy-loss", "disbanded"],
)
def test_glitch_ends_nobodys_stay(wolves: SyncedClan, who: User, glitch: ClanInfo | None) -> None:
    link(1, who)
    before = versions("clans_clanmembership")
    for info in (glitch, roster(*TEN)):
        store_roster(wolves, info, at=SOON)
        assert rewritten(before) == {}
        assert is_member(who, wolves)


@pytest.mark.django_db(transaction=True)
def test_two_accounts_linked_at_once_make_one_stay() -> None:
    clan, who = rows.clan(), rows.user()
    store_roster(clan, roster(1, 2), at=NOW)
    first, second = player_of(1), player_of(2)
    with transaction.atomic():
        link_player(first, who, at=SOON)
        other = Background(lambda: link_player(second, who, at=SOON))
        wait_until_somebody_waits()
    other.join()
    assert stays(who, clan) == [("member", JOINED, None, True)]


@pytest.mark.django_db(transaction=True)
def test_linking_while_the_roster_is_stored_neither_deadlocks_nor_loses() -> None:
    clan, who = rows.clan(), rows.user()
    store_roster(clan, roster(1, 2), at=NOW)
    player = player_of(1)
    with transaction.atomic():
        link_player(player, who, at=SOON)
        sync = Background(lambda: store_roster(clan, roster(1, clan_member(2, "Bia")), at=LATER))
        wait_until_somebody_waits()
    sync.join()
    assert stays(who, clan) == [("member", JOINED, None, True)]
    assert player_of(2).nickname == "Bia"
