"""Many vehicles of players, drawn at random."""

import random
from datetime import UTC, datetime, timedelta

from tanks.models import GarageTank, Player, SyncedClan, Vehicle
from tanks.tests.factories import rows

NATIONS = ("ussr", "germany", "usa", "france", "uk", "atlantis")
TYPES = ("lightTank", "mediumTank", "heavyTank", "AT-SPG", "SPG")
READ_AT = datetime(2026, 7, 6, 22, 45, tzinfo=UTC)


def many_tanks(
    clan: SyncedClan, *, players: int, vehicles: int, each: int, seed: int = 1
) -> list[GarageTank]:
    """Make players, who share their garages, and have each driven some of these vehicles, with many equal figures; some vehicles are unknown."""
    chance = random.Random(seed)
    park = [_vehicle(chance) for _number in range(vehicles)]
    people = [rows.player(clan, f"Player_{number}", shares_garage=True) for number in range(players)]
    return GarageTank.objects.bulk_create(
        _tank(chance, player, vehicle) for player in people for vehicle in chance.sample(park, each)
    )


def _vehicle(chance: random.Random) -> Vehicle:
    if chance.random() < 0.1:
        return rows.unlisted_vehicle()
    return rows.vehicle(
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
