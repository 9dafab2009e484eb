"""Decisions about links that wait: once, by somebody else, and with all that follows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from functools import partial

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.utils import timezone

from accounts.services.deciding import change_role, confirm_player, give_account, refuse_link
from clans.models import AccountLink, ClanMembership, User
from clans.services.account_links import claim, dispute, prove
from common.errors import NotPossibleError
from tanks.access import clan_accesses
from tanks.models import Player, SyncedClan
from tanks.services.links import follow_game, link_player
from tanks.services.roster import store_roster
from tanks.tests.factories import rows
from tanks.tests.factories.answers import clan_member, disbanded, roster
from territory.models import PlayerIdentity
from territory.models.server import Platform
from territory.services.linking import gamertag_key, link_player_id
from territory.tests.factories import make_player, make_user, player_id

pytestmark = pytest.mark.django_db
Kind, Proof, Role = AccountLink.Kind, AccountLink.Proof, ClanMembership.Role
NOW = timezone.now()
LATER = NOW + timedelta(minutes=20)
DECISIONS: tuple[Callable[..., object], ...] = (give_account, refuse_link)


@pytest.fixture
def clan() -> SyncedClan:
    return rows.clan()


def states(**of: object) -> list[tuple[str, str, str, str]]:
    """Return links as (person, kind, state, proof)."""
    links = AccountLink.objects.filter(**of).order_by("user__username", "kind", "key")
    return list(links.values_list("user__username", "kind", "state", "proof"))


def sees(user: User) -> list[tuple[str, bool]]:
    return [(str(one.clan.tag), one.is_commander) for one in clan_accesses(user)]


# -- A clan's claims ----------------------------------------------------------------------------------------------


def test_confirmation_opens_the_clan_by_the_role_of_the_game_until_the_player_leaves(
    clan: SyncedClan,
) -> None:
    players = {number: clan_member(number, role="private") for number in range(1, 11)}
    store_roster(clan, roster(*players.values()), at=NOW)
    ana, chief = rows.user("ana"), rows.commander(clan)
    player = Player.objects.get(account_id=1)
    link = rows.claim(ana, player)
    assert sees(ana) == []
    confirm(link, clan, chief)
    assert (sees(ana), states(user=ana)) == ([("LBCR", False)], [("ana", "wargaming", "proven", "commander")])
    store_roster(clan, roster(clan_member(1, role="executive_officer"), *range(2, 11)), at=LATER)
    assert sees(ana) == [("LBCR", True)]
    store_roster(clan, roster(*range(2, 11)), at=LATER)
    assert sees(ana) == []


def test_disbanding_takes_the_pages_away(clan: SyncedClan) -> None:
    ana = rows.user("ana")
    confirm(rows.claim(ana, rows.player(clan)), clan)
    for moment in (NOW, LATER):
        store_roster(clan, disbanded(), at=moment)
    assert sees(ana) == []
    assert not ClanMembership.objects.filter(user=ana, left_at=None).exists()


def confirm(link: AccountLink, clan: SyncedClan, by: User | None = None) -> None:
    confirm_player(link, clan, by=by or rows.commander(clan), proof=Proof.COMMANDER, at=timezone.now())


def test_nobody_confirms_themselves(clan: SyncedClan) -> None:
    chief = rows.commander(clan)
    link = rows.claim(chief, rows.player(clan))
    with pytest.raises(NotPossibleError):
        confirm(link, clan, chief)
    for decide in DECISIONS:
        with pytest.raises(NotPossibleError):
            decide(link, by=chief, reason="x", at=NOW)


def test_other_claim_on_a_player_who_was_given_goes_on_waiting(clan: SyncedClan) -> None:
    player = rows.player(clan)
    ana, bia = (rows.claim(rows.user(name), player) for name in ("ana", "bia"))
    confirm(ana, clan)
    with pytest.raises(NotPossibleError, match="ana"):
        confirm(bia, clan)
    bias = ("bia", "wargaming", "claimed", "")
    assert states(key=player.link_key) == [("ana", "wargaming", "proven", "commander"), bias]


def test_player_who_left_is_not_confirmed(clan: SyncedClan) -> None:
    player = rows.player(clan)
    link = rows.claim(rows.user("ana"), player)
    Player.objects.update(clan=None)
    with pytest.raises(NotPossibleError):
        confirm(link, clan)
    assert states() == [("ana", "wargaming", "claimed", "")]


def test_second_decision_is_told_who_decided(clan: SyncedClan) -> None:
    link = rows.claim(rows.user("ana"), rows.player(clan))
    chief = rows.commander(clan)
    refuse_link(link, by=chief, reason="Não conheço.", at=NOW)
    with pytest.raises(NotPossibleError, match=chief.username):
        confirm(link, clan)
    AccountLink.objects.all().delete()
    with pytest.raises(NotPossibleError):
        refuse_link(link, by=chief, reason="x", at=NOW)


def at_once(*acts: Callable[[], object]) -> list[bool]:
    """Do acts at the same time, each in a thread with a connection of its own; return which were possible."""

    def possible(act: Callable[[], object]) -> bool:
        try:
            act()
        except NotPossibleError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(possible, acts))


@pytest.mark.django_db(transaction=True)
def test_of_two_commanders_at_once_one_decides() -> None:
    clan = rows.clan()
    link, chiefs = rows.claim(rows.user("ana"), rows.player(clan)), [rows.commander(clan) for _ in range(4)]
    assert sum(at_once(*(partial(confirm, link, clan, chief) for chief in chiefs))) == 1
    assert states() == [("ana", "wargaming", "proven", "commander")]


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_claim_one_account_at_once_one_gets_it() -> None:
    clan = rows.clan()
    player, chief = rows.player(clan), rows.commander(clan)
    claims = [rows.claim(rows.user(name), player) for name in ("ana", "bia", "eva")]
    assert sum(at_once(*(partial(confirm, link, clan, chief) for link in claims))) == 1
    assert sorted(state for _who, _kind, state, _proof in states()) == ["claimed", "claimed", "proven"]


@pytest.mark.django_db(transaction=True)
def test_player_who_leaves_while_the_claim_is_confirmed_leaves_no_right_behind() -> None:
    clan = rows.clan()
    store_roster(clan, roster(*range(1, 11)), at=NOW)
    ana, chief = rows.user("ana"), rows.commander(clan)
    link = rows.claim(ana, Player.objects.get(account_id=1))
    others = roster(*range(2, 11))
    at_once(partial(confirm, link, clan, chief), lambda: store_roster(clan, others, at=LATER))
    store_roster(clan, others, at=LATER)
    assert sees(ana) == []
    assert not ClanMembership.objects.filter(user=ana, left_at=None).exists()


# -- Roles by hand ------------------------------------------------------------------------------------------------


def test_role_by_hand_stays_whatever_the_game_says_and_follows_it_again(clan: SyncedClan) -> None:
    ana, chief = rows.user("ana"), rows.commander(clan)
    player = rows.player(clan, user=ana, account_id=1)
    follow_game(clan, at=NOW)
    change_role(player, Role.COMMANDER, by=chief, is_staff=False, at=NOW)
    assert sees(ana) == [("LBCR", True)]
    store_roster(clan, roster(clan_member(1, role="recruit")), at=LATER)
    assert sees(ana) == [("LBCR", True)]
    change_role(player, None, by=chief, is_staff=False, at=LATER)
    assert sees(ana) == [("LBCR", False)]
    assert ClanMembership.objects.get(user=ana).role == Role.MEMBER


def test_role_by_hand_counts_in_a_stay_that_staff_entered(clan: SyncedClan) -> None:
    ana = rows.user("ana")
    rows.member(ana, clan)
    player = rows.player(clan, user=ana, role="private")
    change_role(player, Role.COMMANDER, by=rows.commander(clan), is_staff=False, at=NOW)
    assert sees(ana) == [("LBCR", True)]


@pytest.mark.parametrize(
    ("game_role", "is_own", "is_staff", "possible"),
    [
        pytest.param("executive_officer", False, False, True, id="officer-by-another"),
        pytest.param("executive_officer", True, False, False, id="oneself"),
        pytest.param("commander", False, False, False, id="commander-of-the-game"),
        pytest.param("commander", False, True, True, id="commander-of-the-game-by-staff"),
        pytest.param("commander", True, True, True, id="oneself-by-staff"),
    ],
)
def test_commander_changes_neither_the_own_role_nor_the_one_of_the_games_commander(
    clan: SyncedClan, game_role: str, *, is_own: bool, is_staff: bool, possible: bool
) -> None:
    ana = rows.user("ana")
    player = rows.player(clan, user=ana, role=game_role)
    follow_game(clan, at=NOW)
    by = ana if is_own else rows.user("bia")
    with nullcontext() if possible else pytest.raises(NotPossibleError):
        change_role(player, Role.MEMBER, by=by, is_staff=is_staff, at=NOW)
    assert sees(ana) == [("LBCR", not possible)]


# -- Staff's ------------------------------------------------------------------------------------------------------


def give(link: AccountLink, platform: Platform = Platform.XBOX) -> None:
    give_account(link, by=make_user("rui"), reason="É da Ana.", at=NOW, platform=platform)


def claim_gamertag(user: User, name: str = "Onça", xuid: str = "") -> AccountLink:
    return claim(user, Kind.GAMERTAG, gamertag_key(name), name=name, xuid=xuid)


def identities() -> list[tuple[str, str, str | None, str | None, str]]:
    shown = PlayerIdentity.objects.order_by("pk")
    return list(shown.values_list("user__username", "gamertag", "player_id", "xuid", "platform"))


def test_confirmed_gamertag_is_linked_with_its_xuid_and_console() -> None:
    give(claim_gamertag(make_user("ana"), xuid="2535400000000017"))
    assert identities() == [("ana", "Onça", None, "2535400000000017", "xbox")]
    assert states() == [("ana", "gamertag", "proven", "staff")]


def test_gamertag_of_a_known_player_moves_with_the_player_id_and_leaves_the_reason() -> None:
    make_player("Onça")
    ana = make_user("ana")
    give(claim_gamertag(ana))
    assert identities() == [("ana", "Onça", player_id("Onça"), None, "")]
    assert states(user=ana) == [("ana", "player_id", "proven", "staff")]
    assert states(user__username="Onça") == [("Onça", "gamertag", "refused", "")]
    assert AccountLink.objects.get(state="refused").note == "É da Ana."


def test_gamertag_that_nobody_was_seen_with_moves_by_its_name() -> None:
    make_player("Onça", known=False)
    ana = make_user("ana")
    give(dispute(ana, Kind.GAMERTAG, "onça", name="Onça", proof=Proof.OAUTH, at=NOW))
    assert identities() == [("ana", "Onça", None, None, "")]
    assert states(kind="gamertag", state="proven") == [("ana", "gamertag", "proven", "staff")]


def test_gamertag_that_contradicts_others_changes_nothing() -> None:
    make_player("Jaguar", xuid="2535400000000017")
    before, link = identities(), claim_gamertag(make_user("ana"), xuid="2535400000000017")
    with pytest.raises(NotPossibleError):
        give(link)
    for number in (1, 2):
        make_player(f"p{number}", gamertag="Pantera")
    with pytest.raises(NotPossibleError):
        give_account(claim_gamertag(link.user, "Pantera"), by=make_user(), reason="x", at=NOW)
    assert identities()[:1] == before
    assert sorted(states(state="claimed")) == [("ana", "gamertag", "claimed", "")] * 2


def test_player_id_moves_to_whose_proof_staff_believe() -> None:
    make_player("Onça")
    ana = make_user("ana")
    number, pc = player_id("Onça"), Platform.PC
    give(link_player_id(ana, number, gamertag="Onça", platform=pc, proof=Proof.HASH, at=NOW))
    assert identities() == [("ana", "Onça", player_id("Onça"), None, "")]
    assert states(state="proven") == [("ana", "player_id", "proven", "staff")]


def test_player_of_the_game_moves_and_the_clan_with_it(clan: SyncedClan) -> None:
    ana, bia = rows.user("ana"), rows.user("bia")
    player = rows.player(clan, role="commander", access_token="x", shares_garage=True)
    link_player(player, bia, at=NOW, proof=Proof.COMMANDER)
    assert sees(bia) == [("LBCR", True)]
    give(dispute(ana, Kind.WARGAMING, player.link_key, name="x", proof=Proof.WARGAMING, at=NOW))
    assert (sees(ana), sees(bia)) == ([("LBCR", True)], [])
    player.refresh_from_db()
    assert (player.access_token, player.shares_garage) == ("", False)
    assert not ClanMembership.objects.filter(user=bia, left_at=None).exists()


def test_discord_account_moves_with_its_sign_in() -> None:
    ana, bia = make_user("ana"), make_user("bia", discord_id="11")
    SocialAccount.objects.create(user=bia, provider="discord", uid="11")
    give(dispute(ana, Kind.DISCORD, "11", name="x", proof=Proof.OAUTH, at=NOW))
    ana.refresh_from_db()
    bia.refresh_from_db()
    assert (ana.discord_id, bia.discord_id, SocialAccount.objects.get().user) == ("11", None, ana)
    eva = make_user("eva", discord_id="12")
    link = dispute(eva, Kind.DISCORD, "11", name="x", proof=Proof.OAUTH, at=NOW)
    with pytest.raises(NotPossibleError):
        give_account(link, by=make_user(), reason="x", at=NOW)


@pytest.mark.parametrize("kind", [Kind.STEAM, Kind.XBOX])
def test_connection_moves_and_who_keeps_it_is_as_before(kind: AccountLink.Kind) -> None:
    ana, bia = make_user("ana"), make_user("bia")
    for user in (bia, ana):
        link = prove(user, kind, "76561197960287930", name="x", proof=Proof.OAUTH, at=NOW)
    refuse_link(link, by=make_user(), reason="É da Bia.", at=NOW)
    assert [state for _who, _kind, state, _proof in states()] == ["refused", "proven"]
    link = prove(ana, kind, "76561197960287930", name="x", proof=Proof.OAUTH, at=NOW)
    give(link)
    assert states() == [("ana", kind, "proven", "staff"), ("bia", kind, "refused", "")]
