"""The plain truth about a world, for tests to hold stored rows against."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.simulator.catalogue import Vehicle


@dataclass(frozen=True, slots=True)
class MemberTruth:
    account_id: int
    nickname: str
    role: str
    joined_at: int


@dataclass(frozen=True, slots=True)
class AccountTruth:
    """An account; `figures` by the API's names; times in seconds since 1970, 0 for never."""

    account_id: int
    nickname: str
    clan_id: int | None
    created_at: int
    last_battle_time: int
    logout_at: int
    updated_at: int
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
    leader_id: int
    is_disbanded: bool
    updated_at: int


@dataclass(frozen=True, slots=True)
class Truth:
    """A world as it is at `now`. Accounts include hidden ones, whose ids are in `hidden`, and those without clan.

    `members` are empty when the clan is disbanded. `tanks` and `garages` are by account id.
    """

    now: int
    clan: ClanTruth
    members: Mapping[int, MemberTruth]
    accounts: Mapping[int, AccountTruth]
    hidden: frozenset[int]
    tanks: Mapping[int, Mapping[int, TankTruth]]
    garages: Mapping[int, tuple[int, ...]]
    catalogue: Mapping[int, Vehicle]
    game_version: str
    tanks_updated_at: int
