"""Reads about a selection of tanks, each in a fixed number of queries, whatever the number of rows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.core.paginator import Page, Paginator
from django.db.models import Count, FilteredRelation, Prefetch, Q, QuerySet, Sum
from django.utils.safestring import SafeString

from analytics.tanks.filters import TankFilter
from analytics.tanks.marks import Mark, badge, nation_mark, type_mark
from analytics.tanks.sorting import ordering
from tanks import wording
from tanks.models import (
    GarageTank,
    Mastery,
    Player,
    Realm,
    Section,
    SyncedClan,
    SyncStatus,
    Vehicle,
    VehicleListing,
)


@dataclass(frozen=True, slots=True)
class SelectionFigures:
    """The consolidated figures of a whole selection; a row is one vehicle of one player.

    Vehicles that the game withdrew, with their battles, stand apart: the battles are those of the accounts.
    """

    rows: int
    driven: int
    vehicles: int
    players: int
    battles: int
    wins: int
    badges: Mapping[Mastery, int]
    withdrawn: int = 0
    withdrawn_battles: int = 0

    @property
    def listed(self) -> int:
        """How many rows the table lists: those that were withdrawn too."""
        return self.rows + self.withdrawn

    @property
    def average_battles(self) -> float | None:
        """Battles per row that has any; None without. What stands in a garage and was never driven would lower it."""
        return self.battles / self.driven if self.driven else None

    @property
    def win_percent(self) -> float | None:
        """All wins by all battles, in percent; not the mean of the rows' percentages. None without battles."""
        return 100 * self.wins / self.battles if self.battles else None

    @property
    def badges_total(self) -> int:
        """How many rows have a badge of any class."""
        return sum(self.badges.values())


@dataclass(frozen=True, slots=True)
class TankRow:
    """A vehicle of a player with what the table says of it; `win_percent` is None without battles."""

    owned: GarageTank
    vehicle: str
    is_in_catalogue: bool
    tier: str
    nation: Mark
    type: Mark
    win_percent: float | None
    badge: SafeString


@dataclass(frozen=True, slots=True)
class TankChoices:
    """The tiers, nations and types that occur, in the reader's order; the unknown (None, blank) stands last."""

    tiers: Sequence[int | None]
    nations: Sequence[str]
    types: Sequence[str]


_BADGES = (Mastery.THIRD, Mastery.SECOND, Mastery.FIRST, Mastery.ACE)


def figures_of(tanks: QuerySet[GarageTank]) -> SelectionFigures:
    """Return the figures of these tanks. Two queries: counting distinct vehicles inside the first one costs a sort."""
    counted = Q(withdrawn_at=None)
    badges = {
        f"badge_{mark.value}": Count("pk", filter=counted & Q(mark_of_mastery=mark)) for mark in _BADGES
    }
    of_players = list(
        tanks.values("player").annotate(
            rows=Count("pk", filter=counted),
            withdrawn=Count("pk", filter=~counted),
            gone_battles=Sum("withdrawn_battles", filter=~counted, default=0),
            driven=Count("pk", filter=Q(battles__gt=0)),
            all_battles=Sum("battles"),
            all_wins=Sum("wins"),
            **badges,
        )
    )
    return SelectionFigures(
        rows=_total(of_players, "rows"),
        driven=_total(of_players, "driven"),
        vehicles=tanks.filter(counted).values("tank").distinct().count(),
        players=len(of_players),
        battles=_total(of_players, "all_battles"),
        wins=_total(of_players, "all_wins"),
        badges={mark: _total(of_players, f"badge_{mark.value}") for mark in _BADGES},
        withdrawn=_total(of_players, "withdrawn"),
        withdrawn_battles=_total(of_players, "gone_battles"),
    )


def _total(parts: Sequence[Mapping[str, Any]], column: str) -> int:
    return sum(int(part[column]) for part in parts)


