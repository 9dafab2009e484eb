"""The game's catalogue of vehicles."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from common import bulk
from tanks.diffs import is_heavy_loss, or_stored
from tanks.models import Realm, Vehicle, VehicleListing
from tanks.wargaming import answers

# A catalogue that does not come whole costs a dozen requests each time.
_PATIENCE: Final = timedelta(hours=1)
_LONGEST: Final = {
    **dict.fromkeys(("name", "short_name", "tag"), 100),
    **dict.fromkeys(("nation", "type"), 40),
    **dict.fromkeys(("big_icon", "small_icon", "contour_icon"), 300),
}
_LISTING: Final = bulk.columns_of(VehicleListing, "vehicle", "name", "short_name", "not_in_catalogue_since")
_COLUMNS: Final = bulk.columns_of(
    Vehicle,
    *("tank_id", *_LONGEST, "tier", "is_premium", "is_gift", "listed_by", "not_in_catalogue_since"),
)

Values = dict[str, Any]


def is_catalogue_due(realm: Realm, version: str, *, now: datetime) -> bool:
    """Return whether the pages of the catalogue have to be read."""
    if realm.catalogue_not_before and now < realm.catalogue_not_before:
        return False
    # An answer without a version says nothing about the catalogue.
    return realm.catalogue_read_at is None or version not in {"", realm.catalogue_version}


@transaction.atomic
def store_catalogue(
    realm: Realm,
    vehicles: Sequence[answers.ListedVehicle],
    *,
    version: str,
    is_whole: bool,
    at: datetime,
    unreadable: Collection[int] = (),
) -> int:
    """Store the vehicles of a realm's catalogue; return how many of them changed.

    Only a whole catalogue says what is no longer in it, and only if that is not too much to believe; after any other one
    the next attempt waits for an hour. `unreadable` are ids that it lists unreadably: they stay as they are.
    """
    # In the order in which garages add what is unlisted: both may do so at once.
    in_order = sorted(vehicles, key=lambda vehicle: vehicle.tank_id)
    changed = _store_vehicles(realm, in_order, at) | _store_listings(realm, in_order)
    listed = set(_listings(realm).filter(not_in_catalogue_since=None).values_list("vehicle", flat=True))
    gone = listed - {vehicle.tank_id for vehicle in in_order} - set(unreadable)
    if not is_whole or is_heavy_loss(len(gone), of=len(listed)):
        Realm.objects.filter(pk=realm.pk).update(catalogue_not_before=at + _PATIENCE)
        return len(changed)
    _listings(realm).filter(vehicle__in=gone).update(not_in_catalogue_since=at)
    Vehicle.objects.filter(pk__in=gone, listed_by=realm).update(not_in_catalogue_since=at)
    Realm.objects.filter(pk=realm.pk).update(
        catalogue_version=version, catalogue_read_at=at, catalogue_not_before=None
    )
    return len(changed | gone)


def _store_vehicles(realm: Realm, vehicles: Sequence[answers.ListedVehicle], at: datetime) -> set[int]:
    """Store what is the same in all realms, of the vehicles that no other realm describes; return which changed."""
    stored = {values["tank_id"]: values for values in Vehicle.objects.values(*_COLUMNS)}
    listed = {
        vehicle.tank_id: _merged(vehicle, before, realm)
        for vehicle in vehicles
        if _is_described_by(realm, before := stored.get(vehicle.tank_id))
    }
    rows = [_row(values) for number, values in listed.items() if values != stored.get(number)]
    bulk.insert_rows(
        "tanks_vehicle",
        _COLUMNS,
        rows,
        constants={"first_seen": ("timestamptz", at)},
        # It is stored already, or a garage brings it meanwhile, without a name.
        conflict=f"ON CONFLICT (tank_id) DO UPDATE SET {', '.join(f'{name} = EXCLUDED.{name}' for name in _COLUMNS)}",
    )
    return {row[0] for row in rows}


def _is_described_by(realm: Realm, stored: Values | None) -> bool:
    """Return whether a realm describes a vehicle: it always did, or nobody does any more."""
    if stored is None or stored["not_in_catalogue_since"] is not None:
        return True
    return stored["listed_by_id"] in (None, realm.pk)


def _listings(realm: Realm) -> QuerySet[VehicleListing]:
    return VehicleListing.objects.filter(realm=realm)


def _store_listings(realm: Realm, vehicles: Sequence[answers.ListedVehicle]) -> set[int]:
    """Store by which names the realm lists its vehicles; return of which that changed."""
    stored = {row[0]: row for row in _listings(realm).values_list(*_LISTING)}
    rows = []
    for vehicle in vehicles:
        _, name, short_name, _ = stored.get(vehicle.tank_id, (0, "", "", None))
        row = (vehicle.tank_id, _text(vehicle.name, name), _text(vehicle.short_name, short_name), None)
        if row != stored.get(vehicle.tank_id):
            rows.append(row)
    bulk.insert_rows(
        "tanks_vehiclelisting",
        _LISTING,
        rows,
        constants={"realm_id": ("bigint", realm.pk)},
        conflict="ON CONFLICT (realm_id, vehicle_id) DO UPDATE SET name = EXCLUDED.name, "
        "short_name = EXCLUDED.short_name, not_in_catalogue_since = NULL",
    )
    return {row[0] for row in rows}


def _text(listed: str | None, stored: str) -> str:
    return stored if listed is None else listed[: _LONGEST["name"]]


def _merged(listed: answers.ListedVehicle, stored: Values | None, realm: Realm) -> Values:
    """Return the vehicle as listed; what is null stays as stored."""
    before = stored or dict.fromkeys(_LONGEST, "") | {"tier": None, "is_premium": False, "is_gift": False}
    values: Values = {
        "tank_id": listed.tank_id,
        "tier": or_stored(listed.tier, before["tier"]),
        "is_premium": or_stored(listed.is_premium, before["is_premium"]),
        "is_gift": or_stored(listed.is_gift, before["is_gift"]),
        "listed_by_id": realm.pk,
        "not_in_catalogue_since": None,
    }
    for name, longest in _LONGEST.items():
        text = getattr(listed, name)
        values[name] = before[name] if text is None else text[:longest]
    return values


def _row(values: Values) -> tuple[Any, ...]:
    return tuple(values[name] for name in _COLUMNS)
