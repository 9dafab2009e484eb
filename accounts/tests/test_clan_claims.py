"""The page of a clan's claims and people: who may open it, what it says, what is decided there."""

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.tests.people import browser_of, staff_with
from clans.models import AccountLink, ClanMembership, User
from clans.services.account_links import refuse
from tanks.models import Player, RosterEvent, SyncedClan
from tanks.services.links import follow_game, link_player
from tanks.tests.factories import rows

pytestmark = pytest.mark.django_db
URL = "/clan/claims/"


@pytest.fixture
def clan() -> SyncedClan:
    return rows.clan()


def commander(clan: SyncedClan, role: str = "executive_officer") -> User:
    """A person who commands by an account of the game."""
    person = rows.user()
    rows.player(clan, user=person, role=role)
    follow_game(clan, at=timezone.now())
    return person


def decide(person: User, act: str, clan: SyncedClan | None = None, **values: object) -> HttpResponse:
    address = f"{URL}?clan={clan.pk}" if clan else URL
    return browser_of(person).post(address, {"act": act, **values}, follow=True)  # type: ignore[return-value]


def read(person: User, clan: SyncedClan | None = None) -> str:
    return browser_of(person).get(f"{URL}?clan={clan.pk}" if clan else URL).content.decode()


# -- Access -------------------------------------------------------------------------------------------------------


def test_only_who_commands_finds_it_and_only_of_the_own_clan(clan: SyncedClan) -> None:
    other = rows.clan("Outro")
    member, claimed = rows.user(), rows.user()
    rows.player(clan, user=member)
    rows.claim(claimed, rows.player(clan, role="commander"))
    follow_game(clan, at=timezone.now())
    for person in (rows.user(), member, claimed, staff_with("view_garagetank"), staff_with()):
        assert browser_of(person).get(URL).status_code == 404
    chief = commander(clan)
    for person, expected in ((chief, 200), (commander(other), 404), (staff_with("view_accountlink"), 200)):
        assert browser_of(person).get(f"{URL}?clan={clan.pk}").status_code == expected
    assert browser_of(chief).get(f"{URL}?clan={other.pk}").status_code == 404
    assert browser_of(chief).get(f"{URL}?clan=x").status_code == 404
    assert browser_of(None).get(URL).status_code == 302


def test_claim_is_decided_by_its_own_clan_or_by_staff_with_the_right(clan: SyncedClan) -> None:
    other = rows.clan("Outro")
    player = rows.player(clan)
    link = rows.claim(rows.user("ana"), player)
    viewer = staff_with("view_accountlink", "view_garagetank")
    for person, of in ((commander(other), clan), (commander(other), other), (viewer, clan)):
        for act in ("confirm", "refuse", "promote"):
            values = {"link": link.pk, "player": player.pk, "reason": "x"}
            assert decide(person, act, of, **values).status_code == 404
    link.refresh_from_db()
    assert link.state == "claimed"
    manager = staff_with("view_accountlink", "change_accountlink")
    assert decide(manager, "confirm", clan, link=link.pk).status_code == 200
    link.refresh_from_db()
    assert (link.state, link.proof, link.decided_by) == ("proven", "staff", manager)


def test_what_is_no_claim_of_the_clan_is_not_there(clan: SyncedClan) -> None:
    chief, own = browser_of(commander(clan)), Player.objects.get().pk
    for odd in ("", "x", "0", "99999999", "9" * 30, "²"):
        for act in ("confirm", "refuse", "promote"):
            given = {"act": act, "link": odd, "player": odd}
            assert chief.post(URL, given).status_code == 404, given
    for act in ("", "nonsense"):
        assert chief.post(URL, {"act": act, "player": own}).status_code == 404


def test_navigation_leads_there_whoever_commands(clan: SyncedClan) -> None:
    chief, demoted, member = commander(clan), commander(clan), rows.user()
    rows.player(clan, user=member)
    follow_game(clan, at=timezone.now())
    ClanMembership.objects.filter(user=demoted).update(role="member", role_by_hand=True)
    promoted = rows.user()
    rows.player(clan, user=promoted)
    rows.member(promoted, clan, "commander", role_by_hand=True, follows_game=True)
    rows.claim(rows.user(), rows.player(clan))
    rows.claim(rows.user(), rows.player(rows.clan("Outro")))
    viewer = staff_with("view_accountlink")
    for person, waits in ((chief, 1), (promoted, 1), (viewer, 2), (demoted, 0), (member, 0)):
        page = browser_of(person).get("/tanks/").content.decode()
        assert (URL in page, f">{waits}<span" in page) == (bool(waits), bool(waits)), person
        assert browser_of(person).get(URL).status_code == (200 if waits else 404)


# -- What it says -------------------------------------------------------------------------------------------------


