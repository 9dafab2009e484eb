"""The pages of clans of DayZ, as leader, member, invited person and stranger."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clans.models import Clan, ClanInvitation, ClanMembership, User
from clans.services import own_clans
from territory.pages.clans import views
from territory.tests.factories import join, make_base, make_player, make_server, make_user
from territory.tests.pages.members import Browser, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def leader() -> User:
    return make_player("Ana")


@pytest.fixture
def clan(leader: User) -> Clan:
    return own_clans.found_clan(leader, "Os Garimpeiros", "OURO", at=timezone.now() - timedelta(days=3))


def page_of(clan: Clan, person: User, status: int = 200) -> str:
    return words_of(Browser(person).get(f"/clans/{clan.pk}/", status=status))


def act(clan: Clan, person: User, act: str, status: int = 200, **given: Any) -> str:
    return words_of(Browser(person).post(f"/clans/{clan.pk}/", {"act": act} | given, status=status))


def end(clan: Clan, person: User, stay: ClanMembership, status: int = 200) -> str:
    return words_of(Browser(person).post(f"/clans/{clan.pk}/members/{stay.pk}/end/", status=status))


def members(clan: Clan) -> set[str]:
    stays = own_clans.stays_in_force(at=timezone.now()).filter(clan=clan)
    return set(stays.values_list("user__username", flat=True))


def test_anybody_founds_a_clan_and_leads_it() -> None:
    person = make_user("bia")
    assert "Invite your people" in words_of(Browser(person).post("/clans/", {"name": "TXS", "tag": "TXS"}))
    assert own_clans.leads(person, Clan.objects.get(name="TXS"), at=timezone.now())


@pytest.mark.parametrize("name", ["", " ", "x", "\u200b\u200b\u200b", "os garimpeiros", "y" * 61])
def test_a_name_that_is_none_or_taken_is_refused(clan: Clan, name: str) -> None:
    Browser(make_user()).post("/clans/", {"name": name})
    assert Clan.objects.count() == 1


def test_a_friend_is_invited_by_gamertag_and_accepts(clan: Clan, leader: User) -> None:
    assert "Nobody here is known by that gamertag" in act(clan, leader, "invite", friend="Bia")
    browser = Browser(make_player("Bia"))
    assert "is invited" in act(clan, leader, "invite", friend="bia")
    assert members(clan) == {"Ana"}
    assert "1 clan invites you." in words_of(browser.get("/clans/"))
    browser.post(f"/clans/invitations/{ClanInvitation.objects.get().pk}/answer/", {"act": "accept"})
    assert members(clan) == {"Ana", "Bia"}
    assert "Bia joined" in page_of(clan, leader)


def test_an_invitation_is_declined_and_is_nobody_elses(clan: Clan, leader: User) -> None:
    browser = Browser(make_player("Bia"))
    act(clan, leader, "invite", friend="Bia")
    address = f"/clans/invitations/{ClanInvitation.objects.get().pk}/answer/"
    Browser(make_user()).post(address, {"act": "accept"}, status=404)
    assert "Invitation declined" in words_of(browser.post(address, {"act": "decline"}))
    browser.post(address, {"act": "accept"}, status=404)
    act(clan, leader, "invite", friend="Bia")
    again = ClanInvitation.objects.latest("pk")
    assert "Invitation taken back." in act(clan, leader, "take-back", invitation=again.pk)
    act(clan, leader, "take-back", 404, invitation="x")
    assert members(clan) == {"Ana"}


def test_a_link_is_shown_once_and_works_once(clan: Clan, leader: User) -> None:
    browser = Browser(leader)
    page = browser.post(f"/clans/{clan.pk}/", {"act": "link"})
    link = re.search(r"http://testserver(/clans/invitations/[^\"]+)", page)[1]  # type: ignore[index]
    assert link not in browser.get(f"/clans/{clan.pk}/")
    assert Client().get(link).status_code == 302
    first = Browser(make_user("bia"))
    assert "invites you to" in words_of(first.get(link))
    first.post(link)
    assert "This invitation is over" in words_of(Browser(make_user("caio")).post(link))
    assert members(clan) == {"Ana", "bia"}


def test_a_leader_promotes_demotes_and_removes(clan: Clan, leader: User) -> None:
    bia = make_player("Bia")
    stay = join(clan, bia)
    assert "leads the clan now" in act(clan, leader, "promote", member=stay.pk)
    assert own_clans.leads(bia, clan, at=timezone.now())
    assert "no longer leads" in act(clan, leader, "demote", member=stay.pk)
    address = f"/clans/{clan.pk}/members/{stay.pk}/end/"
    assert "Remove Bia from" in words_of(Browser(leader).get(address))
    end(clan, leader, stay)
    assert members(clan) == {"Ana"}


def test_a_member_leaves_and_the_last_leader_is_told_why_not(clan: Clan, leader: User) -> None:
    bia = make_player("Bia")
    stay, own = join(clan, bia), ClanMembership.objects.get(user=leader)
    assert "To leave, make somebody else a leader first." in page_of(clan, leader)
    asked = Browser(leader).get(f"/clans/{clan.pk}/members/{own.pk}/end/")
    assert "You cannot leave [OURO] Os Garimpeiros yet You are its only leader" in words_of(asked)
    assert "<button" not in asked.partition("<main")[2].partition("</main>")[0]
    assert "A clan needs a leader" in end(clan, leader, own)
    assert members(clan) == {"Ana", "Bia"}
    address = f"/clans/{clan.pk}/members/{stay.pk}/end/"
    assert "From now on you build" in words_of(Browser(bia).get(address))
    end(clan, bia, stay)
    assert members(clan) == {"Ana"}
    end(clan, leader, own)
    assert members(clan) == set()


def test_members_change_nothing_and_strangers_see_nothing(clan: Clan, leader: User) -> None:
    bia, stranger = make_player("Bia"), make_user()
    stay, own = join(clan, bia), ClanMembership.objects.get(user=leader)
    other = own_clans.found_clan(stranger, "Outro", at=timezone.now())
    assert "Invite" not in page_of(clan, bia)
    for person in (bia, stranger):
        for what in ("invite", "link", "promote", "demote", "take-back"):
            act(clan, person, what, 404, member=own.pk, friend="Bia")
        end(clan, person, own, 404)
    page_of(clan, stranger, 404)
    # A forged number of another clan's row.
    act(other, stranger, "promote", 404, member=stay.pk)
    end(other, stranger, stay, 404)
    own_clans.invite_person(clan, make_player("Caio"), by=leader, at=timezone.now())
    act(other, stranger, "take-back", 404, invitation=ClanInvitation.objects.get().pk)
    assert members(clan) == {"Ana", "Bia"}


def test_a_clan_of_world_of_tanks_is_read_only(clan: Clan, leader: User) -> None:
    Clan.objects.filter(pk=clan.pk).update(origin="eu")
    assert "The game's roster decides" in page_of(clan, leader)
    act(clan, leader, "link", 404)
    end(clan, leader, ClanMembership.objects.get(user=leader), 404)


def test_the_page_names_its_bases_and_who_lacks_a_gamertag(clan: Clan, leader: User) -> None:
    make_base(make_server(), leader, clan=clan, name="Toca")
    join(clan, make_user("sem"))
    page = page_of(clan, leader)
    for words in ("They may build in 1 base.", "Toca", "1 member without a gamertag"):
        assert words in page


def test_friends_are_looked_up_so_often_only(
    clan: Clan, leader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "_MOST_FRIENDS", 1)
    act(clan, leader, "invite", friend="x")
    act(clan, leader, "invite", 429, friend="y")


@pytest.mark.parametrize("count", [1, 30])
def test_the_number_of_queries_is_fixed(
    clan: Clan, leader: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        join(clan, make_user(f"m{number}"))
    browser = Browser(leader)
    session_and_user, community, access, selector = 2, 1, 1, 5
    with django_assert_num_queries(session_and_user + community + access + selector):
        browser.get(f"/clans/{clan.pk}/")
    with django_assert_num_queries(session_and_user + community + 2):
        browser.get("/clans/")
