"""What will happen on a day: who plays when, who comes and goes. Planned at its beginning, the same for the same seed."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

DAY: Final = 86_400
_HOUR: Final = 3600
# São Paulo is three hours behind UTC and keeps no summer time.
_BEHIND_UTC: Final = 3 * _HOUR
# How likely a session ends in each hour of the local day: after work, and some past midnight.
_HOURS: Final = (6, 3, 1, 0, 0, 0, 1, 1, 1, 2, 2, 2, 4, 3, 2, 2, 3, 4, 7, 11, 14, 16, 16, 11)
_SHARE_OF_A_DAY: Final = (0.20, 0.52)
_CHANCES: Final = {"leave": 0.35, "join": 0.4, "rename": 0.08, "role": 0.2}


@dataclass(frozen=True, slots=True, order=True)
class PlannedEvent:
    """Something that happens at `at` (seconds since 1970); `kind` is session, leave, join, rename or role."""

    at: int
    kind: str
    account_id: int = 0


def day_of(moment: int) -> int:
    """Return the number of the local day that a moment lies in."""
    return (moment - _BEHIND_UTC) // DAY


def plan(rng: random.Random, day: int, activity: Mapping[int, float]) -> list[PlannedEvent]:
    """Return a local day's events in their order; `activity` weighs how often each player plays, 0 for never."""
    begins = day * DAY + _BEHIND_UTC
    events = [
        PlannedEvent(begins + _moment(rng), "session", account_id)
        for account_id in _who_plays(rng, activity)
        for _ in range(rng.choice((1, 1, 2, 3)))
    ]
    events += [
        PlannedEvent(begins + _moment(rng), kind)
        for kind, chance in _CHANCES.items()
        if rng.random() < chance
    ]
    return sorted(events)


def _who_plays(rng: random.Random, activity: Mapping[int, float]) -> list[int]:
    """Draw 20 to 52 % of the players, the active ones first of all."""
    keys = {account_id: rng.random() ** (1 / weight) for account_id, weight in activity.items() if weight > 0}
    count = round(rng.uniform(*_SHARE_OF_A_DAY) * len(activity))
    return sorted(keys, key=keys.__getitem__, reverse=True)[:count]


def _moment(rng: random.Random) -> int:
    """Return seconds after local midnight."""
    hour = rng.choices(range(24), weights=_HOURS)[0]
    return hour * _HOUR + rng.randrange(_HOUR)