def choices_of(players: Collection[int], reader_id: int | None = None) -> TankChoices:
    """Return what occurs among the tanks of these players that the reader may see."""
    driven = GarageTank.objects.shown_to(reader_id).filter(player__in=players).order_by().values("tank")
    vehicles = Vehicle.objects.filter(pk__in=driven).order_by()
    kinds = set(vehicles.values_list("tier", "nation", "type").distinct())
    tiers = {tier for tier, _nation, _type in kinds}
    nations = {nation for _tier, nation, _type in kinds}
    types = {kind for _tier, _nation, kind in kinds}
    return TankChoices(
        tiers=[*sorted(tier for tier in tiers if tier is not None), *({None} & tiers)],
        nations=[*wording.nations_in_order(nations), *({""} & nations)],
        types=[*wording.types_in_order(types), *({""} & types)],
    )


def page_of(
    tanks: QuerySet[GarageTank],
    chosen: TankFilter,
    choices: TankChoices,
    *,
    realm: Realm | None,
    number: str | None,
    rows: int,
) -> "Page[TankRow]":
    """Return one page of tanks, which have so many rows, named as the realm does. A page number that does not exist is made to fit.

    Four queries: players, vehicles and their names in the realm are read for the rows of the page, not joined to all of them.
    """
    listing = FilteredRelation("tank__listings", condition=Q(tank__listings__realm=realm))
    ordered = (
        tanks.prefetch_related(_PLAYERS, _VEHICLES)
        .only(*_ROW_COLUMNS)
        .alias(listing=listing)
        .order_by(*ordering(chosen.sort, nations=choices.nations, types=choices.types))
    )
    paginator = Paginator(ordered, int(chosen.size))
    vars(paginator)["count"] = rows  # known already: no query for it
    page = paginator.get_page(number)
    catalogue = _catalogue_of(realm, {tank.tank_id for tank in page.object_list})
    shown = [_tank_row(tank, catalogue) for tank in page.object_list]
    return Page(shown, page.number, cast("Paginator[TankRow]", page.paginator))


_PLAYERS = Prefetch("player", Player.objects.only("nickname", "account_id"))
_VEHICLES = Prefetch(
    "tank", Vehicle.objects.only("name", "short_name", "tier", "nation", "type", "not_in_catalogue_since")
)
_ROW_COLUMNS = (
    "player_id",
    "tank_id",
    "battles",
    "wins",
    "mark_of_mastery",
    "last_changed",
    "withdrawn_at",
    "withdrawn_battles",
)


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """What one realm's catalogue says of some vehicles; where it was never read, what is known of them anywhere."""

    was_read: bool
    listings: Mapping[int, VehicleListing]

    def name_of(self, vehicle: Vehicle) -> str:
        listing = self.listings.get(vehicle.pk)
        return (listing and (listing.short_name or listing.name)) or str(vehicle)

    def lists(self, vehicle: Vehicle) -> bool:
        """Return whether the vehicle is listed, with what is needed to know it."""
        listing = self.listings.get(vehicle.pk)
        stands_apart = listing if listing or self.was_read else vehicle
        return bool(stands_apart and stands_apart.not_in_catalogue_since is None and vehicle.tier is not None)


def _catalogue_of(realm: Realm | None, tank_ids: Collection[int]) -> _Catalogue:
    if realm is None:
        return _Catalogue(was_read=False, listings={})
    listings = VehicleListing.objects.filter(realm=realm, vehicle__in=tank_ids)
    return _Catalogue(
        was_read=realm.catalogue_read_at is not None,
        listings={listing.vehicle_id: listing for listing in listings},
    )


def _tank_row(owned: GarageTank, catalogue: _Catalogue) -> TankRow:
    vehicle = owned.tank
    return TankRow(
        owned=owned,
        vehicle=catalogue.name_of(vehicle),
        is_in_catalogue=catalogue.lists(vehicle),
        tier=wording.tier_name(vehicle.tier) if vehicle.tier else "",
        nation=nation_mark(vehicle.nation),
        type=type_mark(vehicle.type),
        win_percent=100 * owned.wins / owned.battles if owned.battles else None,
        badge=badge(owned.mark_of_mastery),
    )


def freshness_of(clan: SyncedClan) -> SyncStatus:
    """Return how fresh a clan's tanks are; nothing is known of tanks that were never read."""
    return SyncStatus.objects.filter(clan=clan, section=Section.TANKS).first() or SyncStatus()
