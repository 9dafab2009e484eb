"""The vehicles of the game, and a catalogue of them that changes as game versions come out."""

import json
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).parent / "data" / "vehicles.json"
_PICTURES: Final = "http://api.worldoftanks.com/static/2.77.0/wot/encyclopedia/vehicle"
# Made-up vehicles get ids from here on: (number << 8 | 1) as the game's, but with numbers it has not reached.
_FIRST_NEW: Final = 400


@dataclass(frozen=True, slots=True)
class ListedVehicle:
    """A vehicle as encyclopedia/vehicles lists it; `type` and `nation` are the API's keys, `tier` is 1 to 11."""

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
        sizes = {"small_icon": "small/", "contour_icon": "contour/", "big_icon": ""}
        return {icon: f"{_PICTURES}/{size}{name}" for icon, size in sizes.items()}


@cache
def known_vehicles() -> tuple[ListedVehicle, ...]:
    """Return the vehicles of the data file, by id."""
    columns = _content()["columns"]
    rows = [dict(zip(columns, row, strict=True)) for row in _content()["listed"] + _content()["guessed"]]
    flags = ("is_premium", "is_gift")
    vehicles = [ListedVehicle(**{**row, **{name: bool(row[name]) for name in flags}}) for row in rows]
    return tuple(sorted(vehicles, key=lambda vehicle: vehicle.tank_id))


@cache
def unlisted_ids() -> tuple[int, ...]:
    """Return ids of vehicles that players have and no catalogue knows."""
    return tuple(_content()["unlisted_ids"])


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return content


@dataclass(slots=True)
class Catalogue:
    """The vehicles of the encyclopedia at present; `updated_at` in seconds since 1970."""

    updated_at: int
    vehicles: dict[int, ListedVehicle] = field(
        default_factory=lambda: {v.tank_id: v for v in known_vehicles()}
    )
    _releases: int = 0
    _invented: int = 0

    @property
    def game_version(self) -> str:
        return f"2.4.{self._releases}"

    def tier(self, tank_id: int) -> int:
        """Return a vehicle's tier, a middling one for those it does not know."""
        vehicle = self.vehicles.get(tank_id)
        return vehicle.tier if vehicle else 8

    def add(self, count: int, now: int) -> None:
        """Bring out a game version with `count` made-up vehicles."""
        for example in known_vehicles()[:count]:
            self._invented += 1
            name, tank_id = f"Projeto {self._invented:02}", (_FIRST_NEW + self._invented) << 8 | 1
            self.vehicles[tank_id] = replace(example, tank_id=tank_id, name=name, short_name=name)
        self._release(now)

    def drop(self, count: int, now: int) -> None:
        """Bring out a game version without the last `count` vehicles."""
        for tank_id in sorted(self.vehicles)[-count:]:
            del self.vehicles[tank_id]
        self._release(now)

    def _release(self, now: int) -> None:
        self._releases += 1
        self.updated_at = max(now, self.updated_at + 1)
