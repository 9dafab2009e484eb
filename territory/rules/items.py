"""The policy of an item: rules of the server go before rules for all servers, and these before the default rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from territory.rules.facts import Policy, PolicySource

_PROTECTED = """
    FenceKit WatchtowerKit TerritoryFlagKit
    MediumTent MediumTent_Green MediumTent_Orange LargeTent CarTent
    PartyTent PartyTent_Blue PartyTent_Brown PartyTent_Lunapark
    Barrel_Blue Barrel_Green Barrel_Red Barrel_Yellow WoodenCrate SeaChest
    BarrelHoles_Blue BarrelHoles_Green BarrelHoles_Red BarrelHoles_Yellow Fireplace
    GardenPlot
    PowerGenerator Spotlight CableReel BatteryCharger Refridgerator
    FireworksLauncher Anniversary_FireworksLauncher HescoBox BarbedWire
"""
# Re-arming a trap and arming a raid charge log the same line as placing one: an invasion with these is for staff to see.
_PROTECTED_REVIEW = """
    BearTrap LandMineTrap TripwireTrap RabbitSnareTrap SmallFishTrap FishNetTrap
    ClaymoreMine ImprovisedExplosive Plastic_Explosive
"""
# Tyres and the improvised shelter. TireRepairKit and ImprovisedShelter cannot be logged by the unmodded game; they stand
# here because the community's rule names them and other senders may use the words.
_FORBIDDEN = """
    ShelterKit ShelterStick ShelterFabric ShelterLeather ImprovisedShelter
    TireRepairKit *Wheel
"""


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """A class name or a pattern with `*` and `?`, in any case, and the policy of the items that match it."""

    pattern: str
    policy: Policy
    source: PolicySource = PolicySource.SERVER


@dataclass(frozen=True, slots=True)
class ItemDecision:
    """An item's policy and where it comes from."""

    policy: Policy
    source: PolicySource


DEFAULT_RULES: tuple[PolicyRule, ...] = tuple(
    PolicyRule(pattern, policy, PolicySource.DEFAULT)
    for names, policy in (
        (_PROTECTED, Policy.PROTECTED),
        (_PROTECTED_REVIEW, Policy.PROTECTED_REVIEW),
        (_FORBIDDEN, Policy.FORBIDDEN),
    )
    for pattern in names.split()
)

_UNKNOWN = ItemDecision(Policy.PROTECTED, PolicySource.UNKNOWN)
_PART = ItemDecision(Policy.PROTECTED, PolicySource.PART)
_SOURCE_ORDER = (PolicySource.SERVER, PolicySource.ALL_SERVERS, PolicySource.DEFAULT)


class ItemPolicies:
    """A server's rules over the default rules; an item that no rule matches is protected."""

    def __init__(self, rules: Iterable[PolicyRule] = ()) -> None:
        self._rules = sorted((*rules, *DEFAULT_RULES), key=_specificity)
        self._known: dict[tuple[str, bool], ItemDecision] = {}

    def decide(self, name: str, *, is_part: bool = False) -> ItemDecision:
        """Return the policy of an item class, or of a display name where the log has no class.

        A part built on a structure is protected unless a rule names it; it is never reported as unknown. The default
        patterns do not reach parts: they are written for items, and a mod's wall may end in "wheel".
        """
        key = name.lower(), is_part
        if key not in self._known:
            rule = self.deciding_rule(name, is_part=is_part)
            no_rule = _PART if is_part else _UNKNOWN
            self._known[key] = ItemDecision(rule.policy, rule.source) if rule else no_rule
        return self._known[key]

    def deciding_rule(self, name: str, *, is_part: bool = False) -> PolicyRule | None:
        """Return the rule that gives the item its policy; None if no rule matches."""
        for rule in self._rules:
            if is_part and rule.source is PolicySource.DEFAULT and _is_pattern(rule):
                continue
            if _matches(rule, name.lower()):
                return rule
        return None


def _matches(rule: PolicyRule, name: str) -> bool:
    # Brackets stand in display names; only * and ? are signs of a pattern.
    pattern = rule.pattern.lower()
    return name == pattern or fnmatchcase(name, pattern.replace("[", "[[]"))


def _is_pattern(rule: PolicyRule) -> bool:
    return "*" in rule.pattern or "?" in rule.pattern


def _specificity(rule: PolicyRule) -> tuple[int, bool, int, str]:
    """Order rules by source, exact names before patterns, the longer pattern first, then by the alphabet."""
    return _SOURCE_ORDER.index(rule.source), _is_pattern(rule), -len(rule.pattern), rule.pattern.lower()
