"""Metres and ids as staff type them: understood in one way, or refused in words."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clans.models import User
from territory.models import Base, PlayerIdentity
from territory.tests.admin.pages import ENGLISH, enter
from territory.tests.factories import make_base, make_player, make_server, make_user, player_id

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def root(client: Client) -> None:
    enter(client, "superuser")


def test_base_in_portuguese_is_not_put_into_the_corner(client: Client) -> None:
    base = make_base(make_server(), make_user())
    given = {"server": base.server_id, "owner": base.owner_id, "name": "Toca", "z": "3000", "radius_m": "100"}
    rows = {f"{name}-{n}_FORMS": "0" for name in ("permissions", "revisions") for n in ("TOTAL", "INITIAL")}
    place = reverse("admin:territory_base_change", args=[base.pk])
    assert client.post(place, given | rows | {"x": "9.100,5"}).status_code == 302
    assert Base.objects.get().x == 9100.5


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("player_id", "Fulano", "That is not a player id."),
        ("player_id", player_id("X").lower() + "f", "That is not a player id."),
        ("xuid", "25354O", "An XUID has digits only."),
    ],
)
def test_identity_takes_ids_only(client: Client, name: str, value: str, words: str) -> None:
    given: dict[str, Any] = {"gamertag": "Fulano", "platform": ""}
    rows = {f"{name}-{n}_FORMS": "0" for name in ("gamertags", "conflicts") for n in ("TOTAL", "INITIAL")}
    place = reverse("admin:territory_playeridentity_add")
    assert words in client.post(place, given | rows | {name: value}, headers=ENGLISH).content.decode()
    assert not PlayerIdentity.objects.exists()
    good = {"player_id": player_id("X"), "xuid": "2535400000000017"}
    client.post(place, given | rows | good)
    assert PlayerIdentity.objects.values("player_id", "xuid").get() == good


def test_odd_id_that_is_there_hinders_nobody(client: Client) -> None:
    identity = make_player("Fulano", player_id="odd", xuid="odd too").player_identities.get()
    rows = {f"{name}-{n}_FORMS": "0" for name in ("gamertags", "conflicts") for n in ("TOTAL", "INITIAL")}
    given = {"gamertag": "Fulano", "player_id": "odd", "xuid": "odd too", "platform": "xbox"}
    given |= {f"initial-{name}": value for name, value in given.items()} | {"initial-platform": ""}
    place = reverse("admin:territory_playeridentity_change", args=[identity.pk])
    client.post(place, given | rows | {"user": str(identity.user_id), "initial-user": str(identity.user_id)})
    identity.refresh_from_db()
    assert identity.platform == "xbox"


@pytest.mark.parametrize("value", ["maria#1234", "²", "12 3"])
def test_person_takes_digits_for_a_discord_id(client: Client, value: str) -> None:
    person = make_user("maria")
    for place, given in (
        (reverse("admin:clans_user_add"), {"username": "joana", "usable_password": "false"}),
        (reverse("admin:clans_user_change", args=[person.pk]), {"username": "maria"}),
    ):
        answer = client.post(place, given | {"discord_id": value}, headers=ENGLISH)
        assert "A Discord id has digits only" in answer.content.decode()
    assert not User.objects.exclude(discord_id=None).exists()
