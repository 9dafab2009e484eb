from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from tanks.models import Realm, Vehicle, VehicleListing
from tanks.services.garages import store_tanks
from tanks.services.vehicles import is_catalogue_due, store_catalogue
from tanks.tests.factories import rows
from tanks.tests.factories.answers import LATER, NOW, SOON, listed, tank
from tanks.tests.proofs import Background, rewritten, versions, wait_until_somebody_waits
from tanks.wargaming import answers

pytestmark = pytest.mark.django_db
TEN = range(1, 11)


@pytest.fixture
def na() -> Realm:
    return rows.realm()


def store(
    realm: Realm,
    *vehicles: answers.ListedVehicle | int,
    version: str = "1.28 100",
    whole: bool = True,
    at: datetime = NOW,
) -> int:
    """Store a catalogue, a number standing for a plain vehicle; bring the realm up to date."""
    found = [listed(vehicle) if isinstance(vehicle, int) else vehicle for vehicle in vehicles]
    written = store_catalogue(realm, found, version=version, is_whole=whole, at=at)
    realm.refresh_from_db()
    return written


def gone() -> set[int]:
    return set(Vehicle.objects.filter(not_in_catalogue_since__isnull=False).values_list("pk", flat=True))


def test_new_and_changed_vehicles_are_written_alone(na: Realm) -> None:
    store(na, *TEN)
    before = versions("tanks_vehicle")
    assert store(na, *range(1, 10), listed(10, "Outro", tier=11), 11, at=SOON) == 2
    assert rewritten(before) == {"tanks_vehicle": 2}
    assert (Vehicle.objects.get(pk=10).name, Vehicle.objects.get(pk=10).tier) == ("Outro", 11)
    assert Vehicle.objects.get(pk=10).first_seen == NOW


def test_vehicle_that_leaves_the_catalogue_is_marked_once_until_it_comes_back(na: Realm) -> None:
    store(na, *TEN)
    assert store(na, *range(1, 10), at=SOON) == 1
    assert store(na, *range(1, 10), at=LATER) == 0
    row = Vehicle.objects.get(pk=10)
    assert (row.not_in_catalogue_since, row.name, row.tier) == (SOON, "Veículo 10", 10)
    assert gone() == {10}
    assert store(na, *TEN, at=LATER) == 1
    assert gone() == set()


@pytest.mark.parametrize("others", [(), range(2, 10), range(2, 11)])
def test_part_of_a_catalogue_marks_nothing_and_waits_for_an_hour(na: Realm, others: Sequence[int]) -> None:
    store(na, *TEN)
    renamed = listed(1, "Novo nome")
    assert store(na, renamed, *others, version="1.29 200", whole=False, at=SOON) == 1

    assert gone() == set()
    assert Vehicle.objects.get(pk=1).name == "Novo nome"
    assert (na.catalogue_version, na.catalogue_read_at) == ("1.28 100", NOW)
    hour = SOON + timedelta(hours=1)
    assert not is_catalogue_due(na, "1.29 200", now=hour - timedelta(seconds=1))
    assert is_catalogue_due(na, "1.29 200", now=hour)


@pytest.mark.parametrize(
    ("listed_still", "believed"),
    [(range(1, 8), True), (range(1, 7), False), (range(1, 2), False), ((), False)],
)
def test_heavy_loss_of_the_catalogue_marks_nothing(na: Realm, listed_still: range, *, believed: bool) -> None:
    store(na, *TEN)
    store(na, *listed_still, version="1.29 200", at=SOON)
    assert gone() == (set(TEN) - set(listed_still) if believed else set())
    assert (na.catalogue_version == "1.29 200") is believed
    assert (na.catalogue_not_before is None) is believed


def test_placeholder_becomes_a_vehicle_when_the_catalogue_lists_it(na: Realm) -> None:
    player = rows.player(rows.clan())
    store_tanks({player.pk: [tank(5)]}, at=NOW)
    store(na, 5, at=SOON)
    vehicle = Vehicle.objects.get()
    assert (vehicle.name, vehicle.not_in_catalogue_since, vehicle.first_seen) == ("Veículo 5", None, NOW)
    assert player.tanks.get().tank == vehicle


