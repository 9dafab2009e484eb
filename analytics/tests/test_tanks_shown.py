"""What the page of tanks says of vehicles that are named otherwise, withdrawn or hardly driven, and of a clan that is no more."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from analytics.tests.test_tanks_page import list_of, read, vehicles, words
from tanks.models import Realm, SyncedClan, Vehicle, VehicleListing
from tanks.tests.factories import rows

pytestmark = pytest.mark.django_db


def test_tanks_says_of_a_vehicle_that_it_is_not_in_the_catalogue_and_of_an_unlisted_one_its_number(
    commander: Client, clan: SyncedClan
) -> None:
    ana, unlisted = rows.player(clan, "Ana"), rows.unlisted_vehicle()
    rows.garage_tank(ana, rows.vehicle("Old One", not_in_catalogue_since="2026-01-01T00:00Z"), battles=200)
    rows.garage_tank(ana, unlisted)
    first, second = list_of(read(commander))
    assert first["vehicle"] == "Old One not in the catalogue"
    assert second["vehicle"] == f"#{unlisted.pk} not in the catalogue"
    assert [second[name] for name in ("nation", "type", "tier")] == ["Unknown"] * 3


def list_in(realm: Realm, vehicle: Vehicle, name: str = "", **fields: Any) -> None:
    VehicleListing.objects.create(realm=realm, vehicle=vehicle, short_name=name, **fields)


def test_tanks_names_a_vehicle_as_the_clans_realm_does(commander: Client, clan: SyncedClan) -> None:
    own, other = rows.realm(), Realm.objects.create(name="asia", url="https://api.worldoftanks.asia")
    Realm.objects.update(catalogue_read_at="2026-01-01T00:00Z")
    ana = rows.player(clan, "Ana")
    both, only_there, gone, nameless = (rows.vehicle(name) for name in ("Alfa", "Beta", "Gama", "Delta"))
    for vehicle in (both, only_there, gone, nameless):
        rows.garage_tank(ana, vehicle)
        list_in(other, vehicle, "Kai")
    list_in(own, both, "Zulu")
    list_in(own, gone, "Gama", not_in_catalogue_since="2026-02-01T00:00Z")
    list_in(own, nameless)
    assert vehicles(read(commander, sort="vehicle")) == [
        "Beta not in the catalogue",
        "Delta",
        "Gama not in the catalogue",
        "Zulu",
    ]


def test_tanks_shows_withdrawn_vehicles_apart(commander: Client, clan: SyncedClan) -> None:
    ana = rows.player(clan, "Ana")
    gone = {"withdrawn_at": "2026-01-01T00:00Z", "withdrawn_battles": 1050, "withdrawn_wins": 26}
    rows.garage_tank(ana, rows.vehicle("Old One"), battles=0, wins=0, mark_of_mastery=2, **gone)
    assert len(list_of(read(commander))) == 1, "of somebody with nothing else too"
    rows.garage_tank(ana, rows.vehicle("Maus"), battles=210, wins=100, mark_of_mastery=4)
    page = read(commander)
    for text in (
        "2 tanks.",
        "210 battles ÷ 1 tank that was driven",
        "2nd class 0",
        "Apart from these figures: 1 tank of a vehicle that the game has withdrawn, with 1,050 battles",
    ):
        assert text in words(page)
    assert list_of(page)[1]["vehicle"] == "Old One withdrawn from the game, with 1,050 battles"
    assert list_of(page)[1]["win_rate"] == "not available"


@pytest.mark.parametrize(
    ("least", "shown"),
    [
        *((least, ["Two", "Hundred", "Thousands"]) for least in ("", "-1", "'; --")),
        *((least, ["Hundred", "Thousands"]) for least in ("10", "100")),
        ("500", ["Thousands"]),
    ],
)
def test_tanks_of_a_least_number_of_battles(
    commander: Client, clan: SyncedClan, least: str, shown: list[str]
) -> None:
    ana = rows.player(clan, "Ana")
    for name, battles, wins in (("Two", 2, 2), ("Hundred", 100, 70), ("Thousands", 4000, 2400)):
        rows.garage_tank(ana, rows.vehicle(name), battles=battles, wins=wins)
    page = read(commander, sort="-win_rate", least=least)
    assert vehicles(page) == shown
    assert f"{len(shown)} tank" in words(page)
    assert ('<a class="clear' in page) is (len(shown) < 3)


def test_tanks_says_that_the_clan_was_disbanded(commander: Client, clan: SyncedClan) -> None:
    assert "disbanded" not in read(commander)
    SyncedClan.objects.update(disbanded_at="2026-07-01T12:00Z")
    assert "The game says since July 1, 2026 that this clan is disbanded Said twice" in words(read(commander))


def test_tanks_says_to_a_former_member_that_the_clan_was_disbanded(client: Client) -> None:
    user = rows.user("former")
    ended = rows.clan("Corujas", disbanded_at="2026-07-01T12:00Z")
    stay = rows.member(user, ended)
    stay.follows_game, stay.left_at = True, timezone.now()
    stay.save()
    client.force_login(user)
    assert "The clan [LBCR] Corujas was disbanded in the game" in words(read(client))
