"""When the circuit breaker trips: tables of places and counts, and what holds in every world."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory.rules.facts import Act, BaseState, Nearby, Period, Person
from territory.rules.geometry import distance_m
from territory.rules.nets import Lately, RuleBan, Trip, mirrored, reason_to_trip
from territory.tests.rules.worlds import DAWN, STEP

SIDE = 10_000.0
AT, LATER = DAWN + 2 * STEP, DAWN + 4 * STEP
OWN, OTHER = 7, 8


def base(x: float, z: float, owner: int = OWN, *, start: int = 0, end: int | None = None) -> BaseState:
    until = None if end is None else DAWN + end * STEP
    return BaseState(int(x * 31 + z), owner, None, x, z, 100.0, Period(DAWN + start * STEP, until))


def ban(x: float, z: float, player: str = "A", user: int | None = OWN, *, invasion: bool = True) -> RuleBan:
    return RuleBan(player, Act(x, z, AT), Person(user), invasion)


def tripped(bans: list[RuleBan], states: list[BaseState], lately: Lately | None = None) -> Trip | None:
    def near(x: float, z: float) -> list[Nearby]:
        return [Nearby(state, distance_m(state.x, state.z, x, z)) for state in states]

    limits = lately or Lately(None)
    return reason_to_trip(bans, states=states, near=near, side_m=SIDE, lately=limits, now=LATER)


@pytest.mark.parametrize(
    ("one", "state", "trip"),
    [
        pytest.param(ban(1200, 1000), base(1000, 1000), Trip.OWNER, id="exactly twice the radius"),
        pytest.param(ban(1200.1, 1000), base(1000, 1000), None, id="farther than twice the radius"),
        pytest.param(ban(1150, 1000), base(1000, 1000, OTHER), None, id="somebody else's base"),
        pytest.param(ban(1150, 1000, user=None), base(1000, 1000), None, id="a stranger"),
        pytest.param(ban(1150, 1000, invasion=False), base(1000, 1000), None, id="forbidden item at home"),
        pytest.param(ban(1150, 1000), base(1000, 1000, start=3), None, id="base registered after the act"),
        pytest.param(ban(1150, 1000), base(1000, 1000, end=2), None, id="base removed at the act"),
        pytest.param(ban(3000, 1000), base(1000, 3000), Trip.MIRRORED, id="x and z swapped"),
        pytest.param(ban(9000, 3000), base(1000, 3000), Trip.MIRRORED, id="x from the other side"),
        pytest.param(ban(1000, 7000), base(1000, 3000), Trip.MIRRORED, id="z from the other side"),
        pytest.param(ban(9000, 7000), base(1000, 3000), Trip.MIRRORED, id="both from the other side"),
        pytest.param(ban(3100, 1000), base(1000, 3000), Trip.MIRRORED, id="mirrored onto the edge"),
        pytest.param(ban(3101, 1000), base(1000, 3000), None, id="mirrored beyond the edge"),
        pytest.param(ban(3000, 1000), base(1000, 3000, OTHER), None, id="mirrored into somebody else's base"),
        pytest.param(ban(3000, 1000, invasion=False), base(1000, 3000), None, id="forbidden item, mirrored"),
        pytest.param(ban(3000, 1000), base(1000, 3000, start=3), None, id="mirrored into a later base"),
    ],
)
def test_breaker_trips_over_a_place(one: RuleBan, state: BaseState, trip: Trip | None) -> None:
    assert tripped([one], [state]) is trip


def test_right_begun_since_the_act_counts_in_the_mirrored_base() -> None:
    state = base(1000, 3000, OTHER)
    friend = Person(OWN, permissions={state.base_id: (Period(AT + STEP),)})
    assert tripped([RuleBan("A", Act(3000, 1000, AT), friend, is_invasion=True)], [state]) is Trip.MIRRORED


@pytest.mark.parametrize(
    ("players", "banned", "banned_before", "most", "trips"),
    [
        pytest.param("AB", "", "", 2, False, id="exactly as many"),
        pytest.param("ABC", "", "", 2, True, id="one more"),
        pytest.param("AAAA", "", "", 1, False, id="many acts of one player"),
        pytest.param("C", "AB", "", 2, True, id="with those before"),
        pytest.param("A", "AB", "", 2, False, id="one of those before again"),
        pytest.param("C", "AB", "C", 2, False, id="one who is banned for good already"),
        pytest.param("ABC", "", "", None, False, id="no limit"),
    ],
)
def test_breaker_trips_over_a_count(
    players: str, banned: str, banned_before: str, most: int | None, *, trips: bool
) -> None:
    bans = [ban(1, 2, one, None) for one in players]
    found = tripped(bans, [], Lately(most, set(banned), set(banned_before)))
    assert found is (Trip.BANS if trips else None)


PLACES = st.sampled_from((500.0, 1000.0, 1150.0, 3000.0, 7000.0, 9000.0))
BANS = st.builds(
    ban, PLACES, PLACES, st.sampled_from("ABC"), st.sampled_from((None, OWN, OTHER)), invasion=st.booleans()
)
BASES = st.lists(st.builds(base, PLACES, PLACES, st.sampled_from((OWN, OTHER))), max_size=4)


@given(BASES, st.sets(st.sampled_from("ABCDE")), st.integers(0, 3))
def test_batch_without_bans_never_trips(states: list[BaseState], banned: set[str], most: int) -> None:
    assert tripped([], states, Lately(most, banned)) is None


@given(st.lists(BANS, max_size=3), BASES, st.integers(0, 3))
def test_order_does_not_matter(bans: list[RuleBan], states: list[BaseState], most: int) -> None:
    found = {tripped(list(order), states[::-1], Lately(most)) for order in permutations(bans)}
    assert found == {tripped(bans, states, Lately(most))}


@given(st.lists(BANS, max_size=3), BANS, BASES)
def test_one_more_ban_never_sets_the_breaker_back(
    bans: list[RuleBan], more: RuleBan, states: list[BaseState]
) -> None:
    if tripped(bans, states, Lately(2)) is not None:
        assert tripped([*bans, more], states, Lately(2)) is not None


@given(PLACES, PLACES)
def test_mirror_of_a_mirror_is_the_place(x: float, z: float) -> None:
    for other in mirrored(x, z, SIDE):
        assert (x, z) in mirrored(*other, SIDE)
