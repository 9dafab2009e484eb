"""The rule as the community wrote it: who may place what, where, and which base an invasion is charged to."""

import math
from typing import Any

import pytest

from territory.rules.facts import STRANGER, BaseState, Mode, Person, Policy, PolicySource, Right
from territory.rules.items import ItemDecision, ItemPolicies
from territory.rules.verdict import RULE_VERSION, Action, Considered, Hold, Outcome, Rule, Verdict
from territory.tests.rules.builders import (
    CENTRE,
    CLAN_MATE_ID,
    EDGE,
    FORBIDDEN,
    FRIEND_ID,
    IGNORED,
    INSIDE,
    OTHER,
    OTHER_ID,
    OUTSIDE,
    OWNER,
    PROTECTED,
    RIVALS,
    TRAP,
    TXS,
    assert_allowed,
    assert_forbidden,
    assert_invasion,
    base,
    clan_mate,
    friend,
    judged,
    staff,
)

# The three examples of the community's own text.


def test_fence_kit_by_stranger_is_banned_with_its_distance() -> None:
    fence = ItemPolicies().decide("FenceKit")
    verdict = judged(base(radius_m=100), at=INSIDE, by=STRANGER, item=fence)
    assert_invasion(verdict)
    assert verdict.charged == Considered(base_id=1, distance_m=45.0, radius_m=100.0, right=None)


def test_watchtower_by_clan_mate_is_allowed() -> None:
    tower = ItemPolicies().decide("WatchtowerKit")
    assert_allowed(judged(base(clan=TXS), by=clan_mate(), item=tower), Rule.CLAN, base_id=1)


def test_barrel_by_permitted_friend_is_allowed() -> None:
    barrel = ItemPolicies().decide("Barrel_Blue")
    assert_allowed(judged(base(), by=friend(), item=barrel), Rule.PERMISSION, base_id=1)


# Who.


@pytest.mark.parametrize(
    ("by", "rule"),
    [
        pytest.param(OWNER, Rule.OWNER, id="owner"),
        pytest.param(friend(), Rule.PERMISSION, id="permission on the base"),
        pytest.param(clan_mate(), Rule.CLAN, id="member of the base's clan"),
        pytest.param(staff(), Rule.IMMUNE, id="staff"),
    ],
)
def test_placement_inside_base_with_right_is_allowed(by: Person, rule: Rule) -> None:
    verdict = judged(base(clan=TXS), by=by)
    assert_allowed(verdict, rule, base_id=None if rule is Rule.IMMUNE else 1)


@pytest.mark.parametrize(
    "by",
    [
        pytest.param(STRANGER, id="no linked account"),
        pytest.param(OTHER, id="linked, no right"),
        pytest.param(friend(of=2), id="permission on another base"),
        pytest.param(clan_mate(clan=RIVALS), id="member of another clan"),
        pytest.param(Person(None, clan_mate().permissions, clan_mate().memberships), id="rights of nobody"),
    ],
)
def test_placement_inside_base_without_right_is_invasion(by: Person) -> None:
    assert_invasion(judged(base(clan=TXS), by=by))


def test_clan_member_in_base_without_clan_is_invasion() -> None:
    assert_invasion(judged(base(clan=None), by=clan_mate()))


# The order of the rule: owner, permission, clan; a right before immunity.


def test_right_named_first_by_rule_is_the_one_reported() -> None:
    all_three = Person(FRIEND_ID, friend().permissions, clan_mate().memberships)
    own = base(owner=FRIEND_ID, clan=TXS)
    assert_allowed(judged(own, by=all_three), Rule.OWNER, base_id=1)
    assert_allowed(judged(base(clan=TXS), by=all_three), Rule.PERMISSION, base_id=1)


def test_owner_on_immunity_list_is_allowed_as_owner() -> None:
    assert_allowed(judged(base(owner=OTHER_ID), by=staff()), Rule.OWNER, base_id=1)


