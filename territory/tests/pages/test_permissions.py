"""Who may build in a base: permissions by hand and by invitation, as the owner, a base admin and friends meet them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clans.models import User
from territory.models import Base, BaseInvitation, BasePermission
from territory.pages.bases import permission_views
from territory.tests.factories import (
    join,
    make_base,
    make_clan,
    make_placement,
    make_player,
    make_server,
    make_user,
    permit,
)
from territory.tests.pages.members import Browser

pytestmark = pytest.mark.django_db
LINK = re.compile(r'id="invitation-link" readonly value="http://testserver(/bases/invitations/[^"]+)"')
GIVEN = {"friend": "", "mate": "", "level": "build", "until": ""}


@pytest.fixture
def base(db: None) -> Base:
    return make_base(make_server(name="Sul"), make_player("Ana"), name="Toca", place="atrás da igreja")


@pytest.fixture
def owner(base: Base) -> Browser:
    return Browser(base.owner)


def give(browser: Browser, base: Base, **fields: Any) -> str:
    return browser.post(f"/bases/{base.pk}/permissions/", GIVEN | fields)


# -- Given by hand ------------------------------------------------------------------------------------------------


def test_friend_is_given_a_permission_by_gamertag_and_is_told(base: Base, owner: Browser) -> None:
    bia = make_player("BiaDoNorte")
    page = give(owner, base, friend="biadonorte")
    assert "BiaDoNorte\u2069 may build from now on." in page
    assert "<b>2 people:</b> you, 1 with a permission. Everybody else is an intruder." in page
    assert BasePermission.objects.get().granted_by == base.owner
    friend = Browser(bia)
    assert "Ana\u2069 let you build in \u2068Toca" in friend.get("/")
    assert "<bdi>Ana</bdi> let you build here" in friend.get("/bases/")
    friend.get(f"/bases/{base.pk}/permissions/", status=404)


def test_unknown_discord_id_gets_a_permission_with_a_warning(base: Base, owner: Browser) -> None:
    page = give(owner, base, friend="112233445566778899")
    assert "has not signed in here yet" in page
    assert "does not protect yet" in page
    assert "Ask them to sign in here once" in page
    User.objects.filter(discord_id="112233445566778899").update(last_login=timezone.now())
    assert "Ask them to link their gamertag" in owner.get(f"/bases/{base.pk}/permissions/")


def test_clan_mate_is_chosen_from_a_list(base: Base, owner: Browser) -> None:
    clan, mate, foreign = make_clan(), make_player("Caio"), make_player("Zeca")
    join(clan, base.owner)
    join(clan, mate)
    assert "Caio" in owner.get(f"/bases/{base.pk}/permissions/")
    assert "Select a valid choice" in give(owner, base, mate=foreign.pk)
    give(
        owner, base, mate=mate.pk, level="admin", until=f"{timezone.localdate() + timedelta(days=3):%Y-%m-%d}"
    )
    permission = BasePermission.objects.get()
    assert (permission.user, permission.level) == (mate, "admin")
    assert permission.revoked_at is not None
    assert timezone.localtime(permission.revoked_at).date() == timezone.localdate() + timedelta(days=4)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Write a gamertag or a Discord id, or choose from your clan."),
        ({"friend": "Ninguem"}, "Nobody here is known by that gamertag."),
        ({"friend": "Ana"}, "The owner needs no permission."),
        ({"friend": "Bia", "level": "owner"}, "Select a valid choice"),
        ({"friend": "Bia", "until": "2001-01-01"}, "Choose today or a later day"),
        ({"friend": "Bia", "until": "2200-01-01"}, "Choose today or a later day"),
        ({"friend": "Bia", "until": "soon"}, "Enter a valid date"),
        ({"friend": "\x00"}, "Null characters are not allowed"),
    ],
)
def test_form_says_what_is_wrong(base: Base, owner: Browser, fields: dict[str, str], words: str) -> None:
    make_player("Bia")
    assert words in give(owner, base, **fields)
    assert not BasePermission.objects.exists()


def test_gamertags_are_looked_up_so_often_only(
    base: Base, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permission_views, "_MOST_FRIENDS", 1)
    give(owner, base, friend="Ninguem1")
    owner.post(f"/bases/{base.pk}/permissions/", fields=GIVEN | {"friend": "Ninguem"}, status=429)


def test_permission_is_taken_away_after_a_question_and_its_reason_is_for_those_who_manage_the_base(
    base: Base, owner: Browser
) -> None:
    permission = permit(base, bia := make_player("Bia"), granted_by=base.owner)
    address = f"/bases/{base.pk}/permissions/{permission.pk}/revoke/"
    asked = owner.get(address)
    assert "Take the permission from \u2068Bia\u2069?" in asked
    assert "The owner, the base&#x27;s admins and staff read it, and the person in the copy of" in asked
    assert "at most 200 characters" in owner.post(address, {"reason": "x" * 201})
    page = owner.post(address, {"reason": "saiu do <b>grupo</b>"})
    for words in (
        "may no longer build by permission",
        "The permission of \u2068Bia\u2069 ended",
        "“\u2068saiu do &lt;b&gt;grupo&lt;/b&gt;\u2069”",
        "<b>1 person:</b> you. Everybody else is an intruder.",
    ):
        assert words in page
    friend = Browser(bia)
    assert "grupo" not in friend.get("/") + (own := friend.get("/bases/"))
    assert "Toca" not in own
    permit(base, caio := make_player("Caio"), level="admin")
    assert "saiu do" in Browser(caio).get(f"/bases/{base.pk}/permissions/")
    owner.post(address, status=404)


def test_last_activity_of_a_friend_is_what_was_done_in_this_base_alone(base: Base, owner: Browser) -> None:
    bia, elsewhere = make_player("Bia"), make_base(base.server, make_user(), x=9000)
    permit(base, bia)
    done: dict[str, Any] = {"gamertag": "Bia", "user": bia, "outcome": "allowed", "rule": "permission"}
    minutes = timedelta(minutes=1)
    make_placement(base.server, elsewhere, **done, occurred_at=timezone.now() - 2 * minutes)
    assert "last activity here" not in owner.get(f"/bases/{base.pk}/permissions/")
    make_placement(base.server, base, **done, occurred_at=timezone.now() - 40 * minutes)
    page = owner.get(f"/bases/{base.pk}/permissions/")
    assert page.count("last activity here") == 1
    assert ">40 min ago</time>" in page.partition("last activity here")[2]


def test_base_admin_manages_permissions_but_not_the_own(base: Base) -> None:
    caio, bia = make_player("Caio"), make_player("Bia")
    end = timezone.now() + timedelta(days=1)
    own = permit(base, caio, level="admin", granted_by=base.owner, revoked_at=end)
    browser = Browser(caio)
    assert "the owner, 2 with a permission" in give(browser, base, friend="Bia")
    assert BasePermission.objects.get(user=bia).granted_by == caio
    assert "Nobody changes their own permission" in give(browser, base, friend="Caio", level="admin")
    own.refresh_from_db()
    assert own.revoked_at == end
    page = browser.post(f"/bases/{base.pk}/permissions/{own.pk}/revoke/")
    assert "You have no base yet" in page
    give_again = browser.client.post(f"/bases/{base.pk}/permissions/", GIVEN | {"friend": "Bia"})
    assert give_again.status_code == 404


def test_members_of_the_clan_are_named_once(base: Base, owner: Browser) -> None:
    clan, bia = make_clan("OURO"), make_player("Bia")
    for person in (base.owner, bia, make_player("Caio"), make_player("Duda")):
        join(clan, person)
    join(clan, make_player("Exmembro"), left_at=timezone.now() - timedelta(days=1))
    Base.objects.update(clan=clan)
    permit(base, bia)
    page = owner.get(f"/bases/{base.pk}/permissions/")
    assert "<b>4 people:</b> you, 1 with a permission, 2 by the clan <bdi>OURO</bdi>." in page
    assert "Exmembro" not in page


def test_forged_numbers_lead_nowhere(base: Base, owner: Browser) -> None:
    other = make_base(base.server, make_user(), x=9000)
    foreign = permit(other, make_user())
    invitation = BaseInvitation.objects.create(
        base=other, token_hash="x", expires_at=timezone.now() + timedelta(days=1)
    )
    for pk in (foreign.pk, 999999, 10**30):
        owner.post(f"/bases/{base.pk}/permissions/{pk}/revoke/", status=404)
        owner.post(f"/bases/{other.pk}/permissions/{pk}/revoke/", status=404)
    for pk in (invitation.pk, 999999, 10**30):
        owner.post(f"/bases/{base.pk}/invitations/{pk}/take-back/", status=404)
    owner.post(f"/bases/{other.pk}/invitations/", fields={"link-level": "build"}, status=404)
    foreign.refresh_from_db()
    invitation.refresh_from_db()
    assert (foreign.revoked_at, invitation.revoked_at) == (None, None)


def test_page_takes_the_same_queries_for_one_friend_and_for_thirty(
    base: Base, owner: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    clan = make_clan()
    Base.objects.update(clan=clan)

    def befriend(number: int) -> None:
        permit(base, make_player(f"Amigo{number}"), granted_by=base.owner)
        join(clan, make_player(f"Membro{number}"))
        BaseInvitation.objects.create(
            base=base,
            token_hash=str(number),
            expires_at=timezone.now() + timedelta(days=1),
            invited_by=base.owner,
        )

    befriend(0)
    owner.get(f"/bases/{base.pk}/permissions/")
    with django_assert_num_queries(12):
        owner.get(f"/bases/{base.pk}/permissions/")
    for number in range(1, 30):
        befriend(number)
    with django_assert_num_queries(12):
        owner.get(f"/bases/{base.pk}/permissions/")


# -- Invitations --------------------------------------------------------------------------------------------------


def make_link(browser: Browser, base: Base, **fields: str) -> str:
    given = {"link-level": "build", "link-until": ""} | {
        f"link-{name}": value for name, value in fields.items()
    }
    found = LINK.search(browser.post(f"/bases/{base.pk}/invitations/", given))
    assert found
    return found[1]


def test_friend_comes_by_an_invitation(base: Base, owner: Browser) -> None:
    address = make_link(owner, base, level="admin")
    assert not LINK.search(owner.get(f"/bases/{base.pk}/permissions/")), "the link is shown once"
    assert (
        Browser(None).client.get(address)["Location"].startswith("/accounts/login/?next=/bases/invitations/")
    )
    bia = Browser(make_player("Bia"))
    page = bia.get(address)
    assert "<bdi>Ana</bdi> invites you to build in <bdi>Toca</bdi>" in page
    for secret in ("igreja", "5000", "3000"):
        assert secret not in page.partition("<main")[2]
    assert not BasePermission.objects.exists()
    assert "You may build in \u2068Toca\u2069 from now on." in bia.post(address)
    permission = BasePermission.objects.get()
    assert (permission.level, permission.granted_by) == ("admin", base.owner)
    assert "You may build in Toca already" not in Browser(make_user()).get(address)


@pytest.mark.parametrize("end", ["used", "taken back", "over", "no such", "inviter left", "base removed"])
def test_invitation_that_is_over_is_one_calm_page(base: Base, owner: Browser, end: str) -> None:
    admin = make_player("Caio")
    permission = permit(base, admin, level="admin")
    address = make_link(Browser(admin), base)
    match end:
        case "used":
            Browser(make_player("Duda")).post(address)
        case "taken back":
            owner.post(f"/bases/{base.pk}/invitations/{BaseInvitation.objects.get().pk}/take-back/")
        case "over":
            BaseInvitation.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
        case "no such":
            address = "/bases/invitations/nope/"
        case "inviter left":
            owner.post(f"/bases/{base.pk}/permissions/{permission.pk}/revoke/")
        case "base removed":
            owner.post(f"/bases/{base.pk}/remove/")
    stranger = Browser(make_player("Bia"))
    page = stranger.get(address)
    assert "This invitation is over" in page
    assert "Toca" not in page
    assert "This invitation is over. Ask for a new one." in stranger.post(address)
    assert not BasePermission.objects.filter(user__username="Bia").exists()


def test_invitation_changes_nothing_for_whoever_may_already(base: Base, owner: Browser) -> None:
    address = make_link(owner, base)
    admin = make_player("Caio")
    permit(base, admin, level="admin")
    for browser in (owner, Browser(admin)):
        assert "You may build in Toca already" in browser.get(address)
        browser.post(address)
    assert BasePermission.objects.get().level == "admin"
    assert BaseInvitation.objects.get().accepted_at is None


def test_link_with_an_end_gives_a_permission_with_that_end(base: Base, owner: Browser) -> None:
    until = timezone.localdate() + timedelta(days=10)
    address = make_link(owner, base, until=f"{until:%Y-%m-%d}")
    Browser(make_player("Bia")).post(address)
    revoked_at = BasePermission.objects.get().revoked_at
    assert revoked_at is not None
    assert timezone.localtime(revoked_at).date() == until + timedelta(days=1)
    assert "Choose today or a later day" in owner.post(
        f"/bases/{base.pk}/invitations/", {"link-level": "build", "link-until": "2001-01-01"}
    )


def test_invitation_that_is_refused_is_said_in_the_form(
    base: Base, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("territory.services.permissions.MOST_INVITATIONS", 0)
    page = owner.post(f"/bases/{base.pk}/invitations/", {"link-level": "build"})
    assert "There are too many open invitations." in page
    assert not LINK.search(page)
