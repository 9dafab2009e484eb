"""What judging returns: an outcome, what follows from it, and every reason."""

from dataclasses import dataclass
from enum import StrEnum

from territory.rules.facts import Right
from territory.rules.items import ItemDecision

# Counts up whenever the same facts may get another verdict; stored with each verdict.
RULE_VERSION = 2


class Outcome(StrEnum):
    """What the act was."""

    ALLOWED = "allowed"
    INVASION = "invasion"
    FORBIDDEN = "forbidden"
    IGNORED = "ignored"


class Rule(StrEnum):
    """The line of the rule that decided."""

    ITEM_IGNORED = "item_ignored"
    ITEM_FORBIDDEN = "item_forbidden"
    OUTSIDE = "outside"
    OWNER = "owner"
    PERMISSION = "permission"
    CLAN = "clan"
    IMMUNE = "immune"
    INTRUDER = "intruder"


class Action(StrEnum):
    """What follows from the verdict."""

    NONE = "none"
    BAN = "ban"
    REVIEW = "review"
    RECORD = "record"  # guilty on a server that only observes


class Hold(StrEnum):
    """Why a guilty verdict does not ban by itself."""

    OBSERVING = "observing"
    REVIEWING = "reviewing"
    TOO_OLD = "too_old"
    NOT_YET = "not_yet"
    BORDER = "border"
    ITEM = "item"
    DISPUTED = "disputed"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Considered:
    """A base that mattered, how far its centre was, and the right found in it at the act."""

    base_id: int
    distance_m: float
    radius_m: float
    right: Right | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one placement.

    `charged` is the base the verdict speaks of: where the right was found, or, for an invasion, the nearest centre.
    `since` tells that the right did not exist at the act and was found at judging.
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
        """Tell whether the act broke the rule, whatever follows from it."""
        return self.outcome in (Outcome.INVASION, Outcome.FORBIDDEN)