# Where.


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        pytest.param(CENTRE, True, id="centre"),
        pytest.param(INSIDE, True, id="45 m"),
        pytest.param(EDGE, True, id="exactly the radius"),
        pytest.param(OUTSIDE, False, id="a millimetre beyond"),
        pytest.param((5100.0, 3000.0), True, id="east, exactly"),
        pytest.param((math.nextafter(5100.0, math.inf), 3000.0), False, id="east, next number"),
        pytest.param((4900.0, 3000.0), True, id="west, exactly"),
        pytest.param((5000.0, 2900.0), True, id="south, exactly"),
        pytest.param((5075.0, 3075.0), False, id="in the square, not in the circle"),
        pytest.param((3000.0, 5000.0), False, id="axes swapped"),
    ],
)
def test_circle_includes_its_edge(at: tuple[float, float], *, inside: bool) -> None:
    verdict = judged(base(radius_m=100), at=at)
    if inside:
        assert_invasion(verdict)
    else:
        assert_allowed(verdict, Rule.OUTSIDE)
        assert verdict.considered == ()


@pytest.mark.parametrize("by", [STRANGER, OTHER, OWNER, staff()], ids=["stranger", "other", "owner", "staff"])
def test_placement_on_free_land_is_allowed(by: Person) -> None:
    assert_allowed(judged(base(), at=OUTSIDE, by=by), Rule.OUTSIDE)
    assert_allowed(judged(by=by), Rule.OUTSIDE)


@pytest.mark.parametrize(("radius_m", "inside"), [(50, False), (99, False), (100, True), (200, True)])
def test_each_base_has_its_own_radius(radius_m: float, *, inside: bool) -> None:
    verdict = judged(base(radius_m=radius_m), at=EDGE)
    assert verdict.outcome is (Outcome.INVASION if inside else Outcome.ALLOWED)


# Several bases over one place. The act is 45 m from the centre of base 1 and 35 m from that of base 2.

NORTH = (5000.0, 3080.0)


@pytest.mark.parametrize(
    ("by", "rule", "base_id"),
    [
        pytest.param(OWNER, Rule.OWNER, 1, id="owns the farther"),
        pytest.param(OTHER, Rule.OWNER, 2, id="owns the nearer"),
        pytest.param(friend(of=1), Rule.PERMISSION, 1, id="permitted in the farther"),
        pytest.param(friend(of=2), Rule.PERMISSION, 2, id="permitted in the nearer"),
        pytest.param(clan_mate(), Rule.CLAN, 1, id="clan of the farther"),
        pytest.param(clan_mate(clan=RIVALS), Rule.CLAN, 2, id="clan of the nearer"),
    ],
)
def test_right_in_any_base_over_the_place_allows(by: Person, rule: Rule, base_id: int) -> None:
    two = base(1, clan=TXS), base(2, owner=OTHER_ID, centre=NORTH, clan=RIVALS)
    assert_allowed(judged(*two, by=by), rule, base_id=base_id)


def test_stronger_right_in_farther_base_is_the_one_reported() -> None:
    two = base(1, owner=CLAN_MATE_ID), base(2, centre=NORTH, clan=TXS)
    assert_allowed(judged(*two, by=clan_mate()), Rule.OWNER, base_id=1)


@pytest.mark.parametrize("reverse", [False, True])
def test_same_right_in_two_bases_is_reported_of_the_nearer(*, reverse: bool) -> None:
    two = [base(1), base(2, centre=NORTH)][:: -1 if reverse else 1]
    assert_allowed(judged(*two, by=OWNER), Rule.OWNER, base_id=2)


@pytest.mark.parametrize("reverse", [False, True])
def test_invasion_of_two_bases_is_one_charged_to_the_nearest_centre(*, reverse: bool) -> None:
    two = [base(1, radius_m=50), base(2, centre=NORTH, radius_m=200)][:: -1 if reverse else 1]
    verdict = judged(*two)
    assert_invasion(verdict, base_id=2)
    assert [near.base_id for near in verdict.considered] == [2, 1]


@pytest.mark.parametrize("ids", [(1, 2), (2, 1)])
def test_invasion_between_equally_near_centres_is_charged_to_the_lower_number(ids: tuple[int, int]) -> None:
    assert_invasion(judged(base(ids[0]), base(ids[1], owner=OTHER_ID)), base_id=1)


def test_nearer_base_that_does_not_reach_the_place_is_not_charged() -> None:
    two = base(1, radius_m=100), base(2, centre=(5000.0, 3100.0), radius_m=50)
    assert_invasion(judged(*two, at=(5000.0, 3049.0)), base_id=1)


def test_right_in_base_that_does_not_reach_the_place_does_not_help() -> None:
    two = base(1), base(2, owner=OTHER_ID, centre=(5000.0, 3100.0), radius_m=50)
    assert_invasion(judged(*two, at=(5000.0, 3049.0), by=OTHER), base_id=1)