def test_claim_shows_who_asks_and_what_speaks_for_and_against(clan: SyncedClan) -> None:
    ana = rows.user("ana", discord_id="11")
    AccountLink.objects.filter(user=ana).update(name="ana#discord")
    player = rows.player(clan, "Nando", role="private", last_battle_at=timezone.now())
    link = rows.claim(ana, player)
    rows.claim(rows.user("bia"), player)
    rows.player(rows.clan("Outro"), "Outra_Conta", user=ana)
    before = rows.claim(ana, rows.player(clan, "Recusado"))
    refuse(before, by=rows.user(), reason="Conta de outro.", at=timezone.now())
    page = read(commander(clan))
    for words in (
        "2 claims wait", "ana#discord", "Nando", "Private", "last battle", "1 other person says the same",
        "Outra_Conta", "Conta de outro.", "no sign-in at Wargaming", "Nobody else here has this account",
    ):  # fmt: skip
        assert words in page, words
    link_player(player, rows.user("eva"), at=timezone.now())
    assert "It belongs to \u2068eva\u2069" in read(commander(clan))
    assert AccountLink.objects.get(pk=link.pk).state == "claimed"


def test_page_costs_the_same_with_more_rows(
    clan: SyncedClan, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser_of(commander(clan))
    for count in (1, 2):
        for _ in range(count):
            rows.claim(rows.user(), rows.player(clan))
            rows.player(clan, user=rows.user())
        with django_assert_num_queries(18):
            client.get(URL)


# -- Decisions ----------------------------------------------------------------------------------------------------


def test_commander_confirms_and_the_person_sees_the_clan(clan: SyncedClan) -> None:
    ana = rows.user("ana")
    player = rows.player(clan, "Nando")
    rows.garage_tank(player, rows.vehicle("Leopard 1"))
    link = rows.claim(ana, player)
    assert "Leopard 1" not in browser_of(ana).get("/tanks/").content.decode()
    answer = decide(chief := commander(clan), "confirm", link=link.pk)
    assert "Confirmed: \u2068Nando\u2069" in answer.content.decode()
    link.refresh_from_db()
    assert (link.state, link.proof, link.decided_by) == ("proven", "commander", chief)
    assert "Leopard 1" in browser_of(ana).get("/tanks/").content.decode()


def test_refusal_needs_a_reason_that_the_person_reads(clan: SyncedClan) -> None:
    ana, chief = rows.user("ana"), commander(clan)
    link = rows.claim(ana, rows.player(clan))
    answer = decide(chief, "refuse", link=link.pk, reason=" ")
    assert (answer.status_code, "Say why" in answer.content.decode()) == (409, True)
    decide(chief, "refuse", link=link.pk, reason="Não está no Discord.")
    link.refresh_from_db()
    assert (link.state, link.note) == ("refused", "Não está no Discord.")
    assert "Não está no Discord." in browser_of(ana).get(reverse("claim-wargaming")).content.decode()


def test_stale_page_says_what_happened(clan: SyncedClan) -> None:
    player, chief = rows.player(clan, "Nando"), commander(clan)
    link = rows.claim(rows.user("ana"), player)
    first = commander(clan)
    decide(first, "refuse", link=link.pk, reason="x")
    answer = decide(chief, "confirm", link=link.pk)
    assert (answer.status_code, first.username in answer.content.decode()) == (409, True)
    RosterEvent.objects.create(clan=clan, player=player, kind="left", occurred_at=timezone.now())
    Player.objects.filter(pk=player.pk).update(clan=None)
    answer = decide(chief, "confirm", link=link.pk)
    assert (answer.status_code, "has left the clan" in answer.content.decode()) == (409, True)


def test_commander_is_not_asked_about_himself(clan: SyncedClan) -> None:
    chief = commander(clan)
    rows.claim(chief, rows.player(clan))
    assert "somebody else decides" in read(chief)


def test_roles_are_given_by_hand_and_given_back(clan: SyncedClan) -> None:
    chief, ana = commander(clan), rows.user("ana")
    player = rows.player(clan, "Nando", user=ana)
    follow_game(clan, at=timezone.now())
    stay = ClanMembership.objects.get(user=ana)
    roles = {"promote": ("commander", True), "demote": ("member", True), "follow": ("member", False)}
    for act, expected in roles.items():
        assert decide(chief, act, player=player.pk).status_code == 200
        stay.refresh_from_db()
        assert (stay.role, stay.role_by_hand) == expected
    top = rows.player(clan, user=rows.user(), role="commander")
    own = Player.objects.get(user=chief)
    follow_game(clan, at=timezone.now())
    assert [decide(chief, "demote", player=one.pk).status_code for one in (top, own)] == [409, 409]
    manager = staff_with("view_accountlink", "change_accountlink", "change_clanmembership")
    assert decide(manager, "demote", clan, player=top.pk).status_code == 200