def test_nulls_keep_what_is_stored(na: Realm) -> None:
    store(na, listed(1, is_premium=True, is_gift=True))
    before = versions("tanks_vehicle")
    page = answers.vehicle_page({"1": {"tank_id": 1, "name": None, "tier": None, "images": None}}, None, 1)
    assert store(na, *page.vehicles, at=SOON) == 0
    assert rewritten(before) == {}


def test_texts_too_long_are_cut_and_then_stay_the_same(na: Realm) -> None:
    long: dict[str, Any] = {"nation": "n" * 99, "type": "t" * 99, "big_icon": "h" * 999}
    store(na, listed(1, "Ñ" * 150, **long))
    before = versions("tanks_vehicle")
    assert store(na, listed(1, "Ñ" * 150, **long), at=SOON) == 0
    assert rewritten(before) == {}


@pytest.mark.parametrize(("version", "due"), [("1.28 100", False), ("1.29 100", True), ("", False)])
def test_catalogue_is_due_when_it_was_never_read_or_its_version_changed(
    na: Realm, version: str, *, due: bool
) -> None:
    assert is_catalogue_due(na, version, now=NOW)
    store(na, *TEN, version="1.28 100")
    assert is_catalogue_due(na, version, now=LATER) is due


@pytest.mark.django_db(transaction=True)
def test_garages_and_the_catalogue_with_the_same_new_vehicles_in_another_order() -> None:
    realm, player = rows.realm(), rows.player(rows.clan())
    with transaction.atomic():
        store_tanks({player.pk: [tank(1)]}, at=NOW)
        catalogue = Background(lambda: store(realm, *reversed(TEN), at=SOON))
        wait_until_somebody_waits()
        store_tanks({player.pk: [tank(1), tank(5), tank(9)]}, at=NOW)
    catalogue.join()
    assert set(Vehicle.objects.values_list("pk", flat=True)) == set(TEN)


def names(realm: Realm) -> dict[int, tuple[str, bool]]:
    """Return by which names a realm knows its vehicles, and whether it lists them."""
    found = VehicleListing.objects.filter(realm=realm)
    return {row.vehicle_id: (row.name, row.not_in_catalogue_since is None) for row in found}


def test_realms_name_and_list_their_vehicles_apart(na: Realm) -> None:
    asia = rows.realm("asia", "https://api.worldoftanks.asia")
    store(na, listed(1, "Anhangá"), 2, 3, 4, 5)
    store(asia, listed(1, "Kai"), 2, 3, 4, 6)
    assert (names(na)[1], names(asia)[1]) == (("Anhangá", True), ("Kai", True))
    assert (6 in names(na), 5 in names(asia)) == (False, False)

    before = versions("tanks_vehicle", "tanks_vehiclelisting")
    assert store(na, listed(1, "Anhangá"), 2, 3, 4, 5, at=SOON) == 0
    assert store(asia, listed(1, "Kai"), 2, 3, 4, 6, at=SOON) == 0
    assert rewritten(before) == {}, "realms do not take turns"

    store(asia, listed(1, "Kai"), 2, 3, 6, at=LATER)
    assert (names(na)[4][1], names(asia)[4][1]) == (True, False)


def test_vehicle_is_described_by_another_realm_once_the_first_lists_it_no_more(na: Realm) -> None:
    asia = rows.realm("asia", "https://api.worldoftanks.asia")
    store(na, *TEN)
    store(asia, *range(1, 10), listed(10, "Kai", tier=9))
    assert Vehicle.objects.get(pk=10).tier == 10
    store(na, *range(1, 10), at=SOON)
    store(asia, *range(1, 10), listed(10, "Kai", tier=9), at=LATER)
    assert (Vehicle.objects.get(pk=10).tier, gone()) == (9, set())
