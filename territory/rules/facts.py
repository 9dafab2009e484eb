"""The frozen facts of a verdict. All times are aware, all lengths are metres."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Mode(StrEnum):
    """The mode of a game server: what a guilty verdict does."""

    ENFORCE = "enforce"
    REVIEW = "review"
    OBSERVE = "observe"


class Policy(StrEnum):
    """The policy of an item on a game server."""

    PROTECTED = "protected"
    PROTECTED_REVIEW = "protected_review"
    FORBIDDEN = "forbidden"
    IGNORED = "ignored"


class PolicySource(StrEnum):
    """The source of an item's policy, most specific first."""

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
    """A period from `start` until, not including, `end`; without `end` it lasts."""

    start: datetime
    end: datetime | None = None

    def covers(self, moment: datetime) -> bool:
        """Tell whether `moment` lies in the period."""
        return self.start <= moment and (self.end is None or moment < self.end)


@dataclass(frozen=True, slots=True)
class BaseState:
    """A base during one period. A base that was moved or given away has several states."""

    base_id: int
    owner_id: int
    clan_id: int | None
    x: float
    z: float
    radius_m: float
    period: Period


@dataclass(frozen=True, slots=True)
class Nearby:
    """A state of a base, and the distance of the act from its centre."""

    state: BaseState
    distance_m: float


@dataclass(frozen=True, slots=True)
class Person:
    """A person's rights and immunities on a server. With `user_id` None, a stranger: nobody is linked to the player."""

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
        """Tell whether the person was immune at any of the moments."""
        return any(period.covers(moment) for period in self.immunities for moment in moments)


STRANGER = Person()


@dataclass(frozen=True, slots=True)
class Actor:
    """The player who placed the item.

    `disputed` is the person whose linked gamertag the actor bears under another player id: a conflict for staff.
    `candidates` are people who may be the actor, without proof: on PC, or with a gamertag equal but for a suffix.
    `linked_until`: until then the actor was linked to somebody, whose rights nobody knows any more.
    """

    person: Person = STRANGER
    disputed: Person | None = None
    candidates: tuple[Person, ...] = ()
    linked_until: datetime | None = None

    @property
    def doubtful(self) -> tuple[Person, ...]:
        """The people who may be the actor, without proof."""
        return self.candidates if self.disputed is None else (self.disputed, *self.candidates)


@dataclass(frozen=True, slots=True)
class Act:
    """The place and time of a placement, as logged; `clock_is_wrong` means that its source has a wrong clock."""

    x: float
    z: float
    occurred_at: datetime
    clock_is_wrong: bool = False


@dataclass(frozen=True, slots=True)
class ServerRules:
    """The settings of a game server that verdicts depend on; `is_tripped` while its circuit breaker has it banning nobody."""

    mode: Mode = Mode.ENFORCE
    border_margin_m: float = 0.0
    maximum_age: timedelta = timedelta(hours=24)
    is_tripped: bool = False
