"""Rows made anew from the answers kept on disk, with no network at all."""

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
from tanks.wargaming.archive import Archive, Kept
from tanks.wargaming.batches import Answers

KeptTanks = Kept[tuple[TankStatistic, ...]]


@dataclass(frozen=True, slots=True)
class Rehydrated:
    """What was found on disk, and how many rows it made or changed."""

    clans: int
    accounts: int
    vehicles: int
    garages: int
    rows: int


def rehydrate(realm: Realm, archive: Archive) -> Rehydrated:
    """Make a realm's rows from the kept answers: what is missing, and what is older than the answer; nothing else.

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
    """Store what the catalogue lists; what it no longer lists, the next sync will tell."""
    found = {
        vehicle.tank_id: (vehicle, page.read_at)
        for page in archive.catalogue()
        for vehicle in page.answer.vehicles
    }
    listed = set(VehicleListing.objects.filter(realm=realm).values_list("vehicle", flat=True))
    wanted = [
        vehicle
        for number, (vehicle, read_at) in found.items()
        if number not in listed or _is_newer(read_at, realm.catalogue_read_at)
    ]
    if not wanted:
        return len(found), 0
    newest = max(read_at for _, read_at in found.values())
    rows = store_catalogue(realm, wanted, version="", is_whole=False, at=newest)
    Realm.objects.filter(pk=realm.pk).update(catalogue_not_before=None)
    return len(found), rows


def _rosters(realm: Realm, archive: Archive) -> tuple[int, int]:
    """Fill the rosters that are empty; one with members is newer than any answer kept before it."""
    found = rows = 0
    for kept in archive.clans():
        if kept.answer.clan_id <= 0:  # no clan of the game; the file is none of ours
            continue
        found += 1
        clan = clan_in(realm, kept.answer.clan_id)
        if not Player.objects.filter(clan=clan).exists():
            rows += store_roster(clan, kept.answer, at=kept.read_at).rows
    return found, rows


def _accounts(realm: Realm, archive: Archive, tanks: Mapping[int, KeptTanks]) -> tuple[int, int]:
    """Fill the figures of players who have none."""
    kept = {account.answer.account_id: account for account in archive.accounts()}
    _add_players(realm, {**tanks, **kept})
    empty = Player.objects.filter(realm=realm, account_id__in=kept, battles__isnull=True)
    rows = 0
    for player in empty:
        account = kept[player.account_id]
        answers = Answers({player.account_id: account.answer})
        rows += store_accounts([player.pk], answers, at=account.read_at)
    return len(kept), rows


def _add_players(realm: Realm, kept: Mapping[int, Kept[Any]]) -> None:
    known = set(Player.objects.filter(realm=realm, account_id__in=kept).values_list("account_id", flat=True))
    missing = [
        Player(realm=realm, account_id=number, first_seen=kept[number].read_at)
        for number in sorted(kept.keys() - known)
        if number > 0
    ]
    Player.objects.bulk_create(missing, ignore_conflicts=True)


def _garages(realm: Realm, tanks: Mapping[int, KeptTanks]) -> tuple[int, int]:
    rows = 0
    for player in Player.objects.filter(realm=realm, account_id__in=tanks).order_by("pk"):
        kept = tanks[player.account_id]
        rows += _store(player, kept)
    return len(tanks), rows


@transaction.atomic
def _store(player: Player, kept: KeptTanks) -> int:
    """Store a garage, whole if the answer is newer than what was read last, else only the vehicles that are missing."""
    told = kept.answer
    if not _is_newer(kept.read_at, player.garage_read_at):
        known = set(GarageTank.objects.filter(player=player).values_list("tank_id", flat=True))
        told = tuple(tank for tank in told if tank.tank_id not in known)
    rows = store_tanks({player.pk: told}, at=kept.read_at)
    if rows:  # what the player's token told is kept nowhere: the next sync asks with it again
        Player.objects.filter(pk=player.pk).update(private_read_at=None)
    return rows


def _is_newer(kept_at: datetime, read_at: datetime | None) -> bool:
    return read_at is None or kept_at >= read_at
