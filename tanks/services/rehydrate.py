"""Rows made anew from the archived answers, without any network."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from tanks.models import GarageTank, Player, Realm, VehicleListing
from tanks.services.accounts import store_accounts
from tanks.services.garages import store_tanks
from tanks.services.realms import clan_in
from tanks.services.roster import store_roster
from tanks.services.vehicles import store_catalogue
from tanks.wargaming.answers import TankStatistic
from tanks.wargaming.archive import Archive, Archived
from tanks.wargaming.batches import Answers

ArchivedTanks = Archived[tuple[TankStatistic, ...]]


@dataclass(frozen=True, slots=True)
class Rehydrated:
    """How much is in the archive, and how many rows it made or changed."""

    clans: int
    accounts: int
    vehicles: int
    garages: int
    rows: int


def rehydrate(realm: Realm, archive: Archive) -> Rehydrated:
    """Make a realm's rows from the archived answers: what is missing, and what is older than the answer; nothing else.

    An answer that is older than what is stored changes nothing, so it is safe at any time.
    """
    vehicles, rows = _catalogue(realm, archive)
    clans, roster_rows = _rosters(realm, archive)
    tanks = dict(archive.tanks())
    accounts, account_rows = _accounts(realm, archive, tanks)
    garages, garage_rows = _garages(realm, tanks)
    return Rehydrated(
        clans=clans,
        accounts=accounts,
        vehicles=vehicles,
        garages=garages,
        rows=rows + roster_rows + account_rows + garage_rows,
    )


def _catalogue(realm: Realm, archive: Archive) -> tuple[int, int]:
    """Store what the catalogue lists; what it no longer lists, the next sync marks."""
    catalogue = {
        vehicle.tank_id: (vehicle, page.read_at)
        for page in archive.catalogue()
        for vehicle in page.answer.vehicles
    }
    listed = set(VehicleListing.objects.filter(realm=realm).values_list("vehicle", flat=True))
    due = [
        vehicle
        for number, (vehicle, read_at) in catalogue.items()
        if number not in listed or _is_newer(read_at, realm.catalogue_read_at)
    ]
    if not due:
        return len(catalogue), 0
    newest = max(read_at for _, read_at in catalogue.values())
    rows = store_catalogue(realm, due, version="", is_whole=False, at=newest)
    Realm.objects.filter(pk=realm.pk).update(catalogue_not_before=None)
    return len(catalogue), rows


def _rosters(realm: Realm, archive: Archive) -> tuple[int, int]:
    """Fill the rosters that are empty; one with members is newer than any answer archived before it."""
    count = rows = 0
    for archived in archive.clans():
        if archived.answer.clan_id <= 0:  # no clan of the game; the file is none of ours
            continue
        count += 1
        clan = clan_in(realm, archived.answer.clan_id)
        if not Player.objects.filter(clan=clan).exists():
            rows += store_roster(clan, archived.answer, at=archived.read_at).rows
    return count, rows


def _accounts(realm: Realm, archive: Archive, tanks: Mapping[int, ArchivedTanks]) -> tuple[int, int]:
    """Fill the figures of players who have none."""
    archived = {account.answer.account_id: account for account in archive.accounts()}
    _add_players(realm, {**tanks, **archived})
    empty = Player.objects.filter(realm=realm, account_id__in=archived, battles__isnull=True)
    rows = 0
    for player in empty:
        account = archived[player.account_id]
        answers = Answers({player.account_id: account.answer})
        rows += store_accounts([player.pk], answers, at=account.read_at)
    return len(archived), rows


def _add_players(realm: Realm, archived: Mapping[int, Archived[Any]]) -> None:
    known = set(
        Player.objects.filter(realm=realm, account_id__in=archived).values_list("account_id", flat=True)
    )
    missing = [
        Player(realm=realm, account_id=number, first_seen=archived[number].read_at)
        for number in sorted(archived.keys() - known)
        if number > 0
    ]
    Player.objects.bulk_create(missing, ignore_conflicts=True)


def _garages(realm: Realm, tanks: Mapping[int, ArchivedTanks]) -> tuple[int, int]:
    rows = 0
    for player in Player.objects.filter(realm=realm, account_id__in=tanks).order_by("pk"):
        archived = tanks[player.account_id]
        rows += _store(player, archived)
    return len(tanks), rows


@transaction.atomic
def _store(player: Player, archived: ArchivedTanks) -> int:
    """Store a garage, whole if the answer is newer than what was read last, else only the vehicles that are missing."""
    listed = archived.answer
    if not _is_newer(archived.read_at, player.garage_read_at):
        known = set(GarageTank.objects.filter(player=player).values_list("tank_id", flat=True))
        listed = tuple(tank for tank in listed if tank.tank_id not in known)
    rows = store_tanks({player.pk: listed}, at=archived.read_at)
    if rows:  # what the player's token showed is archived nowhere: the next sync asks with it again
        Player.objects.filter(pk=player.pk).update(private_read_at=None)
    return rows


def _is_newer(kept_at: datetime, read_at: datetime | None) -> bool:
    return read_at is None or kept_at >= read_at
