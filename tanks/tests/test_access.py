from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clans.models import Clan, ClanMembership, User
from tanks.access import ClanAccess, clan_accesses, sees_every_clan, visible_players
from tanks.models import Player, SyncedClan
from tanks.services.links import follow_game, link_player
from tanks.tests.factories import rows

pytestmark = pytest.mark.django_db
SEEN = {"nothing": (), "own": ((0, False),), "all": ((0, True),), "every": ((0, True), (1, True))}


@pytest.fixture
def clans() -> list[SyncedClan]:
    """Two synced clans, and one without a game, which has no pages here."""
    Clan.objects.create(name="Aldeia")
    return [rows.clan(name="Lobos"), rows.clan(name="Onças")]


def visitor(kind: str, clan: SyncedClan) -> User | AnonymousUser:
    return rows.visitor(kind, clan) or AnonymousUser()


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        ("anonymous", "nothing"),
        ("stranger", "nothing"),
        ("former", "nothing"),
        ("member", "own"),
        ("commander", "all"),
        ("staff", "nothing"),
        ("overseer", "every"),
        ("superuser", "every"),
    ],
)
def test_visitor_sees_the_clans_of_the_role(clans: list[SyncedClan], kind: str, seen: str) -> None:
    found = [(access.clan, access.is_commander) for access in clan_accesses(visitor(kind, clans[0]))]
    assert found == [(clans[place], commands) for place, commands in SEEN[seen]]


def test_person_in_several_clans_has_each_ones_role_and_none_without_a_game(clans: list[SyncedClan]) -> None:
    who = rows.user()
    rows.member(who, clans[0])
    rows.member(who, clans[1], rows.COMMANDER)
    rows.member(who, Clan.objects.get(name="Aldeia"), rows.COMMANDER)
    assert [access.is_commander for access in clan_accesses(who)] == [False, True]


@pytest.mark.parametrize("kind", ["member", "commander", "overseer", "superuser"])
def test_inactive_account_sees_nothing(clans: list[SyncedClan], kind: str) -> None:
    who = visitor(kind, clans[0])
    assert isinstance(who, User)
    who.is_active = False
    who.save()
    who = User.objects.get(pk=who.pk)
    assert not sees_every_clan(who)
    assert clan_accesses(who) == []


@pytest.mark.parametrize(
    ("joined", "left", "sees"),
    [
        pytest.param(timedelta(days=-1), None, True, id="open"),
        pytest.param(timedelta(days=-2), timedelta(days=-1), False, id="over"),
        pytest.param(timedelta(days=-1), timedelta(days=1), True, id="ends-tomorrow"),
        pytest.param(timedelta(days=1), None, False, id="begins-tomorrow"),
    ],
)
def test_stay_opens_the_clan_while_it_is_in_force(
    clans: list[SyncedClan], joined: timedelta, left: timedelta | None, *, sees: bool
) -> None:
    who, now = rows.user(), timezone.now()
    rows.member(who, clans[0], joined_at=now + joined, left_at=left and now + left)
    assert bool(clan_accesses(who)) is sees


@pytest.mark.parametrize("first", [rows.COMMANDER, "member"])
def test_two_stays_in_force_have_the_rights_of_the_higher(clans: list[SyncedClan], first: str) -> None:
    # Staff wrote down an end ahead, and the game began a stay of its own.
    who, tomorrow = rows.user(), timezone.now() + timedelta(days=1)
    second = "member" if first == rows.COMMANDER else rows.COMMANDER
    rows.member(who, clans[0], first, left_at=tomorrow)
    rows.member(who, clans[0], second)
    assert [access.is_commander for access in clan_accesses(who)] == [True]


def test_players_are_visible_to_themselves_and_all_of_a_clan_to_its_commander(
    clans: list[SyncedClan],
) -> None:
    who = rows.user()
    bia, ana = rows.player(clans[0], "Bia"), rows.player(clans[0], "ana", user=who)
    rows.player(clans[1], "Ana 2", user=who)
    member, commander = (ClanAccess(clans[0], commands, may_sync=False) for commands in (False, True))
    assert visible_players(who, member) == {ana.pk: "ana"}
    assert visible_players(AnonymousUser(), member) == {}
    assert list(visible_players(who, commander).items()) == [(ana.pk, "ana"), (bia.pk, "Bia")]


