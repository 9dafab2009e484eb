"""Random worlds on a coarse grid of whole metres and of steps of five minutes, so that edges and ties are common."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import strategies as st

from territory.rules.facts import (
    Act,
    Actor,
    BaseState,
    Mode,
    Nearby,
    Period,
    Person,
    Policy,
    PolicySource,
    ServerRules,
)
from territory.rules.geometry import distance_m
from territory.rules.items import ItemDecision
from territory.rules.judge import judge
from territory.rules.verdict import Verdict

STEP = timedelta(minutes=5)
DAWN = datetime(2026, 7, 6, tzinfo=UTC)
PEOPLE, CLANS, LAST_STEP = (1, 2, 3), (70, 71), 9

Span = tuple[int, int | None]  # steps: from, until


@dataclass(frozen=True)
class RawBase:
    """One state of a base in plain numbers."""

    number: int
    span: Span
    owner: int
    clan: int | None
    x: int
    z: int
    radius: int


@dataclass(frozen=True)
class RawPerson:
    """What somebody holds: permissions (base, span), memberships (clan, span), immunity."""

    user: int | None
    permissions: tuple[tuple[int, Span], ...] = ()
    memberships: tuple[tuple[int, Span], ...] = ()
    immune: tuple[Span, ...] = ()


@dataclass(frozen=True)
class World:
    """A placement at the origin with everything that bears on it."""

    bases: tuple[RawBase, ...]
    person: RawPerson
    disputed: RawPerson | None
    act: int
    now: int
    policy: Policy
    mode: Mode
    margin: int
    limit: int


# Drawing worlds.


def draw_span(draw: random.Random) -> Span:
    start = draw.randrange(LAST_STEP)
    return (start, None) if draw.random() < 0.5 else (start, draw.randint(start, LAST_STEP))


def draw_states(draw: random.Random, number: int) -> Iterator[RawBase]:
    """Draw one to three states that follow each other, the last one perhaps ended."""
    turns: list[int | None] = [*sorted(draw.sample(range(LAST_STEP), draw.choice((1, 1, 2, 3))))]
    turns.append(draw.choice((None, None, LAST_STEP)))
    for start, end in pairwise(turns):
        assert start is not None
        x, z = draw.choice(((0, 0), (30, 40), (36, -48), (60, 80), (-63, 84), (90, 120), (7, 3), (400, 0)))
        radius = draw.choice((50, 50, 60, 100, 105, 150))
        clan = draw.choice((None, *CLANS))
        yield RawBase(number, (start, end), draw.choice(PEOPLE), clan, x, z, radius)


def draw_person(draw: random.Random, user: int | None) -> RawPerson:
    return RawPerson(
        user,
        tuple((draw.choice(PEOPLE), draw_span(draw)) for _ in range(draw.choice((0, 0, 1, 2)))),
        tuple((draw.choice(CLANS), draw_span(draw)) for _ in range(draw.choice((0, 0, 1, 2)))),
        (draw_span(draw),) if user is not None and draw.random() < 0.1 else (),
    )


def draw_world(draw: random.Random) -> World:
    numbers = draw.sample((1, 2, 3, 4), draw.choice((1, 1, 2, 3)))
    act = draw.randrange(LAST_STEP)
    return World(
        bases=tuple(state for number in numbers for state in draw_states(draw, number)),
        person=draw_person(draw, draw.choice((None, 4, 4, *PEOPLE))),
        disputed=draw_person(draw, draw.choice(PEOPLE)) if draw.random() < 0.2 else None,
        act=act,
        now=draw.choice((act, act + 1, act + 3, act - 2, act - 3, LAST_STEP, LAST_STEP)),
        policy=draw.choice((*[Policy.PROTECTED] * 6, *Policy)),
        mode=draw.choice((Mode.ENFORCE, Mode.ENFORCE, Mode.ENFORCE, Mode.REVIEW, Mode.OBSERVE)),
        margin=draw.choice((0, 0, 5, 6, 10, 50)),
        limit=draw.choice((1, 3, 288, 288)),
    )


WORLDS = st.integers(0, 2**64).map(lambda seed: draw_world(random.Random(seed)))

# Worlds as facts.


def moment(step: int) -> datetime:
    return DAWN + step * STEP


def period(span: Span) -> Period:
    return Period(moment(span[0]), None if span[1] is None else moment(span[1]))


def periods(held: tuple[tuple[int, Span], ...]) -> dict[int, tuple[Period, ...]]:
    return {key: tuple(period(span) for other, span in held if other == key) for key, _ in held}


def person(raw: RawPerson) -> Person:
    immunities = tuple(period(span) for span in raw.immune)
    return Person(raw.user, periods(raw.permissions), periods(raw.memberships), immunities)


def nearby(world: World) -> list[Nearby]:
    return [
        Nearby(
            BaseState(b.number, b.owner, b.clan, b.x, b.z, b.radius, period(b.span)),
            distance_m(b.x, b.z, 0.0, 0.0),
        )
        for b in world.bases
    ]


def judged(world: World, near: list[Nearby] | None = None) -> Verdict:
    return judge(
        Act(0.0, 0.0, moment(world.act)),
        item=ItemDecision(world.policy, PolicySource.DEFAULT),
        actor=Actor(person(world.person), person(world.disputed) if world.disputed else None),
        nearby=nearby(world) if near is None else near,
        server=ServerRules(world.mode, world.margin, world.limit * STEP),
        now=moment(world.now),
    )


# The plain questions, asked of whole numbers without the code under test.

LINES = ("owner", "permission", "clan")


def in_force(span: Span, step: int) -> bool:
    return span[0] <= step and (span[1] is None or step < span[1])


def right(line: str, who: RawPerson, base: RawBase, step: int) -> bool:
    if who.user is None:
        return False
    if line == "owner":
        return who.user == base.owner
    if line == "permission":
        return any(number == base.number and in_force(span, step) for number, span in who.permissions)
    return any(clan == base.clan and in_force(span, step) for clan, span in who.memberships)


def holds_any_right(who: RawPerson, base: RawBase, step: int) -> bool:
    return any(right(line, who, base, step) for line in LINES)


def square(base: RawBase) -> int:
    return base.x * base.x + base.z * base.z


def within(base: RawBase, extra: int) -> bool:
    reach = base.radius + extra
    return reach >= 0 and square(base) <= reach * reach
