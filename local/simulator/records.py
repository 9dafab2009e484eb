"""What is counted of players: figures, vehicles, and the battles that add to them."""

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass, field, fields

ACE_TANKER = 4


@dataclass(slots=True)
class Figures:
    """Sums over random battles; wins + losses + draws = battles."""

    battles: int = 0
    wins: int = 0
    losses: int = 0
    draws: int = 0
    survived_battles: int = 0
    damage_dealt: int = 0
    frags: int = 0
    spotted: int = 0
    dropped_capture_points: int = 0
    xp: int = 0

    def add(self, other: "Figures") -> None:
        for name in NAMES:
            setattr(self, name, getattr(self, name) + getattr(other, name))


NAMES = tuple(entry.name for entry in fields(Figures))


def total(parts: Iterable[Figures]) -> Figures:
    """Return the sum of figures."""
    result = Figures()
    for part in parts:
        result.add(part)
    return result


@dataclass(slots=True)
class Tank:
    """A player's record in one vehicle; mastery: 0 none, 1 third class … 3 first class, 4 Ace."""

    figures: Figures
    mastery: int = 0
    is_sold: bool = False


@dataclass(slots=True)
class Account:
    """An account; `skill` is the chance to win, `activity` weighs how often it plays; times in seconds since 1970."""

    account_id: int
    nickname: str
    skill: float
    activity: float
    created_at: int
    last_battle_time: int = 0
    tanks: dict[int, Tank] = field(default_factory=dict)
    figures: Figures = field(default_factory=Figures)
    never_driven: tuple[int, ...] = ()

    @property
    def garage(self) -> list[int]:
        """Ids of what is owned now, driven or not."""
        owned = {tank_id for tank_id, tank in self.tanks.items() if not tank.is_sold}
        return sorted(owned | set(self.never_driven))

    @property
    def global_rating(self) -> int:
        return round(18_000 * (self.skill - 0.3) * min(1.0, self.figures.battles / 5000))

    def record(self, rng: random.Random, tank_id: int, battles: int, tier: int) -> None:
        """Fight battles in one vehicle, a new one perhaps."""
        fought = fight(rng, battles, tier, self.skill)
        tank = self.tanks.setdefault(tank_id, Tank(Figures()))
        tank.figures.add(fought)
        tank.is_sold = False
        if tank.mastery < ACE_TANKER and rng.random() < 1 - 0.97**battles:
            tank.mastery += 1
        self.figures.add(fought)

    def leave_battle(self, at: int) -> None:
        """End a session; times never go back, and each session moves them."""
        self.last_battle_time = max(at, self.last_battle_time + 1)


def fight(rng: random.Random, battles: int, tier: int, skill: float) -> Figures:
    """Return what some battles bring."""
    wins = chances(rng, battles, skill)
    draws = min(battles - wins, chances(rng, battles, 0.012))
    luck = max(0.2, rng.gauss(1, 0.35 / math.sqrt(battles))) if battles else 0.0
    share = 2 * skill * luck
    return Figures(
        battles=battles,
        wins=wins,
        losses=battles - wins - draws,
        draws=draws,
        survived_battles=chances(rng, battles, skill * 0.6),
        damage_dealt=int(90 * tier**1.25 * battles * share),
        frags=int(0.95 * battles * share),
        spotted=int(1.3 * battles * share),
        dropped_capture_points=int(0.8 * battles * luck),
        xp=int((180 + 52 * tier) * battles * share),
    )


def chances(rng: random.Random, tries: int, chance: float) -> int:
    """Return how many of some tries succeed."""
    drawn = rng.gauss(tries * chance, math.sqrt(tries * chance * (1 - chance)))
    return min(tries, max(0, round(drawn)))
