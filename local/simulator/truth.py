"""The state of a world as plain values, for tests to compare stored rows with; times in seconds since 1970, 0 for never."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.simulator.catalogue import ListedVehicle


@dataclass(frozen=True, slots=True)
class MemberTruth:
    account_id: int
    nickname: str
    role: str
    joined_at: int


@dataclass(frozen=True, slots=True)
class AccountTruth:
    """An account; `figures` by the API's names."""

    nickname: str
    created_at: int
    last_battle_time: int
    global_rating: int
    figures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TankTruth:
    battles: int
    wins: int
    mastery: int


@dataclass(frozen=True, slots=True)
class ClanTruth:
    clan_id: int
    tag: str
    name: str


@dataclass(frozen=True, slots=True)
class Truth:
    """A world as it is at `now`. Accounts include hidden ones, whose ids are in `hidden`, and those without clan.

    `tanks` and `garages` are by account id.
    """

    now: int
    clan: ClanTruth
    members: Mapping[int, MemberTruth]
    accounts: Mapping[int, AccountTruth]
    hidden: frozenset[int]
    tanks: Mapping[int, Mapping[int, TankTruth]]
    garages: Mapping[int, tuple[int, ...]]
    catalogue: Mapping[int, ListedVehicle]
    game_version: str
    tanks_updated_at: int
