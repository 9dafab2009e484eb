"""Stored rows held against what the simulator's world really is: an independent reading, without the sync's own code."""

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from local.simulator.records import Account
from local.simulator.world import CLAN_NAME, CLAN_TAG, World
from tanks.models import AccountSnapshot, GarageTank, Player, RosterEvent, SyncedClan, TankSnapshot, Vehicle

FIGURES = (
    *("battles", "wins", "losses", "draws", "survived_battles"),
    *("damage_dealt", "frags", "spotted", "dropped_capture_points", "xp"),
)
GAME = (
    *("tanks_player", "tanks_vehicle", "tanks_garagetank", "tanks_accountsnapshot"),
    *("tanks_tanksnapshot", "tanks_rosterevent", "clans_clanmembership"),
)
Rows = dict[Any, Any]


def moment(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, tz=UTC) if seconds else None


def expected_members(truth: World) -> Rows:
    return {
        number: (truth.players[number].nickname, place.role, moment(place.joined_at))
        for number, place in truth.members.items()
    }


def stored_members(clan: SyncedClan) -> Rows:
    rows = Player.objects.filter(clan=clan).values_list("account_id", "nickname", "role", "joined_clan_at")
    return {number: tuple(row) for number, *row in rows}


def visible(truth: World) -> dict[int, Account]:
    return {number: truth.players[number] for number in truth.members if number not in truth.hidden}


def expected_accounts(truth: World) -> Rows:
    """Return the visible members' figures."""
    return {
        number: (
            moment(account.created_at),
            moment(account.last_battle_time),
            account.global_rating,
            *(getattr(account.figures, name) for name in FIGURES),
        )
        for number, account in visible(truth).items()
    }


def stored_accounts(clan: SyncedClan) -> Rows:
    rows = Player.objects.filter(clan=clan, hidden_since__isnull=True)
    names = ("account_created_at", "last_battle_at", "global_rating", *FIGURES)
    return {number: tuple(row) for number, *row in rows.values_list("account_id", *names)}


def expected_tanks(truth: World) -> Rows:
    return {
        (number, tank_id): (tank.figures.battles, tank.figures.wins, tank.mastery)
        for number, account in visible(truth).items()
        for tank_id, tank in account.tanks.items()
    }


def stored_tanks(clan: SyncedClan) -> Rows:
    rows = GarageTank.objects.filter(player__clan=clan).order_by()
    columns = ("player__account_id", "tank_id", "battles", "wins", "mark_of_mastery")
    return {(number, tank_id): tuple(row) for number, tank_id, *row in rows.values_list(*columns)}


def expected_catalogue(truth: World) -> Rows:
    return {
        tank_id: (
            *(vehicle.name, vehicle.short_name, vehicle.tag, vehicle.nation, vehicle.type, vehicle.tier),
            *(vehicle.is_premium, vehicle.is_gift),
            *(vehicle.images[name] for name in ("big_icon", "small_icon", "contour_icon")),
        )
        for tank_id, vehicle in truth.catalogue.vehicles.items()
    }


def stored_catalogue() -> Rows:
    words = ("name", "short_name", "tag", "nation", "type", "tier", "is_premium", "is_gift")
    names = (*words, "big_icon", "small_icon", "contour_icon")
    rows = Vehicle.objects.filter(not_in_catalogue_since__isnull=True).values_list("tank_id", *names)
    return {tank_id: tuple(row) for tank_id, *row in rows}


def assert_all_stored(clan: SyncedClan, truth: World) -> None:
    """Hold every row of a clan against the truth: members, figures, vehicles, catalogue."""
    clan.refresh_from_db()
    assert (clan.name, clan.tag) == (CLAN_NAME, CLAN_TAG)
    assert stored_members(clan) == expected_members(truth)
    assert stored_accounts(clan) == expected_accounts(truth)
    hidden = Player.objects.filter(clan=clan, hidden_since__isnull=False)
    assert set(hidden.values_list("account_id", flat=True)) == truth.hidden & truth.members.keys()
    assert stored_tanks(clan) == expected_tanks(truth)
    assert stored_catalogue() == expected_catalogue(truth)


def assert_snapshots_agree(clan: SyncedClan, truth: World) -> None:
    """Hold the day's snapshots of the present, visible members against the truth."""
    today = timezone.localdate()
    accounts = AccountSnapshot.objects.filter(
        player__clan=clan, player__hidden_since__isnull=True, day=today
    ).values_list("player__account_id", "last_battle_at", "global_rating", *FIGURES)
    expected = {number: row[1:] for number, row in expected_accounts(truth).items()}
    assert {number: tuple(row) for number, *row in accounts} == expected
    tanks = TankSnapshot.objects.filter(player__clan=clan).order_by("day")
    columns = ("player__account_id", "tank_id", "battles", "wins", "mark_of_mastery")
    newest = {(number, tank_id): tuple(row) for number, tank_id, *row in tanks.values_list(*columns)}
    assert newest == expected_tanks(truth)


def expected_events(before: World, after: World) -> set[tuple[int, str, str, str]]:
    """Return what happened on the roster between two moments, as (account, kind, before, after)."""
    old, new = expected_members(before), expected_members(after)
    events = {(number, "joined", "", new[number][1]) for number in new.keys() - old.keys()}
    events |= {(number, "left", old[number][1], "") for number in old.keys() - new.keys()}
    for place, kind in enumerate(("renamed", "role_changed")):
        pairs = ((number, old[number][place], new[number][place]) for number in old.keys() & new.keys())
        events |= {(number, kind, was, now) for number, was, now in pairs if was != now}
    return events


def events_after(clan: SyncedClan, last: int) -> list[tuple[int, str, str, str]]:
    rows = RosterEvent.objects.filter(clan=clan, pk__gt=last)
    return list(rows.values_list("player__account_id", "kind", "before", "after"))


def last_event() -> int:
    return RosterEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