# What.


@pytest.mark.parametrize(
    ("bases", "at"),
    [
        pytest.param((), INSIDE, id="no base anywhere"),
        pytest.param((base(),), OUTSIDE, id="free land"),
        pytest.param((base(clan=TXS),), INSIDE, id="inside a base"),
    ],
)
@pytest.mark.parametrize(
    "by", [STRANGER, OWNER, friend(), clan_mate()], ids=["stranger", "owner", "friend", "mate"]
)
def test_forbidden_item_is_banned_anywhere_whoever_places_it(
    bases: tuple[BaseState, ...], at: tuple[float, float], by: Person
) -> None:
    assert_forbidden(judged(*bases, at=at, by=by, item=FORBIDDEN))


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("by", [STRANGER, OWNER, staff()], ids=["stranger", "owner", "staff"])
def test_ignored_item_has_no_consequence(by: Person, mode: Mode) -> None:
    verdict = judged(base(), by=by, item=IGNORED, mode=mode)
    assert verdict == Verdict(Outcome.IGNORED, Rule.ITEM_IGNORED, IGNORED)
    assert (verdict.action, verdict.is_guilty) == (Action.NONE, False)


@pytest.mark.parametrize(
    ("by", "rule"),
    [
        pytest.param(OWNER, Rule.OWNER, id="owner"),
        pytest.param(friend(), Rule.PERMISSION, id="friend"),
        pytest.param(clan_mate(), Rule.CLAN, id="clan mate"),
    ],
)
def test_trap_by_person_with_right_is_allowed(by: Person, rule: Rule) -> None:
    assert_allowed(judged(base(clan=TXS), by=by, item=TRAP), rule, base_id=1)


def test_trap_on_free_land_is_allowed() -> None:
    assert_allowed(judged(base(), at=OUTSIDE, item=TRAP), Rule.OUTSIDE)


def test_trap_in_foreign_base_goes_to_review() -> None:
    assert_invasion(judged(base(), item=TRAP), Hold.ITEM)


@pytest.mark.parametrize("source", [PolicySource.UNKNOWN, PolicySource.PART])
def test_unknown_item_or_part_is_judged_as_protected(source: PolicySource) -> None:
    item = ItemDecision(Policy.PROTECTED, source)
    assert_invasion(judged(base(), item=item))
    assert_allowed(judged(base(), by=OWNER, item=item), Rule.OWNER, base_id=1)


# Staff immunity.


def test_staff_may_place_forbidden_item() -> None:
    assert_allowed(judged(by=staff(), item=FORBIDDEN), Rule.IMMUNE)


@pytest.mark.parametrize("item", [PROTECTED, TRAP, FORBIDDEN], ids=["protected", "trap", "forbidden"])
@pytest.mark.parametrize("mode", list(Mode))
def test_immune_person_is_never_guilty(item: ItemDecision, mode: Mode) -> None:
    verdict = judged(base(), by=staff(), item=item, mode=mode)
    assert_allowed(verdict, Rule.IMMUNE)


# Every verdict explains itself.


def test_verdict_names_every_base_that_mattered_nearest_first() -> None:
    three = base(1), base(2, owner=OTHER_ID, centre=NORTH), base(3, centre=(9000.0, 9000.0))
    expected = (Considered(2, 35.0, 100.0, Right.OWNER), Considered(1, 45.0, 100.0, None))
    assert judged(*three, by=OTHER).considered == expected


def test_immune_verdict_names_the_bases_it_concerned() -> None:
    assert judged(base(), by=staff()).considered == (Considered(1, 45.0, 100.0, None),)


@pytest.mark.parametrize("item", [PROTECTED, TRAP, FORBIDDEN, IGNORED])
@pytest.mark.parametrize("settings", [{}, {"mode": Mode.OBSERVE}])
def test_verdict_keeps_the_items_policy_and_its_source(item: ItemDecision, settings: dict[str, Any]) -> None:
    for by in (STRANGER, OWNER, staff()):
        assert judged(base(), by=by, item=item, **settings).item == item
    assert judged(base(), at=OUTSIDE, item=item, **settings).item == item


def test_rule_version_counts_from_one() -> None:
    assert RULE_VERSION >= 1
