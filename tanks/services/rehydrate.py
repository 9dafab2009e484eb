"""Rows made anew from the archived answers, without any network."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from tanks.models import Player, Realm, VehicleListing
from tanks.services.accounts import store_accounts
from tanks.services.garages import store_tanks
from tanks.services.realms import clan_in
from tanks.services.roster import store_roster
from tanks.services.vehicles import store_catalogue
from tanks.wargaming.answers import AccountInfo, ClanInfo, TankStatistic, VehiclePage
from tanks.wargaming.archive import Archive, Archived
from tanks.wargaming.batches import Answers


def rehydrate(realm: Realm, archive: Archive) -> Mapping[str, int]:
    """Make a realm's rows from the archived answers: what is missing, and what is older than the answer; nothing else.

    An answer that is older than what is stored changes nothing, so it is safe at any time. Returns how many clans, accounts,
    vehicles and garages are in the archive, and how many rows it made or changed.
    """
    pages, clans, accounts, garages = archive.pages(), archive.clans(), archive.accounts(), archive.tanks()
    rows = _store_catalogue(realm, pages) + sum(_store_roster(realm, clan) for clan in clans)
    _add_players(realm, [*accounts, *garages])
    rows += sum(_store_account(realm, account) for account in accounts)
    rows += sum(_store_garage(realm, garage) for garage in garages)
    return {
        "clans": len(clans),
        "accounts": len(accounts),
        "vehicles": sum(len(page.answer.vehicles) for page in pages),
        "garages": len(garages),
        "rows": rows,
    }


def _store_catalogue(realm: Realm, pages: list[Archived[VehiclePage]]) -> int:
    """Store what the catalogue lists; what it no longer lists, the next sync marks."""
    listed = set(VehicleListing.objects.filter(realm=realm).values_list("vehicle", flat=True))
    due = {
        vehicle.tank_id: vehicle
        for page in pages
        for vehicle in page.answer.vehicles
        if vehicle.tank_id not in listed or _is_newer(page, realm.catalogue_read_at)
    }
    if not due:
        return 0
    newest = max(page.read_at for page in pages)
    rows = store_catalogue(realm, list(due.values()), version="", is_whole=False, at=newest)
    Realm.objects.filter(pk=realm.pk).update(catalogue_not_before=None)
    return rows


def _store_roster(realm: Realm, archived: Archived[ClanInfo]) -> int:
    """Fill a roster that is empty; one with members is newer than any answer archived before it."""
    clan = clan_in(realm, archived.number)
    if Player.objects.filter(clan=clan).exists():
        return 0
    return store_roster(clan, archived.answer, at=archived.read_at).rows


def _add_players(realm: Realm, archived: Iterable[Archived[Any]]) -> None:
    missing = [Player(realm=realm, account_id=each.number, first_seen=each.read_at) for each in archived]
    Player.objects.bulk_create(missing, ignore_conflicts=True)


def _store_account(realm: Realm, archived: Archived[AccountInfo]) -> int:
    """Fill the figures of a player who has none."""
    empty = Player.objects.filter(realm=realm, account_id=archived.number, battles__isnull=True)
    answers = Answers({archived.number: archived.answer})
    return store_accounts(empty.values_list("pk", flat=True), answers, at=archived.read_at)


@transaction.atomic
def _store_garage(realm: Realm, archived: Archived[tuple[TankStatistic, ...]]) -> int:
    """Store a garage that is missing, or older than its archived answer."""
    player = Player.objects.get(realm=realm, account_id=archived.number)
    if player.tanks.exists() and not _is_newer(archived, player.garage_read_at):
        return 0
    rows = store_tanks({player.pk: archived.answer}, at=archived.read_at)
    if rows:  # what the player's token showed is archived nowhere: the next sync asks with it again
        Player.objects.filter(pk=player.pk).update(private_read_at=None)
    return rows


def _is_newer(archived: Archived[Any], read_at: datetime | None) -> bool:
    return read_at is None or archived.read_at >= read_at
