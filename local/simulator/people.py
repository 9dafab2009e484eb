"""Inventing players with a past: who they are, what they drove, how well; the same ones for the same seed."""

import math
import random
from collections.abc import Collection
from typing import Final

from local.simulator.catalogue import known_vehicles, unlisted_ids
from local.simulator.records import ACE_TANKER, Account, Tank, fight, total

DAY: Final = 86_400
# The game's eleven roles from the top down, and how often a clan has those below its commander.
ROLES: Final = (
    *("commander", "executive_officer", "personnel_officer", "combat_officer", "intelligence_officer"),
    *("quartermaster", "recruitment_officer", "junior_officer", "private", "recruit", "reservist"),
)
_OFTEN: Final = (2, 2, 4, 1, 2, 2, 8, 45, 20, 14)
_FIRST: Final = (
    *("Capitao", "Coronel", "Cabo", "Tatu", "Onca", "Sucuri"),
    *("Saci", "Mestre", "Dona", "Zeca", "Nina"),
)
_LAST: Final = ("BR", "Blindado", "Trovao", "DoSertao", "Gaucho", "Canhao", "DaSerra", "Cerrado", "Noturno")
# Between the ids of the realms na and asia: nobody's.
_FIRST_ACCOUNT: Final = 1_900_000_000
_GAME_BEGAN: Final = 1_302_566_400
_SKILL: Final = (0.44, 0.58)
_TANKS: Final = (30, 400)
_MOST_BATTLES: Final = 6000


def random_of(*parts: object) -> random.Random:
    """Return the random numbers that belong to something, the same ones each time."""
    return random.Random(":".join(map(str, parts)))  # noqa: S311 - invents players, guards nothing


def invent(seed: int, number: int, *, since: int, taken: Collection[str], is_idle: bool = False) -> Account:
    """Return player `number` of a world as it is at its beginning, with a nickname not in `taken` (lower case).

    One who is idle has never fought and never will.
    """
    rng = random_of(seed, "player", number)
    player = Account(
        account_id=_FIRST_ACCOUNT + seed % 997 * 100_000 + number * 37 + 11,
        nickname=free_nickname(rng, taken),
        skill=rng.uniform(*_SKILL),
        activity=0.0 if is_idle else rng.uniform(0.1, 1.0),
        created_at=rng.randrange(_GAME_BEGAN, max(_GAME_BEGAN + 1, since - 200 * DAY)),
    )
    if is_idle:
        return player
    diligence = rng.lognormvariate(0, 0.5)
    few, many = _TANKS
    tried, *driven = rng.sample(known_vehicles(), few + int((many - few) * rng.betavariate(1.5, 2.4)))
    _drive(rng, player, tried.tank_id, tried.tier, 0.0)  # once
    for vehicle in driven:
        _drive(rng, player, vehicle.tank_id, vehicle.tier, diligence)
    for tank_id in rng.sample(unlisted_ids(), 2 if rng.random() < 0.1 else 0):
        _drive(rng, player, tank_id, 8, diligence)
    player.figures = total(tank.figures for tank in player.tanks.values())
    undriven = [vehicle.tank_id for vehicle in known_vehicles() if vehicle.tank_id not in player.tanks]
    player.never_driven = tuple(rng.sample(undriven, rng.choice((1, 2))))
    player.leave_battle(since - int(rng.expovariate(1 / (2 * DAY))) - 600)
    return player


def free_nickname(rng: random.Random, taken: Collection[str]) -> str:
    """Return an invented nickname that nobody has, of the 3 to 24 letters, digits and _ that the game allows."""
    while (name := f"{rng.choice(_FIRST)}_{rng.choice(_LAST)}_{rng.randrange(1000)}").lower() in taken:
        pass
    return name


def first_roles(rng: random.Random, members: int) -> list[str]:
    """Return the roles of a new clan, from the commander down."""
    others = rng.choices(ROLES[1:], weights=_OFTEN, k=members - 1)
    return [ROLES[0], *sorted(others, key=ROLES.index)]


def next_role(rng: random.Random, role: str) -> str:
    """Return a role one step up or down, never that of the commander."""
    place = ROLES.index(role)
    return rng.choice([ROLES[n] for n in (place - 1, place + 1) if 1 <= n < len(ROLES)])


def _drive(rng: random.Random, player: Account, tank_id: int, tier: int, diligence: float) -> None:
    """Give a player a past in a vehicle: few battles in most, thousands in some."""
    usual = math.log(8 + 6 * tier) * 0.95
    battles = min(_MOST_BATTLES, 1 + int(diligence * rng.lognormvariate(usual, 1.25)))
    figures = fight(rng, battles, tier, player.skill)
    mastery = round(math.log2(battles + 1) / 2.3 + rng.gauss(-0.2, 0.9))
    player.tanks[tank_id] = Tank(figures, min(ACE_TANKER, max(0, mastery)), is_sold=rng.random() < 0.35)
