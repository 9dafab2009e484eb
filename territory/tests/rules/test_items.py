"""Which policy an item has, and which of several rules wins."""

import itertools

import pytest

from territory.rules.facts import Policy, PolicySource
from territory.rules.items import DEFAULT_RULES, ItemDecision, ItemPolicies, PolicyRule

PROTECTED, REVIEW = Policy.PROTECTED, Policy.PROTECTED_REVIEW
FORBIDDEN, IGNORED = Policy.FORBIDDEN, Policy.IGNORED
SERVER, EVERYWHERE = PolicySource.SERVER, PolicySource.ALL_SERVERS
DEFAULT, PART, UNKNOWN = PolicySource.DEFAULT, PolicySource.PART, PolicySource.UNKNOWN

# Every class that the unmodded game can log, by group, and the two words the community's rule uses.
GROUPS = {
    "kits": (PROTECTED, "FenceKit WatchtowerKit TerritoryFlagKit"),
    "tents": (PROTECTED, "MediumTent MediumTent_Green MediumTent_Orange LargeTent CarTent"),
    "party tents": (PROTECTED, "PartyTent PartyTent_Blue PartyTent_Brown PartyTent_Lunapark"),
    "storage": (PROTECTED, "Barrel_Blue Barrel_Green Barrel_Red Barrel_Yellow WoodenCrate SeaChest"),
    "fire": (PROTECTED, "BarrelHoles_Blue BarrelHoles_Green BarrelHoles_Red BarrelHoles_Yellow Fireplace"),
    "garden": (PROTECTED, "GardenPlot"),
    "electrical": (PROTECTED, "PowerGenerator Spotlight CableReel BatteryCharger Refridgerator"),
    "fireworks": (PROTECTED, "FireworksLauncher Anniversary_FireworksLauncher"),
    "other": (PROTECTED, "HescoBox BarbedWire"),
    "traps": (REVIEW, "BearTrap LandMineTrap TripwireTrap RabbitSnareTrap SmallFishTrap FishNetTrap"),
    "explosives": (REVIEW, "ClaymoreMine ImprovisedExplosive Plastic_Explosive"),
    "shelter": (FORBIDDEN, "ShelterKit ShelterStick ShelterFabric ShelterLeather ImprovisedShelter"),
    "tyres": (FORBIDDEN, "TireRepairKit HatchbackWheel CivSedanWheel Truck_01_Wheel"),
}
CLASSES = [
    pytest.param(name, policy, id=f"{group}: {name}")
    for group, (policy, names) in GROUPS.items()
    for name in names.split()
]


def decided(name: str, *rules: PolicyRule, is_part: bool = False) -> ItemDecision:
    """Decide with these rules laid over the default ones."""
    return ItemPolicies(rules).decide(name, is_part=is_part)


@pytest.mark.parametrize(("name", "policy"), CLASSES)
def test_default_policy(name: str, policy: Policy) -> None:
    assert decided(name) == ItemDecision(policy, DEFAULT)


def test_every_default_rule_stands_in_a_group() -> None:
    named = {name for _, names in GROUPS.values() for name in names.split()}
    assert {rule.pattern for rule in DEFAULT_RULES} - named == {"*Wheel"}


@pytest.mark.parametrize("name", ["fencekit", "FENCEKIT", "fEnCeKiT"])
def test_case_of_class_does_not_matter(name: str) -> None:
    assert decided(name) == ItemDecision(PROTECTED, DEFAULT)
    assert decided(name, PolicyRule("FENCEkit", IGNORED)) == ItemDecision(IGNORED, SERVER)
    assert decided(name, PolicyRule("FENCE*", IGNORED)) == ItemDecision(IGNORED, SERVER)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("ModdedTurret", id="modded class"),
        pytest.param("", id="nothing"),
        pytest.param("FenceKit2", id="longer than a known class"),
        pytest.param("MyFenceKit", id="ends like a known class"),
        pytest.param("Wheelbarrow", id="begins like a pattern's end"),
        pytest.param("Средняя палатка", id="display name"),
        pytest.param("Fence Kit", id="display name of a known class"),
        pytest.param("[odd] name*?", id="signs of patterns in the name"),
    ],
)
def test_unknown_item_is_protected_and_reported(name: str) -> None:
    assert decided(name) == ItemDecision(PROTECTED, UNKNOWN)


@pytest.mark.parametrize("pattern", ["Barrel [Red]", "Barrel [*"])
def test_brackets_are_no_signs_of_a_pattern(pattern: str) -> None:
    assert decided("Barrel [Red]", PolicyRule(pattern, IGNORED)) == ItemDecision(IGNORED, SERVER)
    assert decided("Barrel R", PolicyRule(pattern, IGNORED)) == ItemDecision(PROTECTED, UNKNOWN)


