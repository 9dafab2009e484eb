"""Inventing players with a past: who they are, what they drove, how well; the same ones for the same seed."""

import math
import random
from collections.abc import Collection
from typing import Final

from local.simulator import people
from local.simulator.catalogue import Vehicle, known_vehicles, unlisted_ids
from local.simulator.records import ACE_TANKER, Player, Tank, fight, total

DAY: Final = 86_400
# Between the ids of the realms na and asia: nobody's.
_FIRST_ACCOUNT: Final = 1_900_000_000
_GAME_BEGAN: Final = 1_302_566_400
_SKILL: Final = (0.44, 0.58)
_TANKS: Final = (30, 400)
_MOST_BATTLES: Final = 6000


def random_of(*parts: object) -> random.Random:
    """Return the random numbers that belong to something, the same ones each time."""
    return random.Random(":".join(map(str, parts)))  # noqa: S311 - invents players, guards nothing


def invent(seed: int, number: int, *, since: int, taken: Collection[str]) -> Player:
    """Return player `number` of a world as it is at its beginning, with a nickname not in `taken` (lower case)."""
    rng = random_of(seed, "player", number)
    player = _stranger(rng, seed, number, since=since, taken=taken)
    diligence = rng.lognormvariate(0, 0.5)
    for vehicle in rng.sample(known_vehicles(), _tank_count(rng)):
        _drive(rng, player, vehicle.tank_id, vehicle.tier, diligence)
    if rng.random() < 0.1:
        for tank_id in rng.sample(unlisted_ids(), 2):
            _drive(rng, player, tank_id, 8, diligence)
    player.figures = total(tank.figures for tank in player.tanks.values())
    _keep_undriven(rng, player, known_vehicles())
    player.leave_battle(since - int(rng.expovariate(1 / (2 * DAY))) - 600)
    player.logout_at = min(since, player.logout_at + rng.randrange(600))
    player.updated_at = player.logout_at
    return player


def invent_idle(seed: int, number: int, *, since: int, taken: Collection[str]) -> Player:
    """Return a player who has never fought."""
    player = _stranger(random_of(seed, "player", number), seed, number, since=since, taken=taken)
    player.activity = 0.0
    return player


def free_nickname(rng: random.Random, taken: Collection[str]) -> str:
    """Return an invented nickname that nobody has."""
    for _ in range(100):
        name = people.nickname(rng)
        if name.lower() not in taken:
            return name
    return f"{people.nickname(rng)[:14]}_{rng.randrange(10**8):08}"


def _stranger(rng: random.Random, seed: int, number: int, *, since: int, taken: Collection[str]) -> Player:
    created_at = rng.randrange(_GAME_BEGAN, max(_GAME_BEGAN + 1, since - 200 * DAY))
    return Player(
        account_id=_FIRST_ACCOUNT + seed % 997 * 100_000 + number * 37 + 11,
        nickname=free_nickname(rng, taken),
        skill=rng.uniform(*_SKILL),
        activity=rng.uniform(0.1, 1.0),
        created_at=created_at,
        updated_at=created_at,
    )


def _tank_count(rng: random.Random) -> int:
    few, many = _TANKS
    return few + int((many - few) * rng.betavariate(1.5, 2.4))


def _drive(rng: random.Random, player: Player, tank_id: int, tier: int, diligence: float) -> None:
    """Give a player a past in a vehicle: few battles in most, thousands in some."""
    usual = math.log(8 + 6 * tier) * 0.95
    battles = min(_MOST_BATTLES, 1 + int(diligence * rng.lognormvariate(usual, 1.25)))
    figures = fight(rng, battles, tier, player.skill)
    mastery = round(math.log2(battles + 1) / 2.3 + rng.gauss(-0.2, 0.9))
    player.tanks[tank_id] = Tank(figures, min(ACE_TANKER, max(0, mastery)), is_sold=rng.random() < 0.35)


def _keep_undriven(rng: random.Random, player: Player, vehicles: Collection[Vehicle]) -> None:
    undriven = [vehicle.tank_id for vehicle in vehicles if vehicle.tank_id not in player.tanks]
    player.never_driven = tuple(rng.sample(undriven, rng.choice((1, 2))))


def emptied(player: Player) -> None:
    """Halve an account's counters, as after a recount: vehicles with few battles vanish, masteries too."""
    player.tanks = {
        tank_id: Tank(tank.figures.halved(), is_sold=tank.is_sold)
        for tank_id, tank in player.tanks.items()
        if tank.figures.battles > 1
    }
    player.figures = total(tank.figures for tank in player.tanks.values())
