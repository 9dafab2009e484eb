"""What must hold in any world."""

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from territory.rules.facts import Act, Actor, Mode, Nearby, PolicySource, ServerRules
from territory.rules.geometry import distance_m
from territory.rules.items import ItemDecision
from territory.rules.judge import judge
from territory.rules.verdict import Action, Outcome
from territory.tests.rules.worlds import (
    PEOPLE,
    STEP,
    WORLDS,
    RawBase,
    RawPerson,
    World,
    draw_person,
    holds_any_right,
    in_force,
    judged,
    moment,
    nearby,
    person,
    within,
)


@settings(max_examples=500, deadline=None)
@given(WORLDS, st.randoms(use_true_random=False))
def test_order_of_bases_never_matters(world: World, shuffler: random.Random) -> None:
    near = nearby(world)
    shuffler.shuffle(near)
    assert judged(world, near) == judged(world)


@settings(max_examples=300, deadline=None)
@given(WORLDS, st.lists(st.tuples(st.integers(0, 8), st.integers(257, 9_000)), max_size=5))
def test_bases_that_do_not_reach_the_place_never_matter(world: World, far: list[tuple[int, int]]) -> None:
    more = tuple(
        RawBase(100 + i, (start, None), 4, 70, x, 0, 200)
        for i, (start, x) in enumerate(far)
        if x > 200 + world.margin
    )
    assert judged(replace(world, bases=more + world.bases)) == judged(world)


@settings(max_examples=500, deadline=None)
@given(WORLDS)
def test_person_with_right_at_act_or_judging_never_invades(world: World) -> None:
    entitled = any(
        holds_any_right(world.person, base, step)
        for step in (world.act, world.now)
        for base in world.bases
        if in_force(base.span, step) and within(base, 0)
    )
    assert not (entitled and judged(world).outcome is Outcome.INVASION)


@settings(max_examples=500, deadline=None)
@given(WORLDS, st.sampled_from(PEOPLE))
def test_owner_of_every_base_is_never_guilty_of_invasion(world: World, user: int) -> None:
    owned = tuple(replace(base, owner=user) for base in world.bases)
    verdict = judged(replace(world, bases=owned, person=RawPerson(user)))
    assert verdict.outcome is not Outcome.INVASION


@settings(max_examples=500, deadline=None)
@given(WORLDS)
def test_ban_has_no_hold_and_comes_only_from_enforcing_server(world: World) -> None:
    verdict = judged(world)
    if verdict.action is Action.BAN:
        assert world.mode is Mode.ENFORCE
        assert verdict.holds == ()
    assert verdict.is_guilty == (verdict.action is not Action.NONE)
    assert verdict.is_guilty or verdict.holds == ()


@settings(max_examples=500, deadline=None)
@given(WORLDS, st.integers(0, 100))
def test_wider_margin_never_makes_a_ban(world: World, more: int) -> None:
    wider = judged(replace(world, margin=world.margin + more))
    assert judged(world).action is Action.BAN or wider.action is not Action.BAN


@settings(max_examples=500, deadline=None)
@given(WORLDS)
def test_base_registered_after_the_act_never_convicts(world: World) -> None:
    later = tuple(replace(base, span=(max(base.span[0], world.act + 1), None)) for base in world.bases)
    assert judged(replace(world, bases=later)).outcome is not Outcome.INVASION


@settings(max_examples=500, deadline=None)
@given(WORLDS, st.integers(0, 2**32))
def test_more_rights_never_make_a_ban(world: World, seed: int) -> None:
    extra = draw_person(random.Random(seed), world.person.user)
    richer = replace(
        world.person,
        permissions=world.person.permissions + extra.permissions,
        memberships=world.person.memberships + extra.memberships,
        immune=world.person.immune + extra.immune,
    )
    verdict = judged(replace(world, person=richer))
    assert judged(world).action is Action.BAN or verdict.action is not Action.BAN


FINITE = st.floats(allow_nan=False, allow_infinity=False)
LENGTH = st.floats(min_value=0, allow_nan=False, allow_infinity=False)


@settings(max_examples=500, deadline=None)
@given(WORLDS, st.lists(st.tuples(FINITE, FINITE, LENGTH), min_size=3, max_size=3), FINITE, FINITE, LENGTH)
def test_judge_never_raises(
    world: World, circles: list[tuple[float, float, float]], x: float, z: float, margin: float
) -> None:
    near = [
        Nearby(replace(one.state, x=at_x, z=at_z, radius_m=radius), distance_m(at_x, at_z, x, z))
        for one, (at_x, at_z, radius) in zip(nearby(world), circles, strict=False)
    ]
    verdict = judge(
        Act(x, z, moment(world.act)),
        item=ItemDecision(world.policy, PolicySource.UNKNOWN),
        actor=Actor(person(world.person)),
        nearby=near,
        server=ServerRules(world.mode, margin, world.limit * STEP),
        now=moment(world.now),
    )
    assert verdict.outcome in Outcome
    assert verdict.is_guilty == (verdict.action is not Action.NONE)
