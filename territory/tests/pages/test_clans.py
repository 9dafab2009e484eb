"""The pages of clans of DayZ, as leader, member, invited person and stranger."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clans.models import Clan, ClanInvitation, ClanMembership, User
from clans.services import own_clans
from territory.tests.factories import join, make_base, make_clan, make_player, make_server, make_user

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>\u202e\"'&"


@pytest.fixture
def leader() -> User:
    return make_player("Ana")


@pytest.fixture
def clan(leader: User) -> Clan:
    return own_clans.found_clan(leader, "Os Garimpeiros", "OURO", at=timezone.now() - timedelta(days=3))


def browser(person: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def words(answer: Any) -> str:
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>|[\u2068\u2069]", " ", main))


def page_of(clan: Clan, person: User) -> str:
    return words(browser(person).get(reverse("dayz-clan", args=[clan.pk])))


def act(clan: Clan, person: User, act: str, **given: Any) -> Any:
    return browser(person).post(reverse("dayz-clan", args=[clan.pk]), {"act": act} | given, follow=True)


def members(clan: Clan) -> set[str]:
    stays = own_clans.stays_in_force(at=timezone.now()).filter(clan=clan)
    return {stay.user.username for stay in stays.select_related("user")}


def test_anybody_founds_a_clan_and_leads_it() -> None:
    person = make_user("bia")
    answer = browser(person).post(reverse("dayz-clans"), {"name": "TXS", "tag": "TXS"}, follow=True)
    assert "Invite your people" in words(answer)
    assert own_clans.leads(person, Clan.objects.get(name="TXS"), at=timezone.now())


@pytest.mark.parametrize("name", ["", " ", "x", "\u200b\u200b\u200b", "os garimpeiros", "y" * 61])
def test_a_name_that_is_none_or_taken_is_refused(clan: Clan, name: str) -> None:
    answer = browser(make_user()).post(reverse("dayz-clans"), {"name": name})
    assert (answer.status_code, Clan.objects.count()) == (200, 1)


def test_a_friend_is_invited_by_gamertag_and_accepts(clan: Clan, leader: User) -> None:
    friend = make_player("Bia")
    assert "is invited" in words(act(clan, leader, "invite", friend="bia"))
    assert members(clan) == {"Ana"}
    client = browser(friend)
    assert "1 clan invites you." in words(client.get(reverse("dayz-clans")))
    invitation = ClanInvitation.objects.get()
    client.post(reverse("clan-invitation-answer", args=[invitation.pk]), {"act": "accept"})
    assert members(clan) == {"Ana", "Bia"}
    assert "Bia joined" in page_of(clan, leader)


def test_an_invitation_is_declined_and_is_nobody_elses(clan: Clan, leader: User) -> None:
    friend, stranger = make_player("Bia"), make_user()
    act(clan, leader, "invite", friend="Bia")
    address = reverse("clan-invitation-answer", args=[ClanInvitation.objects.get().pk])
    assert browser(stranger).post(address, {"act": "accept"}).status_code == 404
    assert "Invitation declined" in words(browser(friend).post(address, {"act": "decline"}, follow=True))
    assert browser(friend).post(address, {"act": "accept"}).status_code == 404
    assert members(clan) == {"Ana"}


def test_an_unknown_gamertag_is_said_in_the_form(clan: Clan, leader: User) -> None:
    assert "Nobody here is known by that gamertag" in words(act(clan, leader, "invite", friend="ninguém"))


def test_a_link_is_shown_once_and_works_once(clan: Clan, leader: User) -> None:
    client = browser(leader)
    page = client.post(reverse("dayz-clan", args=[clan.pk]), {"act": "link"}, follow=True).content.decode()
    link = re.search(r"http://testserver(/clans/invitations/[^\"]+)", page)[1]  # type: ignore[index]
    assert link not in client.get(reverse("dayz-clan", args=[clan.pk])).content.decode()
    first, second = make_user("bia"), make_user("caio")
    assert Client().get(link).status_code == 302
    assert "invites you to" in words(browser(first).get(link))
    browser(first).post(link)
    assert "This invitation is over" in words(browser(second).post(link))
    assert members(clan) == {"Ana", "bia"}


def test_a_leader_promotes_demotes_and_removes(clan: Clan, leader: User) -> None:
    bia = make_player("Bia")
    stay = join(clan, bia)
    assert "leads the clan now" in words(act(clan, leader, "promote", member=stay.pk))
    assert own_clans.leads(bia, clan, at=timezone.now())
    assert "no longer leads" in words(act(clan, leader, "demote", member=stay.pk))
    address = reverse("clan-end", args=[clan.pk, stay.pk])
    assert "Remove Bia from" in words(browser(leader).get(address))
    browser(leader).post(address)
    stay.refresh_from_db()
    assert stay.left_at is not None
    assert members(clan) == {"Ana"}


def test_a_member_leaves_and_the_last_leader_is_told_why_not(clan: Clan, leader: User) -> None:
    bia = make_player("Bia")
    stay, own = join(clan, bia), ClanMembership.objects.get(user=leader)
    end = reverse("clan-end", args=[clan.pk, own.pk])
    assert "To leave, make somebody else a leader first." in page_of(clan, leader)
    asked = browser(leader).get(end)
    assert "You cannot leave [OURO] Os Garimpeiros yet You are its only leader" in words(asked)
    main = asked.content.decode().partition("<main")[2].partition("</main>")[0]
    assert "<button" not in main
    assert "A clan needs a leader" in words(browser(leader).post(end, follow=True))
    assert members(clan) == {"Ana", "Bia"}
    assert "From now on you build" in words(browser(bia).get(reverse("clan-end", args=[clan.pk, stay.pk])))
    browser(bia).post(reverse("clan-end", args=[clan.pk, stay.pk]))
    assert members(clan) == {"Ana"}
    browser(leader).post(reverse("clan-end", args=[clan.pk, own.pk]))
    assert members(clan) == set()


def test_members_change_nothing_and_strangers_see_nothing(clan: Clan, leader: User) -> None:
    bia, stranger = make_player("Bia"), make_user()
    stay, own = join(clan, bia), ClanMembership.objects.get(user=leader)
    other = own_clans.found_clan(stranger, "Outro", at=timezone.now())
    assert "Invite" not in page_of(clan, bia)
    for person in (bia, stranger):
        for what in ("invite", "link", "promote", "demote", "take-back"):
            assert act(clan, person, what, member=own.pk, friend="Bia").status_code == 404
        assert browser(person).post(reverse("clan-end", args=[clan.pk, own.pk])).status_code == 404
    assert browser(stranger).get(reverse("dayz-clan", args=[clan.pk])).status_code == 404
    # A forged number of another clan's row.
    assert act(other, stranger, "promote", member=stay.pk).status_code == 404
    assert browser(stranger).post(reverse("clan-end", args=[other.pk, stay.pk])).status_code == 404
    assert members(clan) == {"Ana", "Bia"}


def test_a_clan_of_world_of_tanks_is_read_only(clan: Clan, leader: User) -> None:
    Clan.objects.filter(pk=clan.pk).update(origin="eu")
    own = ClanMembership.objects.get(user=leader)
    assert "The game's roster decides" in page_of(clan, leader)
    assert act(clan, leader, "link").status_code == 404
    assert browser(leader).post(reverse("clan-end", args=[clan.pk, own.pk])).status_code == 404
    assert browser(make_user()).get(reverse("dayz-clan", args=[clan.pk])).status_code == 404


def test_the_page_names_its_bases_and_who_lacks_a_gamertag(clan: Clan, leader: User) -> None:
    make_base(make_server(), leader, clan=clan, name="Toca")
    join(clan, make_user("sem"))
    page = page_of(clan, leader)
    assert "They may build in 1 base." in page
    assert "Toca" in page
    assert "1 member without a gamertag" in page


def test_friends_are_looked_up_thirty_times_a_quarter(clan: Clan, leader: User) -> None:
    statuses = {act(clan, leader, "invite", friend=f"x{number}").status_code for number in range(31)}
    assert statuses == {200, 429}


def test_hostile_names_are_text() -> None:
    person = make_user(display_name=HOSTILE)
    clan = make_clan(HOSTILE)
    join(clan, person, role="commander")
    for address in (reverse("dayz-clans"), reverse("dayz-clan", args=[clan.pk])):
        assert "<script>alert" not in browser(person).get(address).content.decode()


@pytest.mark.parametrize("count", [1, 30])
def test_the_number_of_queries_is_fixed(
    clan: Clan, leader: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        join(clan, make_user(f"m{number}"))
    client = browser(leader)
    session_and_user, community, access, selector = 2, 1, 1, 5
    with django_assert_num_queries(session_and_user + community + access + selector):
        client.get(reverse("dayz-clan", args=[clan.pk]))
    with django_assert_num_queries(session_and_user + community + 2):
        client.get(reverse("dayz-clans"))