# The role in the game, whether the account is only claimed, the role that staff gave, and whether the person commands.
ACCOUNTS: dict[str, tuple[str, bool, str, list[bool]]] = {
    "linked-commander": ("commander", False, "", [True]),
    "linked-recruit": ("recruit", False, "", [False]),
    "linked-without-a-role": ("", False, "", [False]),
    "claim-alone-opens-nothing": ("commander", True, "", []),
    "claim-with-less-given": ("commander", True, "member", [False]),
    "claim-with-both": ("commander", True, rows.COMMANDER, [True]),
    "claim-with-less-in-the-game": ("private", True, rows.COMMANDER, [False]),
}


@pytest.mark.parametrize(("role", "is_claim", "given", "commands"), ACCOUNTS.values(), ids=ACCOUNTS)
def test_account_in_the_game_opens_the_clan_and_a_claim_no_more_than_staff_gave(
    clans: list[SyncedClan], role: str, given: str, commands: list[bool], *, is_claim: bool
) -> None:
    who = rows.user()
    player = rows.player(clans[0], "Ana", user=None if is_claim else who, role=role)
    if is_claim:
        rows.claim(who, player)
    if given:
        rows.member(who, clans[0], given)
    assert [access.is_commander for access in clan_accesses(who)] == commands


def test_stay_opens_nothing_to_whose_player_is_known_to_have_left(clans: list[SyncedClan]) -> None:
    who = rows.user()
    ana = rows.player(clans[0], "Ana", user=who)
    rows.player(clans[0], "Bia")
    rows.member(who, clans[0], rows.COMMANDER)
    Player.objects.filter(pk=ana.pk).update(clan=None)
    assert clan_accesses(who) == []


def test_clan_that_a_claimed_account_left_is_closed_to_who_was_given_a_stay(clans: list[SyncedClan]) -> None:
    who, ana = rows.user(), rows.player(clans[0], "Ana")
    rows.player(clans[0], "Bia")
    rows.claim(who, ana)
    rows.member(who, clans[0])
    assert len(clan_accesses(who)) == 1
    Player.objects.filter(pk=ana.pk).update(clan=clans[1])
    assert clan_accesses(who) == []


@pytest.mark.parametrize(("in_game", "by_hand"), [("private", rows.COMMANDER), ("commander", "member")])
def test_role_given_by_hand_wins_until_the_player_leaves(
    clans: list[SyncedClan], in_game: str, by_hand: str
) -> None:
    who, ana = rows.user(), rows.player(clans[0], "Ana", role=in_game)
    rows.player(clans[0], "Bia")
    link_player(ana, who, at=timezone.now())
    ClanMembership.objects.update(role=by_hand, role_by_hand=True)
    follow_game(clans[0], at=timezone.now())
    assert ClanMembership.objects.get().role == by_hand
    assert [access.is_commander for access in clan_accesses(who)] == [by_hand == rows.COMMANDER]
    Player.objects.filter(pk=ana.pk).update(clan=None)
    assert clan_accesses(who) == []


def test_stay_opens_a_clan_whose_roster_was_never_read(clans: list[SyncedClan]) -> None:
    who = rows.user()
    ana = rows.player(clans[0], "Ana", user=who)
    Player.objects.filter(pk=ana.pk).update(clan=None)
    rows.member(who, clans[0], rows.COMMANDER)
    assert [access.is_commander for access in clan_accesses(who)] == [True]


@pytest.mark.parametrize(
    ("kind", "may_sync"), [("overseer", False), ("superuser", True), ("commander", True), ("member", False)]
)
def test_view_of_all_clans_is_no_right_to_sync_them(
    clans: list[SyncedClan], kind: str, *, may_sync: bool
) -> None:
    assert {access.may_sync for access in clan_accesses(visitor(kind, clans[0]))} == {may_sync}


@pytest.mark.parametrize("more", [0, 2])
def test_clans_are_found_in_four_queries(
    clans: list[SyncedClan], more: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    who = rows.user()
    for clan in [*clans, *(rows.clan(name=f"Clã {number}") for number in range(more))]:
        rows.member(who, clan)
    with django_assert_num_queries(4):
        assert [access.clan.realm for access in clan_accesses(who)] == [clans[0].realm] * (2 + more)
