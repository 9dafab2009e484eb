"""The vehicles of the game, and a catalogue of them that changes as game versions come out."""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

DATA: Final = Path(__file__).parent / "data"
_FIRST_VERSION: Final = (2, 4, 0)
_PICTURES: Final = "http://api.worldoftanks.com/static/2.77.0/wot/encyclopedia/vehicle"
# Made-up vehicles get ids from here on: (number << 8 | nation << 4 | 1) as the game's, but with numbers it has not reached.
_FIRST_NEW: Final = 400
_NATIONS: Final = (
    "ussr",
    "germany",
    "usa",
    "china",
    "france",
    "uk",
    "japan",
    "czech",
    "sweden",
    "poland",
    "italy",
)
_TYPES: Final = ("mediumTank", "heavyTank", "lightTank", "AT-SPG", "SPG")


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle as encyclopedia/vehicles tells it; `type` and `nation` are the API's keys, `tier` is 1 to 11."""

    tank_id: int
    name: str
    short_name: str
    tag: str
    nation: str
    type: str
    tier: int
    is_premium: bool = False
    is_gift: bool = False

    @property
    def images(self) -> dict[str, str]:
        name = f"{self.nation}-{self.tag}.png"
        return {
            "small_icon": f"{_PICTURES}/small/{name}",
            "contour_icon": f"{_PICTURES}/contour/{name}",
            "big_icon": f"{_PICTURES}/{name}",
        }


@cache
def known_vehicles() -> tuple[Vehicle, ...]:
    """Return the vehicles of the data file, by id."""
    rows = _file()["listed"] + _file()["guessed"]
    return tuple(sorted((_vehicle(row) for row in rows), key=lambda vehicle: vehicle.tank_id))


@cache
def unlisted_ids() -> tuple[int, ...]:
    """Return ids of vehicles that players have and no catalogue knows."""
    return tuple(_file()["unlisted_ids"])


@cache
def _file() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DATA / "vehicles.json").read_text(encoding="utf-8"))
    return content


def _vehicle(row: list[Any]) -> Vehicle:
    told = dict(zip(_file()["columns"], row, strict=True))
    return Vehicle(**{**told, "is_premium": bool(told["is_premium"]), "is_gift": bool(told["is_gift"])})


@dataclass(slots=True)
class Catalogue:
    """What the encyclopedia tells at present; `updated_at` in seconds since 1970."""

    updated_at: int
    vehicles: dict[int, Vehicle] = field(default_factory=lambda: {v.tank_id: v for v in known_vehicles()})
    version: tuple[int, int, int] = _FIRST_VERSION
    _invented: int = 0

    @property
    def game_version(self) -> str:
        return ".".join(map(str, self.version))

    def tier(self, tank_id: int) -> int:
        """Return a vehicle's tier, a middling one for those it does not know."""
        vehicle = self.vehicles.get(tank_id)
        return vehicle.tier if vehicle else 8

    def add(self, count: int, now: int) -> list[int]:
        """Bring out a game version with `count` made-up vehicles; return their ids."""
        added = [self._invent() for _ in range(count)]
        self.vehicles |= {vehicle.tank_id: vehicle for vehicle in added}
        self._release(now)
        return [vehicle.tank_id for vehicle in added]

    def drop(self, tank_ids: list[int], now: int) -> list[int]:
        """Bring out a game version without some vehicles; return the ids it did know."""
        dropped = [tank_id for tank_id in tank_ids if self.vehicles.pop(tank_id, None)]
        self._release(now)
        return dropped

    def _invent(self) -> Vehicle:
        number = self._invented
        self._invented += 1
        nation = number % len(_NATIONS)
        name = f"Projeto {number + 1:02}"
        return Vehicle(
            tank_id=(_FIRST_NEW + number) << 8 | nation << 4 | 1,
            name=name,
            short_name=name,
            tag=f"Sim{number + 1:02}_Projeto",
            nation=_NATIONS[nation],
            type=_TYPES[number % len(_TYPES)],
            tier=5 + number % 7,
        )

    def _release(self, now: int) -> None:
        major, minor, patch = self.version
        self.version = (major, minor, patch + 1)
        self.updated_at = max(now, self.updated_at + 1)
