"""The frozen facts a placement is judged by. All times are aware, all lengths are metres."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Mode(StrEnum):
    """What a game server does with a guilty verdict."""

    ENFORCE = "enforce"
    REVIEW = "review"
    OBSERVE = "observe"


class Policy(StrEnum):
    """What a placeable item means on a game server."""

    PROTECTED = "protected"
    PROTECTED_REVIEW = "protected_review"
    FORBIDDEN = "forbidden"
    IGNORED = "ignored"


class PolicySource(StrEnum):
    """Where an item's policy comes from, most specific first."""

    SERVER = "server"
    ALL_SERVERS = "all_servers"
    DEFAULT = "default"
    PART = "part"
    UNKNOWN = "unknown"


class Right(StrEnum):
    """Why somebody may build in a base, in the order the rule asks."""

    OWNER = "owner"
    PERMISSION = "permission"
    CLAN = "clan"


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time: from `start` until, not including, `end`; without `end` it lasts."""

    start: datetime
    end: datetime | None = None

    def covers(self, moment: datetime) -> bool:
        """Tell whether `moment` lies in the period."""
        return self.start <= moment and (self.end is None or moment < self.end)


@dataclass(frozen=True, slots=True)
class BaseState:
    """A base as it was during one period. A base that was moved or changed hands has several states."""

    base_id: int
    owner_id: int
    clan_id: int | None
    x: float
    z: float
    radius_m: float
    period: Period


@dataclass(frozen=True, slots=True)
class Nearby:
    """A state of a base and how far from its centre the placement was logged."""

    state: BaseState
    distance_m: float


@dataclass(frozen=True, slots=True)
class Person:
    """What somebody holds on a server. `user_id` None is a player with no linked account: a stranger everywhere."""

    user_id: int | None = None
    permissions: Mapping[int, tuple[Period, ...]] = field(default_factory=dict)  # by base id
    memberships: Mapping[int, tuple[Period, ...]] = field(default_factory=dict)  # by clan id
    immunities: tuple[Period, ...] = ()

    def right_in(self, base: BaseState, moment: datetime) -> Right | None:
        """Return the first right, in the order of the rule, held in `base` at `moment`."""
        if self.user_id is None:
            return None
        if base.owner_id == self.user_id:
            return Right.OWNER
        if any(period.covers(moment) for period in self.permissions.get(base.base_id, ())):
            return Right.PERMISSION
        if base.clan_id is not None and any(
            period.covers(moment) for period in self.memberships.get(base.clan_id, ())
        ):
            return Right.CLAN
        return None

    def is_immune(self, *moments: datetime) -> bool:
        """Tell whether the staff immunity list held this person at any of the moments."""
        return any(period.covers(moment) for period in self.immunities for moment in moments)


STRANGER = Person()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who placed the item.

    `disputed` is the person whose linked gamertag the actor bears under another player id: a conflict for staff.
    `candidates` are people who may be the actor, but whose gamertag proves nothing: on PC, or equal but for a suffix.
    """

    person: Person = STRANGER
    disputed: Person | None = None
    candidates: tuple[Person, ...] = ()

    @property
    def doubtful(self) -> tuple[Person, ...]:
        """The people whom the actor may be instead."""
        return self.candidates if self.disputed is None else (self.disputed, *self.candidates)


@dataclass(frozen=True, slots=True)
class Act:
    """A placement as logged: where the player stood, and when; `clock_is_wrong` says that its source is dated wrongly."""

    x: float
    z: float
    occurred_at: datetime
    clock_is_wrong: bool = False


@dataclass(frozen=True, slots=True)
class ServerRules:
    """A game server's settings as far as they bear on verdicts."""

    mode: Mode = Mode.ENFORCE
    border_margin_m: float = 0.0
    maximum_age: timedelta = timedelta(hours=24)
