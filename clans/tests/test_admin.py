from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from clans.models import Clan, ClanMembership, User

pytestmark = pytest.mark.django_db
NO_ROWS = {"player_identities-TOTAL_FORMS": "0", "player_identities-INITIAL_FORMS": "0"}
PASSWORD = {"usable_password": "true", "password1": "a-long-password", "password2": "a-long-password"}


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create(username="root", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def keeper(client: Client) -> Client:
    """Staff who may do everything with people and clans, and are no superusers."""
    user = User.objects.create(username="keeper", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label__in=["clans", "territory"]))
    client.force_login(user)
    return client


def change(person: User, **fields: Any) -> dict[str, Any]:
    blank = {"display_name": "", "discord_id": "", "email": ""}
    return {"username": person.username, "is_active": "on"} | blank | NO_ROWS | fields


@pytest.mark.parametrize("password", [PASSWORD, {"usable_password": "false"}], ids=["password", "none"])
def test_person_is_added_with_a_password_or_without(root: Client, password: dict[str, str]) -> None:
    User.objects.create(username="joana")
    given = {"username": "maria", "discord_id": "112233445566778899"} | password
    assert root.post(reverse("admin:clans_user_add"), given).status_code == 302
    person = User.objects.get(username="maria")
    assert person.discord_id == "112233445566778899"
    assert person.check_password("a-long-password") is (password is PASSWORD)
    listed = root.get(reverse("admin:clans_user_changelist"), {"q": "112233445566778899"}).content.decode()
    assert ("maria" in listed, "joana" in listed) == (True, False)


def test_keeper_of_people_sets_the_own_password_and_no_powers(keeper: Client) -> None:
    person = User.objects.get(username="keeper")
    given = change(person, is_active="", is_superuser="on", groups="", user_permissions="", display_name="Z")
    assert keeper.post(reverse("admin:clans_user_change", args=[person.pk]), given).status_code == 302
    answer = keeper.post(reverse("admin:auth_user_password_change", args=[person.pk]), PASSWORD)
    assert answer.status_code == 302
    person.refresh_from_db()
    assert (person.is_active, person.is_staff, person.is_superuser) == (True, True, False)
    assert (person.display_name, person.check_password("a-long-password")) == ("Z", True)
    assert person.user_permissions.exists()


def test_blank_discord_id_is_no_discord_id(root: Client) -> None:
    for name in ("maria", "joana"):
        person = User.objects.create(username=name)
        answer = root.post(reverse("admin:clans_user_change", args=[person.pk]), change(person))
        assert answer.status_code == 302
        person.refresh_from_db()
        assert person.discord_id is None


@pytest.mark.parametrize(
    ("by", "whom", "status"),
    [
        ("keeper", {}, 302),
        ("keeper", {"is_staff": True}, 403),
        ("keeper", {"is_superuser": True}, 403),
        ("root", {"is_staff": True, "is_superuser": True}, 302),
    ],
)
def test_people_with_powers_are_changed_by_superusers_alone(
    client: Client, request: pytest.FixtureRequest, by: str, whom: dict[str, bool], status: int
) -> None:
    request.getfixturevalue(by)
    person = User.objects.create(username="maria", **whom)
    page = reverse("admin:clans_user_change", args=[person.pk])
    given = change(person, display_name="Maria", **dict.fromkeys(whom, "on"))
    assert client.post(page, given).status_code == status
    password = reverse("admin:auth_user_password_change", args=[person.pk])
    assert client.get(password).status_code == (200 if status == 302 else 403)
    assert client.post(password, PASSWORD).status_code == status
    person.refresh_from_db()
    assert (person.display_name == "Maria", person.has_usable_password()) == ((status == 302,) * 2)


def test_member_is_added_on_the_clans_page_and_leaves_by_a_date(root: Client) -> None:
    clan, person = Clan.objects.create(name="Os Texugos", tag="TXS"), User.objects.create(username="maria")
    stay = {"user": str(person.pk), "clan": str(clan.pk), "role": "member"}
    stay |= {"joined_at_0": "2026-02-07", "joined_at_1": "19:45:00"}
    given = {"name": clan.name, "tag": clan.tag} | {
        f"memberships-0-{name}": value for name, value in stay.items()
    }
    given |= {"memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "0"}
    address = reverse("admin:clans_clan_change", args=[clan.pk])
    assert root.post(address, given).status_code == 302
    assert ClanMembership.objects.get(left_at=None).user == person


@pytest.mark.parametrize("follows_game", [True, False])
def test_stay_is_ended_by_hand_unless_it_follows_the_game(root: Client, *, follows_game: bool) -> None:
    clan, maria = Clan.objects.create(name="Lobos"), User.objects.create(username="maria")
    stay = ClanMembership.objects.create(clan=clan, user=maria, follows_game=follows_game)
    address = reverse("admin:clans_clanmembership_change", args=[stay.pk])
    page = root.get(address, headers={"accept-language": "en"}).content.decode()
    assert ("unlink the player" in page) is follows_game

    given = {"clan": clan.pk, "user": maria.pk, "role": "commander"}
    given |= {"joined_at_0": "2020-11-01", "joined_at_1": "10:00:00"}
    end = {"left_at_0": "2100-12-01", "left_at_1": "10:00:00"}
    assert root.post(address, given | end).status_code == 302

    stay.refresh_from_db()
    assert (stay.role == "commander", stay.left_at is not None) == (not follows_game,) * 2
