"""What keeps a guilty verdict from banning by itself: mode, age, clock, border, item, a disputed identity."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from territory.rules.facts import BaseState, Mode, Person, Right
from territory.rules.verdict import Action, Considered, Hold, Rule
from territory.tests.rules.builders import (
    A_MOMENT,
    ACT_AT,
    BETWEEN,
    CLAN_MATE_ID,
    EARLIER,
    FORBIDDEN,
    INSIDE,
    NOW,
    OTHER,
    OTHER_ID,
    OUTSIDE,
    OWNER,
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

DAY, TOLERANCE = timedelta(hours=24), timedelta(minutes=10)

GENERAL = [
    pytest.param({}, None, id="enforce is the default"),
    pytest.param({"mode": Mode.ENFORCE}, None, id="enforce"),
    pytest.param({"mode": Mode.REVIEW}, Hold.REVIEWING, id="review"),
    pytest.param({"when": NOW - DAY}, None, id="exactly the maximum age"),
    pytest.param({"when": NOW - DAY - A_MOMENT}, Hold.TOO_OLD, id="older than the maximum age"),
    pytest.param({"maximum_age": timedelta(minutes=18)}, None, id="exactly a server's own limit"),
    pytest.param({"maximum_age": timedelta(minutes=17)}, Hold.TOO_OLD, id="older than a server's own limit"),
    pytest.param({"when": NOW}, None, id="at judging"),
    pytest.param({"when": NOW + TOLERANCE}, None, id="ten minutes ahead"),
    pytest.param({"when": NOW + TOLERANCE + A_MOMENT}, Hold.NOT_YET, id="more than ten minutes ahead"),
]


@pytest.mark.parametrize(("world", "hold"), GENERAL)
def test_guilty_verdict_bans_unless_held(world: dict[str, Any], hold: Hold | None) -> None:
    holds = [hold] if hold else []
    assert_invasion(judged(base(), **world), *holds)
    assert_forbidden(judged(item=FORBIDDEN, **world), *holds)


@pytest.mark.parametrize(
    ("when", "more"),
    [
        pytest.param(ACT_AT, [], id="fresh"),
        pytest.param(NOW - 2 * DAY, [Hold.TOO_OLD], id="old"),
        pytest.param(NOW + DAY, [Hold.NOT_YET], id="ahead"),
    ],
)
def test_observing_server_only_records(when: datetime, more: list[Hold]) -> None:
    world: dict[str, Any] = {"mode": Mode.OBSERVE, "when": when}
    assert_invasion(judged(base(), **world), Hold.OBSERVING, *more, action=Action.RECORD)
    assert_forbidden(judged(item=FORBIDDEN, **world), Hold.OBSERVING, *more, action=Action.RECORD)


@pytest.mark.parametrize("mode", list(Mode))
def test_mode_does_not_touch_the_innocent(mode: Mode) -> None:
    assert_allowed(judged(base(), by=OWNER, mode=mode), Rule.OWNER, base_id=1)
    assert_allowed(judged(base(), at=OUTSIDE, mode=mode), Rule.OUTSIDE)


def test_holds_are_all_named() -> None:
    verdict = judged(
        base(),
        at=(5000.0, 3098.0),
        disputed=OWNER,
        item=TRAP,
        now=NOW + 2 * DAY,
        mode=Mode.REVIEW,
        border_margin_m=6.0,
    )
    assert_invasion(verdict, Hold.REVIEWING, Hold.TOO_OLD, Hold.BORDER, Hold.ITEM, Hold.DISPUTED)


# The border margin: r - m < d <= r + m goes to review.


@pytest.mark.parametrize(
    ("distance_m", "margin_m", "expected"),
    [
        pytest.param(94.0, 6.0, "ban", id="exactly radius less margin"),
        pytest.param(94.001, 6.0, "review", id="just within the margin, inside"),
        pytest.param(100.0, 6.0, "review", id="the edge"),
        pytest.param(100.001, 6.0, "review", id="just outside the circle"),
        pytest.param(106.0, 6.0, "review", id="exactly radius and margin"),
        pytest.param(106.001, 6.0, "free", id="beyond the margin"),
        pytest.param(100.0, 0.0, "ban", id="no margin, the edge"),
        pytest.param(100.001, 0.0, "free", id="no margin, outside"),
        pytest.param(50.0, 50.0, "ban", id="widest margin, exactly"),
        pytest.param(50.001, 50.0, "review", id="widest margin, inside"),
        pytest.param(150.0, 50.0, "review", id="widest margin, outside"),
    ],
)
def test_border_margin_sends_to_review(distance_m: float, margin_m: float, expected: str) -> None:
    verdict = judged(base(), at=(5000.0, 3000.0 + distance_m), border_margin_m=margin_m)
    if expected == "free":
        assert_allowed(verdict, Rule.OUTSIDE)
    else:
        assert_invasion(verdict, *([Hold.BORDER] if expected == "review" else []))


def test_margin_does_not_touch_forbidden_items() -> None:
    assert_forbidden(judged(base(), at=(5000.0, 3100.0), item=FORBIDDEN, border_margin_m=6.0))


# Outside every circle, within the margin of one or two.

RING = (5000.0, 3103.0)


@pytest.mark.parametrize(
    ("by", "rule", "since"),
    [
        pytest.param(OWNER, Rule.OWNER, False, id="owner"),
        pytest.param(friend(), Rule.PERMISSION, False, id="friend"),
        pytest.param(clan_mate(), Rule.CLAN, False, id="clan mate"),
        pytest.param(friend(BETWEEN), Rule.PERMISSION, True, id="friend since"),
    ],
)
def test_right_in_base_reached_by_the_margin_allows(by: Person, rule: Rule, *, since: bool) -> None:
    verdict = judged(base(clan=TXS), at=RING, by=by, border_margin_m=6.0)
    assert_allowed(verdict, rule, base_id=1, since=since)


def test_right_in_one_of_two_bases_reached_by_the_margin_allows() -> None:
    two = base(1), base(2, owner=OTHER_ID, centre=(5000.0, 3208.0))
    assert_allowed(judged(*two, at=RING, by=OTHER, border_margin_m=6.0), Rule.OWNER, base_id=2)


def test_invasion_in_the_margin_is_charged_to_the_nearest_centre() -> None:
    two = base(1), base(2, centre=(5000.0, 3157.0), radius_m=50)
    assert_invasion(judged(*two, at=RING, border_margin_m=6.0), Hold.BORDER, base_id=2)


# Inside one circle and within the margin outside another, nearer one.

BEYOND = base(2, clan=TXS, centre=(5000.0, 3096.0), radius_m=50)


@pytest.mark.parametrize("margin_m", [0.0, 6.0])
def test_circle_goes_before_margin_when_charging(margin_m: float) -> None:
    verdict = judged(base(1, radius_m=200), BEYOND, at=(5000.0, 3150.0), border_margin_m=margin_m)
    assert_invasion(verdict, base_id=1)


@pytest.mark.parametrize(
    ("by", "holds"),
    [
        pytest.param(OTHER, [], id="no right in either"),
        pytest.param(clan_mate(), [Hold.BORDER], id="right in the base beyond"),
        pytest.param(clan_mate(BETWEEN), [Hold.BORDER], id="right in the base beyond since"),
    ],
)
def test_right_in_base_just_beyond_its_edge_sends_to_review(by: Person, holds: list[Hold]) -> None:
    assert_invasion(judged(base(1), BEYOND, at=(5000.0, 3045.0), by=by, border_margin_m=6.0), *holds)


def test_verdict_names_the_base_just_beyond_its_edge_too() -> None:
    verdict = judged(base(1), BEYOND, at=(5000.0, 3045.0), by=clan_mate(), border_margin_m=6.0)
    assert verdict.considered == (Considered(1, 45.0, 100.0, None), Considered(2, 51.0, 50.0, Right.CLAN))


# A linked gamertag under another player id is no match, and nobody is banned for a doubt that would acquit.


@pytest.mark.parametrize(
    ("disputed", "holds"),
    [
        pytest.param(OWNER, [Hold.DISPUTED], id="the owner"),
        pytest.param(friend(), [Hold.DISPUTED], id="a friend"),
        pytest.param(friend(BETWEEN), [Hold.DISPUTED], id="a friend since"),
        pytest.param(clan_mate(), [Hold.DISPUTED], id="a clan mate"),
        pytest.param(staff(), [Hold.DISPUTED], id="staff"),
        pytest.param(OTHER, [], id="somebody without a right"),
        pytest.param(friend(of=2), [], id="a friend of another base"),
        pytest.param(friend(EARLIER, ACT_AT), [], id="a former friend"),
    ],
)
def test_invasion_under_disputed_identity_goes_to_review_if_it_would_acquit(
    disputed: Person, holds: list[Hold]
) -> None:
    assert_invasion(judged(base(clan=TXS), disputed=disputed), *holds)


def test_disputed_identity_gives_no_right() -> None:
    verdict = judged(base(), disputed=OWNER)
    assert [near.right for near in verdict.considered] == [None]


def test_own_right_outweighs_dispute() -> None:
    assert_allowed(judged(base(), by=OWNER, disputed=friend()), Rule.OWNER, base_id=1)


def test_disputed_right_in_base_just_beyond_its_edge_sends_to_review() -> None:
    verdict = judged(base(1), BEYOND, at=(5000.0, 3045.0), disputed=clan_mate(), border_margin_m=6.0)
    assert_invasion(verdict, Hold.DISPUTED)


def test_dispute_holds_forbidden_item_only_if_it_would_acquit() -> None:
    assert_forbidden(judged(base(), disputed=OWNER, item=FORBIDDEN))
    assert_forbidden(judged(base(), disputed=staff(), item=FORBIDDEN), Hold.DISPUTED)


def test_dispute_on_free_land_does_not_matter() -> None:
    assert_allowed(judged(base(), at=OUTSIDE, disputed=OWNER), Rule.OUTSIDE)


# Traps.


@pytest.mark.parametrize(
    "states",
    [
        pytest.param((base(),), id="one base"),
        pytest.param((base(1), base(2, owner=CLAN_MATE_ID)), id="two bases"),
    ],
)
def test_trap_invasion_is_held_for_its_item(states: tuple[BaseState, ...]) -> None:
    assert_invasion(judged(*states, at=INSIDE, by=OTHER, item=TRAP), Hold.ITEM)
