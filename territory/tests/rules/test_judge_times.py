"""Judged at the time of the act, pardoned by any right at judging."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from territory.rules.facts import BaseState, Period, Person, Right
from territory.rules.verdict import Considered, Rule
from territory.tests.rules.builders import (
    A_MOMENT,
    ACT_AT,
    ALWAYS,
    BETWEEN,
    CENTRE,
    CLAN_MATE_ID,
    EARLIER,
    FORBIDDEN,
    FRIEND_ID,
    INSIDE,
    LATER,
    LONG_AGO,
    NOW,
    OTHER,
    OTHER_ID,
    OWNER,
    OWNER_ID,
    RIVALS,
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

FAR_AWAY = (9000.0, 9000.0)

# Each right: when it began and ended, and whether it was there at the act, only at judging, or at neither.
AT_ACT, SINCE, NEITHER = "at the act", "since", "neither"
PERIODS = [
    pytest.param(Period(LONG_AGO), AT_ACT, id="always"),
    pytest.param(Period(ACT_AT), AT_ACT, id="from the very act"),
    pytest.param(Period(ACT_AT, ACT_AT + A_MOMENT), AT_ACT, id="for the moment of the act"),
    pytest.param(Period(LONG_AGO, ACT_AT + A_MOMENT), AT_ACT, id="until just after the act"),
    pytest.param(Period(LONG_AGO, BETWEEN), AT_ACT, id="lost since"),
    pytest.param(Period(ACT_AT + A_MOMENT), SINCE, id="from just after the act"),
    pytest.param(Period(BETWEEN), SINCE, id="gained since"),
    pytest.param(Period(NOW), SINCE, id="from the very judging"),
    pytest.param(Period(BETWEEN, NOW + A_MOMENT), SINCE, id="gained since, ends just after judging"),
    pytest.param(Period(LONG_AGO, ACT_AT), NEITHER, id="until the very act"),
    pytest.param(Period(LONG_AGO, EARLIER), NEITHER, id="lost before"),
    pytest.param(Period(BETWEEN, NOW), NEITHER, id="gained since and lost at judging"),
    pytest.param(Period(NOW + A_MOMENT), NEITHER, id="from just after judging"),
    pytest.param(Period(LATER), NEITHER, id="in the future"),
    pytest.param(Period(ACT_AT, ACT_AT), NEITHER, id="empty"),
]


@pytest.mark.parametrize(("period", "held"), PERIODS)
@pytest.mark.parametrize(("holder", "rule"), [(friend, Rule.PERMISSION), (clan_mate, Rule.CLAN)])
def test_right_counts_at_the_act_and_at_judging(
    holder: Callable[[datetime, datetime | None], Person], rule: Rule, period: Period, held: str
) -> None:
    verdict = judged(base(clan=TXS), by=holder(period.start, period.end))
    if held == NEITHER:
        assert_invasion(verdict)
    else:
        assert_allowed(verdict, rule, base_id=1, since=held == SINCE)


@pytest.mark.parametrize(("period", "held"), PERIODS)
def test_immunity_counts_at_the_act_and_at_judging(period: Period, held: str) -> None:
    by = staff(period.start, period.end)
    invasion, forbidden = judged(base(), by=by), judged(by=by, item=FORBIDDEN)
    if held == NEITHER:
        assert_invasion(invasion)
        assert_forbidden(forbidden)
    else:
        assert_allowed(invasion, Rule.IMMUNE)
        assert_allowed(forbidden, Rule.IMMUNE)


def test_any_of_several_periods_counts() -> None:
    again = Person(FRIEND_ID, permissions={1: (Period(LONG_AGO, EARLIER), Period(BETWEEN))})
    assert_allowed(judged(base(), by=again), Rule.PERMISSION, base_id=1, since=True)


def test_pardon_says_what_was_missing_at_the_act() -> None:
    verdict = judged(base(), by=friend(BETWEEN))
    assert verdict.considered == (Considered(1, 45.0, 100.0, None),)
    assert verdict.charged == Considered(1, 45.0, 100.0, Right.PERMISSION)


def test_weaker_right_at_the_act_goes_before_stronger_right_since() -> None:
    states = base(clan=TXS, until=BETWEEN), base(owner=CLAN_MATE_ID, clan=TXS, since=BETWEEN)
    assert_allowed(judged(*states, by=clan_mate()), Rule.CLAN, base_id=1)


# When the base itself was there.


@pytest.mark.parametrize(
    ("period", "convicts"),
    [
        pytest.param(Period(LONG_AGO), True, id="before"),
        pytest.param(Period(ACT_AT), True, id="registered at the very act"),
        pytest.param(Period(ACT_AT + A_MOMENT), False, id="registered just after the act"),
        pytest.param(Period(BETWEEN), False, id="registered since"),
        pytest.param(Period(LONG_AGO, EARLIER), False, id="removed before"),
        pytest.param(Period(LONG_AGO, ACT_AT), False, id="removed at the very act"),
        pytest.param(Period(LONG_AGO, ACT_AT + A_MOMENT), True, id="removed just after the act"),
        pytest.param(Period(LONG_AGO, BETWEEN), True, id="removed since"),
        pytest.param(Period(LONG_AGO, NOW), True, id="removed at judging"),
    ],
)
def test_base_convicts_only_if_in_force_at_the_act(period: Period, *, convicts: bool) -> None:
    verdict = judged(base(since=period.start, until=period.end))
    if convicts:
        assert_invasion(verdict)
    else:
        assert_allowed(verdict, Rule.OUTSIDE)


def test_owner_of_base_removed_since_is_allowed() -> None:
    assert_allowed(judged(base(until=BETWEEN), by=OWNER), Rule.OWNER, base_id=1)


@pytest.mark.parametrize(
    ("by", "rule"),
    [
        pytest.param(friend(BETWEEN), Rule.PERMISSION, id="permission"),
        pytest.param(clan_mate(BETWEEN), Rule.CLAN, id="clan"),
    ],
)
def test_right_gained_since_in_base_removed_since_pardons(by: Person, rule: Rule) -> None:
    assert_allowed(judged(base(clan=TXS, until=BETWEEN), by=by), rule, base_id=1, since=True)


# A base that changed since: its state at the act convicts, rights in its state of today pardon.


def changed(**today: Any) -> tuple[BaseState, BaseState]:
    """Return base 1 as it was at the act and as it is since BETWEEN."""
    return base(clan=TXS, until=BETWEEN), base(since=BETWEEN, **{"clan": TXS, **today})


@pytest.mark.parametrize(
    ("states", "by", "rule", "since"),
    [
        pytest.param(changed(owner=OTHER_ID), OWNER, Rule.OWNER, False, id="former owner"),
        pytest.param(changed(owner=OTHER_ID), OTHER, Rule.OWNER, True, id="new owner"),
        pytest.param(changed(clan=None), clan_mate(), Rule.CLAN, False, id="former clan"),
        pytest.param(changed(clan=RIVALS), clan_mate(clan=RIVALS), Rule.CLAN, True, id="new clan"),
        pytest.param(changed(clan=None), clan_mate(BETWEEN), Rule.CLAN, True, id="joined former clan since"),
        pytest.param(changed(centre=FAR_AWAY), friend(BETWEEN), Rule.PERMISSION, True, id="moved, permitted"),
        pytest.param(changed(centre=FAR_AWAY, owner=OTHER_ID), OTHER, Rule.OWNER, True, id="moved and given"),
        pytest.param(changed(radius_m=50, clan=RIVALS), clan_mate(clan=RIVALS), Rule.CLAN, True, id="shrunk"),
    ],
)
def test_right_in_base_as_it_was_or_is_allows(
    states: tuple[BaseState, ...], by: Person, rule: Rule, *, since: bool
) -> None:
    assert_allowed(judged(*states, by=by), rule, base_id=1, since=since)


@pytest.mark.parametrize(
    "states",
    [
        pytest.param(changed(centre=FAR_AWAY), id="moved away since"),
        pytest.param(changed(centre=FAR_AWAY, radius_m=50), id="moved and shrunk since"),
        pytest.param(changed(owner=OTHER_ID), id="given away since"),
    ],
)
def test_stranger_is_judged_by_the_base_as_it_was(states: tuple[BaseState, ...]) -> None:
    verdict = judged(*states)
    assert_invasion(verdict)
    assert verdict.charged == Considered(1, 45.0, 100.0, None)


@pytest.mark.parametrize("before", [FAR_AWAY, (5000.0, 3150.0)], ids=["far away", "next to it"])
def test_base_that_came_to_the_place_since_does_not_convict(before: tuple[float, float]) -> None:
    states = base(centre=before, until=BETWEEN), base(since=BETWEEN)
    assert_allowed(judged(*states), Rule.OUTSIDE)


def test_former_state_gives_no_right_in_the_state_at_the_act() -> None:
    states = base(owner=OTHER_ID, until=EARLIER), base(since=EARLIER)
    assert_invasion(judged(*states, by=OTHER))


def test_state_between_act_and_judging_gives_no_right() -> None:
    minute = BETWEEN + A_MOMENT
    states = base(until=BETWEEN), base(owner=OTHER_ID, since=BETWEEN, until=minute), base(since=minute)
    assert_invasion(judged(*states, by=OTHER))


# Another base that covers the place today.


def test_owner_of_base_that_covers_the_place_now_is_pardoned() -> None:
    two = base(1, until=BETWEEN), base(2, owner=OTHER_ID, since=BETWEEN)
    assert_allowed(judged(*two, by=OTHER), Rule.OWNER, base_id=2, since=True)


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(base(2, owner=OTHER_ID, centre=FAR_AWAY, since=BETWEEN), id="elsewhere"),
        pytest.param(base(2, owner=OTHER_ID, since=LATER), id="not yet registered"),
        pytest.param(base(2, owner=OTHER_ID, since=BETWEEN, until=NOW), id="removed again"),
        pytest.param(base(2, owner=OTHER_ID, centre=(5000.0, 3100.0), radius_m=50), id="next to it"),
    ],
)
def test_owner_of_base_that_does_not_cover_the_place_now_is_not_pardoned(second: BaseState) -> None:
    assert_invasion(judged(base(1), second, by=OTHER))


def test_edge_of_base_that_covers_the_place_now_pardons() -> None:
    edge = base(2, owner=OTHER_ID, centre=(5000.0, 3145.0), since=BETWEEN)
    assert_allowed(judged(base(1), edge, by=OTHER, at=INSIDE), Rule.OWNER, base_id=2, since=True)


@pytest.mark.parametrize("reverse", [False, True])
def test_pardon_in_equally_near_bases_names_the_lower_number(*, reverse: bool) -> None:
    since = [base(number, owner=OTHER_ID, since=BETWEEN) for number in (2, 3)][:: -1 if reverse else 1]
    assert_allowed(judged(base(1, until=BETWEEN), *since, by=OTHER), Rule.OWNER, base_id=2, since=True)


def test_pardon_needs_no_right_at_the_act_in_the_same_base() -> None:
    holder = Person(FRIEND_ID, permissions={1: (Period(LONG_AGO, EARLIER),), 2: (ALWAYS,)})
    two = base(1, owner=OWNER_ID), base(2, centre=CENTRE, since=BETWEEN)
    assert_allowed(judged(*two, by=holder), Rule.PERMISSION, base_id=2, since=True)
