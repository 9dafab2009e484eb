"""Visitors of every role and the tanks they come to see. Every field has a plain default."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Permission

from clans.models import ClanMembership, User
from tanks.models import GarageTank, Player, Realm, Section, SyncedClan, SyncStatus, Vehicle

NATIONS = ("ussr", "germany", "usa", "france", "uk", "atlantis")
TYPES = ("lightTank", "mediumTank", "heavyTank", "AT-SPG", "SPG")
READ_AT = datetime(2026, 7, 6, 22, 45, tzinfo=UTC)
_numbers = itertools.count(1)


def make_realm(*, official: bool = True) -> Realm:
    name, url = ("na", "https://api.worldoftanks.com") if official else ("demo", "http://127.0.0.1:8701")
    return Realm.objects.get_or_create(name=name, defaults={"url": url})[0]


def make_clan(name: str = "Onças", *, realm: Realm | None = None, **fields: Any) -> SyncedClan:
    values = {"name": name, "tag": "ONCA", "realm": realm or make_realm(), "wargaming_id": next(_numbers)}
    return SyncedClan.objects.create(**values | fields)


def make_player(clan: SyncedClan | None, nickname: str, user: User | None = None, **fields: Any) -> Player:
    realm = clan.realm if clan else make_realm()
    values = {"clan": clan, "realm": realm, "nickname": nickname, "user": user, "account_id": next(_numbers)}
    return Player.objects.create(**values | fields)


def make_vehicle(name: str = "", **fields: Any) -> Vehicle:
    """Make a German heavy tank of tier X, or without a name one that the catalogue never listed."""
    tank_id = next(_numbers)
    if not name:
        return Vehicle.objects.create(**{"tank_id": tank_id, "not_in_catalogue_since": READ_AT} | fields)
    values = {"tank_id": tank_id, "short_name": name, "nation": "germany", "type": "heavyTank", "tier": 10}
    return Vehicle.objects.create(**values | fields)


def make_tank(player: Player, vehicle: Vehicle, **fields: Any) -> GarageTank:
    values = {"battles": 100, "wins": 55, "mark_of_mastery": 0, "last_changed": READ_AT}
    return GarageTank.objects.create(**{"player": player, "tank": vehicle} | values | fields)


def make_read(clan: SyncedClan, **fields: Any) -> SyncStatus:
    return SyncStatus.objects.create(
        **{"clan": clan, "section": Section.TANKS, "last_success_at": READ_AT} | fields
    )


def make_user(name: str, **fields: Any) -> User:
    return User.objects.create(username=name, **fields)


def make_member(clan: SyncedClan, user: User, *, commands: bool = False) -> ClanMembership:
    role = ClanMembership.Role.COMMANDER if commands else ClanMembership.Role.MEMBER
    return ClanMembership.objects.create(clan=clan, user=user, role=role)


def make_commander(clan: SyncedClan, name: str = "commander") -> User:
    user = make_user(name)
    make_member(clan, user, commands=True)
    return user


def make_staff(name: str, *, may_see: bool) -> User:
    user = make_user(name, is_staff=True)
    if may_see:
        user.user_permissions.add(Permission.objects.get(codename="view_garagetank"))
    return user


def make_many(clan: SyncedClan, *, players: int, vehicles: int, each: int, seed: int = 1) -> list[GarageTank]:
    """Make players who have each driven some of these vehicles, with many equal figures; some vehicles are unknown."""
    chance = random.Random(seed)
    park = Vehicle.objects.bulk_create(_vehicle(chance) for _number in range(vehicles))
    people = Player.objects.bulk_create(
        Player(clan=clan, realm=clan.realm, nickname=f"Player_{number}", account_id=next(_numbers))
        for number in range(players)
    )
    return GarageTank.objects.bulk_create(
        _tank(chance, player, vehicle) for player in people for vehicle in chance.sample(park, each)
    )


def _vehicle(chance: random.Random) -> Vehicle:
    tank_id = next(_numbers)
    if chance.random() < 0.1:
        return Vehicle(tank_id=tank_id, not_in_catalogue_since=READ_AT)
    return Vehicle(
        tank_id=tank_id,
        short_name=f"Tank {chance.randrange(1000)}",
        nation=chance.choice(NATIONS),
        type=chance.choice(TYPES),
        tier=chance.randint(1, 11),
    )


def _tank(chance: random.Random, player: Player, vehicle: Vehicle) -> GarageTank:
    battles = chance.choice((0, 1, 10, 10, 10, 250, chance.randrange(2000)))
    return GarageTank(
        player=player,
        tank=vehicle,
        battles=battles,
        wins=chance.randint(0, battles),
        mark_of_mastery=chance.randint(0, 4),
        in_garage=chance.choice((True, False, None)),
        last_changed=READ_AT - timedelta(days=chance.randrange(5)),
    )
