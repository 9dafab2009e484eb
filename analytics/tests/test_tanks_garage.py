"""What a player's token told is shown to others only while the player shares it."""

import re

import pytest
from django.test import Client

from analytics.tests.test_tanks_page import list_of, words
from tanks.models import GarageTank, Player, SyncedClan
from tanks.services.garages import store_private_garage
from tanks.tests.factories import rows
from territory.tests.factories import make_user

DRIVEN, ONLY_TOLD = "Maus", "AMX 13 F3 AM"


@pytest.fixture
def ana(clan: SyncedClan) -> Player:
    """A player whose token told that one vehicle, which she drives, stands in the garage, and one that she never drove."""
    player = rows.player(clan, "Ana", user=make_user("ana"), access_token="a" * 32)
    driven = rows.garage_tank(player, rows.vehicle(DRIVEN)).tank
    told = rows.vehicle(ONLY_TOLD, nation="france", type="SPG", tier=6)
    store_private_garage(player, [driven.pk, told.pk], at=rows.LONG_AGO)
    return player


def reader(kind: str, clan: SyncedClan, owner: Player) -> Client:
    if kind != "owner":
        return rows.visit_as(kind, clan)
    browser = Client(headers={"accept-language": "en"})
    assert owner.user is not None
    browser.force_login(owner.user)
    return browser


@pytest.mark.parametrize("kind", ["commander", "overseer", "superuser", "owner"])
@pytest.mark.parametrize("shares", [False, True], ids=["kept", "shared"])
def test_page_betrays_no_garage_that_is_not_shared(
    clan: SyncedClan, ana: Player, kind: str, *, shares: bool
) -> None:
    Player.objects.filter(pk=ana.pk).update(shares_garage=shares)
    is_shown = shares or kind == "owner"
    page = reader(kind, clan, ana).get("/tanks/").content.decode()
    assert [row["garage"] for row in list_of(page) if row["vehicle"] == DRIVEN] == [
        "yes" if is_shown else "not known"
    ]
    for trace in (ONLY_TOLD, "France", "Artillery", "Tier VI"):  # the rows, and the facets' choices
        assert (trace in words(page)) is is_shown, trace
    assert ("2 tanks" in words(page)) is is_shown


def test_filter_counts_no_vehicle_that_only_the_token_told(clan: SyncedClan, ana: Player) -> None:
    # Somebody else drives one of its kind, so that the choice is there.
    rows.garage_tank(rows.player(clan, "Bia"), GarageTank.objects.get(player=ana, tank__name=ONLY_TOLD).tank)
    browser = rows.visit_as("commander", clan)
    page = browser.get("/tanks/", {"nation": "france"}).content.decode()
    assert [row["player"] for row in list_of(page)] == ["Bia"]
    assert re.findall(r"(?:France|Tier VI|Artillery) (\d+)\b", words(page)) == ["1", "1", "1"]


def test_change_in_the_garage_moves_no_date_that_others_see(clan: SyncedClan, ana: Player) -> None:
    driven = GarageTank.objects.get(player=ana, tank__name=DRIVEN)
    before = driven.last_changed
    store_private_garage(ana, [GarageTank.objects.get(tank__name=ONLY_TOLD).tank_id], at=rows.LONG_AGO)
    driven.refresh_from_db()
    assert (driven.in_garage, driven.last_changed) == (False, before)


def test_count_of_vehicles_tells_nothing_of_garages(clan: SyncedClan, ana: Player) -> None:
    answer = rows.visit_as("commander", clan).get("/sync/check", {"clan": clan.pk})
    assert answer.json()["found"] == 1
