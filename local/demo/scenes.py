"""The demo's game after the opening: lines of its log without their time, made up round by round."""

import math
import random
from collections.abc import Callable

from local.demo.cast import CAMPS, CHARACTERS, DISCORD_ONLY, STAYS, Camp, Character
from territory.rules.geometry import distance_m

Scene = Callable[[random.Random], list[str]]

_HOUSEHOLD = (
    " placed Fence Kit<FenceKit>",
    " placed Wooden Crate<WoodenCrate>",
    " placed Barrel<Barrel_Green>",
    " placed Sea Chest<SeaChest>",
    " placed Large Tent<LargeTent>",
    " placed Fireplace<Fireplace>",
    " placed Construction Light<Spotlight>",
    "Built base on Fence with Pickaxe",
    "Built wall_base_down on Fence with Hatchet",
    "Built level_1_base on Watchtower with Shovel",
)
_TRAPS = (" placed Bear Trap<BearTrap>", " placed Land Mine<LandMineTrap>", " placed Tripwire<TripwireTrap>")
_SHELTERS = (" placed Shelter Kit<ShelterKit>", " built ShelterStick with Hands ")
_SYLLABLES = ("ka", "ru", "zo", "mi", "te", "lu", "va", "po", "sha", "dri", "no", "xe")
_BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
# Mostly land on Chernarus; nobody looks at the rest.
_WILD_X, _WILD_Z = (1500, 10500), (4000, 13500)
_WILD_MARGIN_M = 100

_PEOPLE = {character.username: character for character in (*CHARACTERS, DISCORD_ONLY)}
_STANDING = [camp for camp in CAMPS if camp.removed_days_ago is None]
# Banned in the opening; the banned do not come back.
_GONE = {"otavio"}
_MEMBERS = [character for character in CHARACTERS if character.username not in _GONE]


def ambient_round(rng: random.Random, *, lively: bool) -> list[str]:
    """Return the lines of one round, at most a few; guilty acts are rarer when it is not lively."""
    scenes = _PEACEFUL + (_GUILTY if lively or rng.random() < 0.2 else ())
    weights = [weight for weight, _scene in scenes]
    (_weight, scene) = rng.choices(scenes, weights)[0]
    return scene(rng)


def _owner_at_home(rng: random.Random) -> list[str]:
    camp = rng.choice(_STANDING)
    return _coming_and_going(rng, _PEOPLE[camp.owner], _inside(rng, camp), rng.choice(_HOUSEHOLD))


def _guest(rng: random.Random) -> list[str]:
    """Let a person with a permission, or a member of the base's clan, build."""
    camp = rng.choice([camp for camp in _STANDING if _welcome(camp)])
    character = _PEOPLE[rng.choice(_welcome(camp))]
    return _coming_and_going(rng, character, _inside(rng, camp), rng.choice(_HOUSEHOLD))


def _in_the_wild(rng: random.Random) -> list[str]:
    character = rng.choice(_MEMBERS) if rng.random() < 0.5 else _stranger(rng)
    return [_line(character, _outside(rng), rng.choice(_HOUSEHOLD + _TRAPS))]


def _fight(rng: random.Random) -> list[str]:
    character, position = rng.choice(_MEMBERS), _outside(rng)
    health = rng.uniform(20, 99)
    hit = (
        f"[HP: {health:.4f}] hit by Infected into Torso({rng.randrange(24)}) for 5.85 damage (MeleeInfected)"
    )
    return [_line(character, position, hit), _line(character, position, " performed EmoteSurrender")]


def _player_list(rng: random.Random) -> list[str]:
    online = rng.sample(_MEMBERS, rng.randint(2, 4))
    rows = [_line(character, _outside(rng), "") for character in online]
    return [f"##### PlayerList log: {len(rows)} players", *rows, "#####"]


def _invasion(rng: random.Random) -> list[str]:
    position = _inside(rng, rng.choice(_STANDING))
    return _coming_and_going(rng, _stranger(rng), position, rng.choice(_HOUSEHOLD))


def _trap_in_a_base(rng: random.Random) -> list[str]:
    return [_line(_stranger(rng), _inside(rng, rng.choice(_STANDING)), rng.choice(_TRAPS))]


def _shelter(rng: random.Random) -> list[str]:
    return [_line(_stranger(rng), _outside(rng), rng.choice(_SHELTERS))]


_PEACEFUL: tuple[tuple[int, Scene], ...] = (
    (6, _owner_at_home),
    (4, _guest),
    (5, _in_the_wild),
    (2, _fight),
    (2, _player_list),
)
_GUILTY: tuple[tuple[int, Scene], ...] = ((3, _invasion), (1, _trap_in_a_base), (1, _shelter))


def _welcome(camp: Camp) -> list[str]:
    """Return the people besides the owner who may build in a base."""
    companions = [stay.username for stay in STAYS if stay.clan == camp.clan and stay.left_days_ago is None]
    return sorted({*camp.guests, *companions} - {camp.owner})


def _stranger(rng: random.Random) -> Character:
    """Return a player who is new to the system."""
    name = "".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4))).capitalize() + str(rng.randrange(10, 9999))
    if rng.random() < 0.5:
        return Character("", "", "", name, f"{rng.getrandbits(160):040X}", "xbox")
    return Character("", "", "", name, "".join(rng.choices(_BASE64URL, k=43)) + "=")


def _inside(rng: random.Random, camp: Camp) -> tuple[float, float]:
    angle, distance = rng.uniform(0, math.tau), camp.radius_m * 0.9 * math.sqrt(rng.random())
    return camp.x + distance * math.cos(angle), camp.z + distance * math.sin(angle)


def _outside(rng: random.Random) -> tuple[float, float]:
    while True:
        x, z = rng.uniform(*_WILD_X), rng.uniform(*_WILD_Z)
        if all(distance_m(x, z, camp.x, camp.z) > camp.radius_m + _WILD_MARGIN_M for camp in CAMPS):
            return x, z


def _coming_and_going(
    rng: random.Random, character: Character, position: tuple[float, float], tail: str
) -> list[str]:
    """Return an act, sometimes with the player's arrival before it or departure after it."""
    lines = [_line(character, position, tail)]
    if rng.random() < 0.3:
        lines = [f'Player "{character.gamertag}" (id={character.player_id}) is connecting', *lines]
    if rng.random() < 0.2:
        lines.append(_line(character, position, " has been disconnected"))
    return lines


def _line(character: Character, position: tuple[float, float], tail: str) -> str:
    x, z = position
    # A height for show: the same place always has the same one.
    altitude = 150 + 120 * math.sin(x / 900) * math.cos(z / 700)
    return f'Player "{character.gamertag}" (id={character.player_id} pos=<{x:.1f}, {z:.1f}, {altitude:.1f}>){tail}'
