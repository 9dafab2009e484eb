"""Hostile names and lines: no name may become a placement, and no placement may be lost."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from territory.adm.grammar import PLACEMENT_KINDS, Event, EventKind, parse_line

TRUE_ID = "60438639ECB28AD9CB2B445BD77874FB15B4E206"
OTHER_ID = "FnBWpMnGinH4XL8o2QaBaI4ixoR1-bbvaFSrgJER3y6="
HOSTILE = 2000

FRAGMENTS = [
    '"',
    " ",
    '" ',
    '" (id=',
    "(id=",
    "(DEAD)",
    " (DEAD) ",
    ")",
    "<",
    ">",
    " placed ",
    "B<B>",
    "Built base on X",
]
FRAGMENTS += [
    " built ShelterStick with Hands ",
    "pos=<1, 2, 3>",
    " pos=<",
    "Unknown",
    "ERROR",
    " | ",
    "12:00:00 | ",
]
FRAGMENTS += [
    'Player "',
    "Player '",
    " is connected",
    " has been disconnected",
    "AdminLog started on 2026-07-06 at 12:00:00",
]
FRAGMENTS += [
    "\r",
    "\x85",
    "\u2028",
    "\ufeff",
    "\0",
    "Ж",
    "A",
    "|",
    "[steam64: ",
    " with ",
    " on ",
    "(id=ERROR pos=<1, 2, 3>)",
    "(id=ERROR, pos=<1, 2, 3>)",
    ", pos=<",
    " Built base on X",
    "Player SurvivorBase<0x1> SurvivorM_Lewis:1 Mounted ",
]

OTHER_LINES = [
    '12:00:00 | Player "{name}" (id={id}) is connecting',
    '12:00:00 | Player "{name}" (id={id} {pos}) is connected',
    '12:00:00 | Player "{name}" is connected (id={id})',
    '12:00:00 | Player "{name}"(id={id}) is connected',
    '12:00:00 | Player "{name}"(id=Unknown) has been disconnected',
    '12:00:00 | Player "{name}" (id={id} {pos})',
    '12:00:00 | Player "{name}" (DEAD) (id={id} {pos}) killed by ZmbM_Farmer',
    '12:00:00 | Player "Bo" (id={id} {pos}) killed by Player "{name}" (id={id} {pos}) with KA-74 from 4 meters ',
    '12:00:00 | Player "{name}" (id={id} {pos})[HP: 1] hit by Player "{name}" (id={id} {pos}) into Head(0)',
    "12:00:00 | Player '{name}' (id={id}) committed suicide.",
    "12:00:00 | Player {name} (DEAD) (id={id} {pos}) bled out",
    '12:00:00 | Chat("{name}"(id={id})): {name}',
    "12:00:00 | {name} [steam64: 76561195101716678;] <1, 2, 3> deployed Wooden Crate",
    '12:00:00 | AI "{name}" (DEAD) (group=82 faction="West" {pos})',
    '12:00:00 | Player "{name}" (id={id} {pos}) has raised Flag_Livonia on TerritoryFlag at <1, 2, 3>',
    '12:00:00 | Player "{name}"(id={id}, {pos}) is unconscious',
    '12:00:00 | Player "{name}"(id={id}, {pos})[HP: 74] hit by "{name}"(id={id}, {pos}) into Head(0)',
    '12:00:00 | Player "{name}" (id={id} {pos})Player SurvivorBase<0x1> SurvivorM_Lewis:1 Mounted A on B',
    '12:00:00 | Player "{name}" (id={id} {pos})Player SurvivorBase<1> Dug in A<0x2> A:2 at position <1, 2, 3>',
]
TRUE_LINES = [
    ('23:59:59 | Player "{name}" (id={id} {pos}) placed Fence Kit<FenceKit>', EventKind.PLACED, "FenceKit"),
    (
        '23:59:59 | Player "{name}" (DEAD) (id={id} {pos}) placed Fence Kit<FenceKit>',
        EventKind.PLACED,
        "FenceKit",
    ),
    ('23:59:59 | Player "{name}" (id={id} {pos}) placed Средняя палатка', EventKind.PLACED, None),
    ('23:59:59 | Player "{name}" (id={id} {pos})Built base on Fence with Hoe', EventKind.BUILT, "base"),
    (
        '23:59:59 | Player "{name}" (id={id} {pos}) built ShelterStick with Hands ',
        EventKind.BUILT,
        "ShelterStick",
    ),
    ('23:59:59 | Player "{name}" (id={id} {pos}) Built base on Fence with Hoe', EventKind.BUILT, "base"),
    ('23:59:59 | Player "{name}"(id={id}, {pos}) placed Fence Kit<FenceKit>', EventKind.PLACED, "FenceKit"),
]

ANY_NAME = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=40)
FORGED_NAME = st.lists(
    st.one_of(st.sampled_from([*FRAGMENTS, OTHER_ID, TRUE_ID]), ANY_NAME), max_size=12
).map("".join)


def other_line(shape: str, name: str) -> str:
    return shape.format(name=name, id=TRUE_ID, pos="pos=<7, 8, 9>")


def is_placement(line: str) -> bool:
    parsed = parse_line(line)
    return isinstance(parsed, Event) and parsed.kind in PLACEMENT_KINDS


@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    parse_line(text)
    parse_line(f"12:00:00 | {text}")
    parse_line(f'12:00:00 | Player "{text}')


@given(st.sampled_from(OTHER_LINES), st.one_of(ANY_NAME, FORGED_NAME))
@example(OTHER_LINES[0], f'A" (id={OTHER_ID} pos=<1, 2, 3>) placed B<B>')
@example(OTHER_LINES[10], f'"A" (id={OTHER_ID} pos=<1, 2, 3>) placed B<B>')
@example(OTHER_LINES[12], f'Player "A" (id={OTHER_ID} pos=<1, 2, 3>) placed B<B>')
def test_no_name_makes_a_placement_of_another_line(shape: str, name: str) -> None:
    assert not is_placement(other_line(shape, name))


@given(st.sampled_from(TRUE_LINES), st.one_of(ANY_NAME, FORGED_NAME))
def test_no_name_hides_or_changes_a_true_placement(
    true: tuple[str, EventKind, str | None], name: str
) -> None:
    shape, kind, item = true
    parsed = parse_line(other_line(shape, name))
    assert isinstance(parsed, Event)
    assert (parsed.kind, parsed.gamertag, parsed.player_id, parsed.item) == (kind, name, TRUE_ID, item)
    assert (parsed.x, parsed.z, parsed.altitude) == (7.0, 8.0, 9.0)


def hostile_lines() -> Iterator[tuple[str, str]]:
    """Yield shape and name; the same ones in every run."""
    dice = random.Random(20260706)
    for _ in range(HOSTILE):
        parts = dice.choices(
            [*FRAGMENTS, TRUE_ID, OTHER_ID, f"(id={OTHER_ID} pos=<1, 2, 3>)"], k=dice.randint(1, 10)
        )
        yield dice.choice(OTHER_LINES), "".join(parts)


def test_two_thousand_hostile_lines_make_no_placement() -> None:
    hostile = [other_line(shape, name) for shape, name in hostile_lines()]
    assert [line for line in hostile if is_placement(line)] == []
    assert len(set(hostile)) > HOSTILE * 0.9


@pytest.mark.parametrize("fragment", [*FRAGMENTS, f"(id={OTHER_ID} pos=<1, 2, 3>)"])
def test_line_full_of_one_fragment_is_read_at_once(fragment: str) -> None:
    filling = (fragment * 4096)[:3900]
    assert not is_placement(f'12:00:00 | Player "{filling}')
    # A name that holds a whole id is none: such a line is nobody's placement.
    is_name = f"(id={OTHER_ID}" not in filling
    assert is_placement(f'12:00:00 | Player "{filling}" (id={TRUE_ID} pos=<7, 8, 9>) placed B<B>') is is_name
