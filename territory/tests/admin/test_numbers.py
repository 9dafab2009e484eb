"""What people type as numbers: understood in one way, or refused in words."""

from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse
from django.utils import translation

from clans.models import User
from territory.admin.numbers import MetresField
from territory.models import Base, PlayerIdentity
from territory.tests.admin.pages import ENGLISH, enter
from territory.tests.factories import make_base, make_player, make_server, make_user, player_id

THOUSANDS = ["9.100", "9,100", "-1.000", "12.345.678", "9.100,5", "9,100.5", " 9.100 "]


@pytest.mark.parametrize("text", [*THOUSANDS, "", "x", "nan", "inf", "1e999"])
def test_metres_that_may_be_thousands_or_are_none_are_refused(text: str) -> None:
    words = "Write 9100" if text in THOUSANDS else None
    with translation.override("en"), pytest.raises(forms.ValidationError, match=words):
        MetresField().clean(text)


@pytest.mark.parametrize(
    ("text", "metres"),
    [("9100", 9100.0), ("9100,5", 9100.5), ("9.1", 9.1), ("9,1", 9.1), ("1234.567", 1234.567), (" 5 ", 5.0)],
)
def test_metres_are_read_with_a_point_or_a_comma(text: str, metres: float) -> None:
    assert MetresField().clean(text) == metres


@pytest.mark.parametrize("metres", [9.125, 123.456, 9100.0, 1234.567, 0.5])
def test_stored_metres_come_back_as_they_are_shown(metres: float) -> None:
    shown = MetresField().prepare_value(metres)
    assert MetresField().clean(str(shown)) == metres


@pytest.mark.django_db
def test_base_in_portuguese_is_not_put_into_the_corner(client: Client) -> None:
    enter(client, "superuser")
    base = make_base(make_server(), make_user())
    given = {"server": base.server_id, "owner": base.owner_id, "name": "Toca", "z": "3000", "radius_m": "100"}
    rows = {f"{name}-{n}_FORMS": "0" for name in ("permissions", "revisions") for n in ("TOTAL", "INITIAL")}
    place = reverse("admin:territory_base_change", args=[base.pk])
    assert client.post(place, given | rows | {"x": "9.100"}).status_code == 200
    assert Base.objects.get().x == 5000.0
    assert client.post(place, given | rows | {"x": "9100,5"}).status_code == 302
    assert Base.objects.get().x == 9100.5


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("player_id", "Fulano", "That is not a player id."),
        ("player_id", player_id("X").lower() + "f", "That is not a player id."),
        ("xuid", "25354O", "An XUID has digits only."),
    ],
)
def test_identity_takes_ids_only(client: Client, name: str, value: str, words: str) -> None:
    enter(client, "superuser")
    given: dict[str, Any] = {"gamertag": "Fulano", "platform": ""}
    rows = {f"{name}-{n}_FORMS": "0" for name in ("gamertags", "conflicts") for n in ("TOTAL", "INITIAL")}
    place = reverse("admin:territory_playeridentity_add")
    assert words in client.post(place, given | rows | {name: value}, headers=ENGLISH).content.decode()
    assert not PlayerIdentity.objects.exists()
    good = {"player_id": player_id("X"), "xuid": "2535400000000017"}
    client.post(place, given | rows | good)
    assert PlayerIdentity.objects.values("player_id", "xuid").get() == good


@pytest.mark.django_db
def test_odd_id_that_is_there_hinders_nobody(client: Client) -> None:
    enter(client, "superuser")
    identity = make_player("Fulano", player_id="odd", xuid="odd too").player_identities.get()
    rows = {f"{name}-{n}_FORMS": "0" for name in ("gamertags", "conflicts") for n in ("TOTAL", "INITIAL")}
    given = {"gamertag": "Fulano", "player_id": "odd", "xuid": "odd too", "platform": "xbox"}
    given |= {f"initial-{name}": value for name, value in given.items()} | {"initial-platform": ""}
    place = reverse("admin:territory_playeridentity_change", args=[identity.pk])
    client.post(place, given | rows | {"user": str(identity.user_id), "initial-user": str(identity.user_id)})
    identity.refresh_from_db()
    assert identity.platform == "xbox"


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["maria#1234", "²", "12 3"])
def test_person_takes_digits_for_a_discord_id(client: Client, value: str) -> None:
    enter(client, "superuser")
    person = make_user("maria")
    for place, given in (
        (reverse("admin:clans_user_add"), {"username": "joana", "usable_password": "false"}),
        (reverse("admin:clans_user_change", args=[person.pk]), {"username": "maria"}),
    ):
        answer = client.post(place, given | {"discord_id": value}, headers=ENGLISH)
        assert "A Discord id has digits only" in answer.content.decode()
    assert not User.objects.exclude(discord_id=None).exists()
