"""The verdict: an outcome, its consequence, and every reason."""

from dataclasses import dataclass
from enum import StrEnum

from territory.rules.facts import Right
from territory.rules.items import ItemDecision

# Counts up whenever the same facts may get another verdict; stored with each verdict.
RULE_VERSION = 3


class Outcome(StrEnum):
    """The outcome of judging an act."""

    ALLOWED = "allowed"
    INVASION = "invasion"
    FORBIDDEN = "forbidden"
    IGNORED = "ignored"


class Rule(StrEnum):
    """The part of the rule that decided."""

    ITEM_IGNORED = "item_ignored"
    ITEM_FORBIDDEN = "item_forbidden"
    OUTSIDE = "outside"
    OWNER = "owner"
    PERMISSION = "permission"
    CLAN = "clan"
    IMMUNE = "immune"
    INTRUDER = "intruder"


class Action(StrEnum):
    """The consequence of a verdict."""

    NONE = "none"
    BAN = "ban"
    REVIEW = "review"
    RECORD = "record"  # guilty on a server that only observes


class Hold(StrEnum):
    """A reason why a guilty verdict does not ban by itself."""

    OBSERVING = "observing"
    REVIEWING = "reviewing"
    TOO_OLD = "too_old"
    NOT_YET = "not_yet"
    BORDER = "border"
    ITEM = "item"
    DISPUTED = "disputed"
    CLOCK = "clock"
    BREAKER = "breaker"

    @property
    def is_of_mode(self) -> bool:
        """True for a hold that says nothing of the act: the server bans nobody by itself at the moment."""
        return self in (Hold.OBSERVING, Hold.REVIEWING, Hold.BREAKER)


@dataclass(frozen=True, slots=True)
class Considered:
    """A base that the verdict considered, the distance to its centre, and the actor's right in it at the act."""

    base_id: int
    distance_m: float
    radius_m: float
    right: Right | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one placement.

    `charged` is the base that gives the right or, for an invasion, the nearest base. `since` means that the right began
    after the act and was held at judging.
    """

    outcome: Outcome
    rule: Rule
    item: ItemDecision
    action: Action = Action.NONE
    holds: tuple[Hold, ...] = ()
    charged: Considered | None = None
    since: bool = False
    considered: tuple[Considered, ...] = ()

    @property
    def is_guilty(self) -> bool:
        """True for an invasion and a forbidden item, whatever the consequence."""
        return self.outcome in (Outcome.INVASION, Outcome.FORBIDDEN)
