"""A second, naive reading of the rule's text in whole numbers, which must agree with the code in any world."""

import random

from hypothesis import given, settings

from territory.rules.facts import Mode, Policy
from territory.tests.rules.worlds import (
    LINES,
    WORLDS,
    RawBase,
    RawPerson,
    World,
    draw_world,
    holds_any_right,
    in_force,
    judged,
    right,
    square,
    within,
)


def judged_in(world: World) -> list[RawBase]:
    """The bases the act was in; if none, those whose edge is within the margin."""
    alive = [base for base in world.bases if in_force(base.span, world.act)]
    return [base for base in alive if within(base, 0)] or [
        base for base in alive if within(base, world.margin)
    ]


def judged_by_now(world: World) -> list[RawBase]:
    """The same bases as they were and as they are, and whatever covers the place now."""
    then = judged_in(world)
    numbers = {base.number for base in then}
    today = [base for base in world.bases if in_force(base.span, world.now)]
    return then + [base for base in today if base.number in numbers or within(base, 0)]


def acquitting_base(world: World, who: RawPerson) -> int | None:
    for bases, step in ((judged_in(world), world.act), (judged_by_now(world), world.now)):
        for line in LINES:
            giving = [base for base in bases if right(line, who, base, step)]
            if giving:
                return min((square(base), base.number) for base in giving)[1]
    return None


def is_immune(world: World, who: RawPerson) -> bool:
    return any(in_force(span, step) for span in who.immune for step in (world.act, world.now))


def action_unless(held: bool, world: World) -> str:  # noqa: FBT001 - reads as a sentence
    if world.mode is Mode.OBSERVE:
        return "record"
    late, early = world.now - world.act > world.limit, world.act - world.now > 2
    return "review" if held or world.mode is Mode.REVIEW or late or early else "ban"


def is_invasion_held(world: World, charged: RawBase) -> bool:
    """Whether the border, the item or the actor leaves a doubt."""
    border = world.margin > 0 and not within(charged, -world.margin)
    doubt = world.disputed
    disputed = doubt is not None and (
        acquitting_base(world, doubt) is not None or is_immune(world, doubt) or may_lie_beyond(world, doubt)
    )
    beyond = may_lie_beyond(world, world.person)
    return border or beyond or disputed or world.policy is Policy.PROTECTED_REVIEW


def may_lie_beyond(world: World, who: RawPerson) -> bool:
    return any(
        in_force(base.span, world.act)
        and within(base, world.margin)
        and (holds_any_right(who, base, world.act) or holds_any_right(who, base, world.now))
        for base in world.bases
    )


def oracle(world: World) -> tuple[str, str, int | None]:
    """Return outcome, action and the base the verdict speaks of."""
    if world.policy is Policy.IGNORED:
        return "ignored", "none", None
    if world.policy is Policy.FORBIDDEN:
        if is_immune(world, world.person):
            return "allowed", "none", None
        held = world.disputed is not None and is_immune(world, world.disputed)
        return "forbidden", action_unless(held, world), None
    reached = judged_in(world)
    if not reached:
        return "allowed", "none", None
    acquitting = acquitting_base(world, world.person)
    if acquitting is not None or is_immune(world, world.person):
        return "allowed", "none", acquitting
    charged = min(reached, key=lambda base: (square(base), base.number))
    return "invasion", action_unless(is_invasion_held(world, charged), world), charged.number


@settings(max_examples=3_000, deadline=None)
@given(WORLDS)
def test_judge_agrees_with_the_second_reading(world: World) -> None:
    verdict = judged(world)
    charged = verdict.charged.base_id if verdict.charged else None
    assert (verdict.outcome.value, verdict.action.value, charged) == oracle(world)


def test_drawn_worlds_know_every_ending() -> None:
    draw = random.Random(1)
    endings = {oracle(draw_world(draw))[:2] for _ in range(3_000)}
    guilty = {
        (outcome, action) for outcome in ("invasion", "forbidden") for action in ("ban", "review", "record")
    }
    assert endings == guilty | {("allowed", "none"), ("ignored", "none")}