def test_display_name_can_be_named_by_rule() -> None:
    assert decided("Средняя палатка", PolicyRule("средняя ПАЛАТКА", IGNORED)) == ItemDecision(IGNORED, SERVER)


# Parts built on a structure.


@pytest.mark.parametrize("part", ["wall_base_up", "level_1_wall_2_base_down", "base", "mill_wheel"])
def test_part_is_protected_and_not_reported_as_unknown(part: str) -> None:
    assert decided(part, is_part=True) == ItemDecision(PROTECTED, PART)


def test_part_named_by_rule_follows_the_rule() -> None:
    rule = PolicyRule("wall_*", IGNORED)
    assert decided("wall_base_up", rule, is_part=True) == ItemDecision(IGNORED, SERVER)


@pytest.mark.parametrize("name", ["ShelterStick", "ShelterFabric", "ShelterLeather"])
def test_shelter_built_by_hand_is_forbidden(name: str) -> None:
    assert decided(name, is_part=True) == ItemDecision(FORBIDDEN, DEFAULT)


def test_same_name_is_decided_anew_as_part_and_as_item() -> None:
    policies = ItemPolicies()
    for _ in range(2):
        assert policies.decide("base").source is UNKNOWN
        assert policies.decide("base", is_part=True).source is PART


# Which rule wins.


@pytest.mark.parametrize(
    ("name", "rules", "expected"),
    [
        pytest.param(
            "FenceKit",
            [PolicyRule("FenceKit", IGNORED, SERVER), PolicyRule("FenceKit", FORBIDDEN, EVERYWHERE)],
            (IGNORED, SERVER),
            id="server over all servers",
        ),
        pytest.param(
            "FenceKit",
            [PolicyRule("FenceKit", FORBIDDEN, EVERYWHERE)],
            (FORBIDDEN, EVERYWHERE),
            id="all servers over default",
        ),
        pytest.param(
            "ShelterKit",
            [PolicyRule("ShelterKit", IGNORED, SERVER)],
            (IGNORED, SERVER),
            id="server frees a forbidden item",
        ),
        pytest.param(
            "FenceKit",
            [PolicyRule("*Kit", IGNORED, SERVER), PolicyRule("FenceKit", FORBIDDEN, EVERYWHERE)],
            (IGNORED, SERVER),
            id="server's pattern over exact rule for all servers",
        ),
        pytest.param(
            "FenceKit",
            [PolicyRule("F*Kit", IGNORED, EVERYWHERE)],
            (IGNORED, EVERYWHERE),
            id="pattern over exact default",
        ),
        pytest.param(
            "Barrel_Red",
            [PolicyRule("Barrel_*", IGNORED), PolicyRule("Barrel_Red", FORBIDDEN)],
            (FORBIDDEN, SERVER),
            id="exact over pattern",
        ),
        pytest.param(
            "Barrel_Red",
            [PolicyRule("*Barrel_Red**", IGNORED), PolicyRule("Barrel_Red", FORBIDDEN)],
            (FORBIDDEN, SERVER),
            id="exact over longer pattern",
        ),
        pytest.param(
            "Barrel_Red",
            [PolicyRule("Barrel*", IGNORED), PolicyRule("Barrel_R*", FORBIDDEN)],
            (FORBIDDEN, SERVER),
            id="longer pattern over shorter",
        ),
        pytest.param(
            "Barrel_Red",
            [PolicyRule("Barrel*", IGNORED), PolicyRule("*el_Red", FORBIDDEN)],
            (FORBIDDEN, SERVER),
            id="patterns of one length in order of the alphabet",
        ),
        pytest.param("Barrel_Red", [PolicyRule("Barrel_?ed", IGNORED)], (IGNORED, SERVER), id="one sign"),
        pytest.param(
            "Barrel_Red",
            [PolicyRule("Barrel_?", IGNORED)],
            (PROTECTED, DEFAULT),
            id="pattern must match wholly",
        ),
        pytest.param("TireKit", [PolicyRule("Tire*", REVIEW)], (REVIEW, SERVER), id="new class by pattern"),
    ],
)
def test_most_specific_rule_wins_in_any_order(
    name: str, rules: list[PolicyRule], expected: tuple[Policy, PolicySource]
) -> None:
    for order in itertools.permutations(rules):
        assert decided(name, *order) == ItemDecision(*expected)


def test_rules_of_one_server_do_not_reach_another() -> None:
    ItemPolicies([PolicyRule("FenceKit", IGNORED)])
    assert decided("FenceKit") == ItemDecision(PROTECTED, DEFAULT)
