from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanks.diffs import (
    GarageState,
    Member,
    RosterChanges,
    StoredTank,
    garage_changes,
    has_fallen,
    is_heavy_loss,
    or_stored,
    roster_changes,
)
from tanks.tests.factories.answers import JOINED, LATER, NOW, SOON, clan_member, tank
from tanks.wargaming.answers import ClanMember, TankStatistic

Roster = dict[int, Member]

NUMBERS = st.integers(1, 12)
MOMENTS = st.none() | st.integers(0, 3).map(lambda days: JOINED + timedelta(days=days))
TOLD = st.builds(
    ClanMember,
    account_id=NUMBERS,
    name=st.none() | st.sampled_from(["Ana", "Bia", "Cauã"]),
    role=st.none() | st.sampled_from(["commander", "private", "recruit"]),
    joined_at=MOMENTS,
)
ANSWERS = st.lists(TOLD, min_size=1, max_size=12, unique_by=lambda member: member.account_id)


def known(*numbers: int) -> Roster:
    return {number: Member(number, f"Jogador_{number}", "private", JOINED) for number in numbers}


def after(before: Roster, changes: RosterChanges) -> Roster:
    """Return the roster as it is stored after these changes."""
    kept_ones = {number: member for number, member in before.items() if number not in changes.left}
    return kept_ones | {member.account_id: member for member in changes.present}


def answer(*numbers: int) -> list[ClanMember]:
    return [clan_member(number) for number in numbers]


def happened(changes: RosterChanges) -> tuple[int, int, int, int, int]:
    return (
        len(changes.joined),
        len(changes.left),
        len(changes.renamed),
        len(changes.role_changed),
        len(changes.missing),
    )


NOTHING = (0, 0, 0, 0, 0)


@settings(max_examples=40, deadline=None)
@given(before=ANSWERS, now=ANSWERS, missing=st.sets(NUMBERS))
def test_roster_read_twice_changes_nothing_the_second_time(
    before: list[ClanMember], now: list[ClanMember], missing: set[int]
) -> None:
    stored = after({}, roster_changes({}, before))
    first = roster_changes(stored, now, missing_before=missing)
    stored = after(stored, first)
    second = roster_changes(stored, now, missing_before=first.missing)
    third = roster_changes(after(stored, second), now, missing_before=second.missing)

    assert after(stored, second) == {number: stored[number] for number in stored if number not in second.left}
    assert second.left == first.missing, "whoever was held back, and nobody else"
    assert happened(second)[2:] == (0, 0, 0)
    assert not second.joined
    assert happened(third) == NOTHING


@settings(max_examples=40, deadline=None)
@given(before=ANSWERS, now=ANSWERS)
def test_roster_nulls_keep_what_is_stored(before: list[ClanMember], now: list[ClanMember]) -> None:
    stored = after({}, roster_changes({}, before))
    nulls = [ClanMember(member.account_id, None, None, None) for member in now]
    changes = roster_changes(stored, nulls)

    for member in changes.present:
        if member.account_id in stored:
            assert member == stored[member.account_id]
        else:
            assert member == Member(member.account_id, "", "", None)
    assert not changes.renamed
    assert not changes.role_changed
    assert {member.account_id for member in changes.joined} == {m.account_id for m in now} - stored.keys()


@settings(max_examples=40, deadline=None)
@given(before=ANSWERS, now=ANSWERS, order=st.permutations(range(12)), missing=st.sets(NUMBERS))
def test_roster_order_of_members_does_not_matter(
    before: list[ClanMember], now: list[ClanMember], order: list[int], missing: set[int]
) -> None:
    stored = after({}, roster_changes({}, before))
    shuffled = [now[place] for place in order if place < len(now)]
    one = roster_changes(stored, now, missing_before=missing)
    other = roster_changes(stored, shuffled, missing_before=missing)

    assert after(stored, one) == after(stored, other)
    assert (one.left, one.missing, set(one.joined)) == (other.left, other.missing, set(other.joined))
    assert (set(one.renamed), set(one.role_changed)) == (set(other.renamed), set(other.role_changed))


@settings(max_examples=40, deadline=None)
@given(size=st.integers(1, 110), present=st.data(), missing_before=st.data())
def test_heavy_loss_never_takes_anybody_of_the_reading_before(
    size: int, present: st.DataObject, missing_before: st.DataObject
) -> None:
    everybody = list(range(1, size + 1))
    here = present.draw(st.sets(st.sampled_from(everybody), min_size=1))
    absent_before = missing_before.draw(st.sets(st.sampled_from(everybody)))
    changes = roster_changes(known(*everybody), answer(*here), missing_before=absent_before)
    absent = set(everybody) - here

    assert not changes.left & here, "nobody leaves who is told"
    assert changes.left | changes.missing == absent
    assert not changes.left & changes.missing
    if len(absent) * 10 > size * 3:
        assert changes.left == absent & absent_before
    else:
        assert changes.left == absent


@pytest.mark.parametrize(
    ("lost", "of", "heavy"),
    [
        pytest.param(0, 0, False, id="nobody-of-nobody"),
        pytest.param(0, 10, False, id="nobody"),
        pytest.param(3, 10, False, id="exactly-30-percent"),
        pytest.param(30, 100, False, id="exactly-30-of-100"),
        pytest.param(31, 100, True, id="31-of-100"),
        pytest.param(4, 10, True, id="4-of-10"),
        pytest.param(1, 3, True, id="one-of-three"),
        pytest.param(1, 1, True, id="everybody"),
        pytest.param(27, 90, False, id="a-float-would-round-27-of-90"),
        pytest.param(21, 70, False, id="a-float-would-round-21-of-70"),
    ],
)
def test_heavy_loss_is_more_than_three_tenths(lost: int, of: int, *, heavy: bool) -> None:
    assert is_heavy_loss(lost, of=of) is heavy


OLD = Member(7, "Ana", "private", JOINED)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param({}, clan_member(7), (1, 0, 0, 0, 0), id="new"),
        pytest.param({7: OLD}, clan_member(7, "Ana"), NOTHING, id="unchanged"),
        pytest.param({7: OLD}, clan_member(7, "Bia"), (0, 0, 1, 0, 0), id="renamed"),
        pytest.param({7: OLD}, clan_member(7, "ana"), (0, 0, 1, 0, 0), id="renamed-in-case-only"),
        pytest.param({7: OLD}, clan_member(7, "Ana", "commander"), (0, 0, 0, 1, 0), id="promoted"),
        pytest.param({7: OLD}, clan_member(7, "Ana", joined_at=SOON), (1, 0, 0, 0, 0), id="gone-and-back"),
        pytest.param(
            {7: OLD},
            clan_member(7, "Ana", joined_at=JOINED - timedelta(days=1)),
            NOTHING,
            id="an-earlier-date",
        ),
        pytest.param({7: OLD}, clan_member(7, "Ana", joined_at=None), NOTHING, id="date-no-longer-told"),
        pytest.param(
            {7: Member(7, "Ana", "private", None)},
            clan_member(7, "Ana"),
            NOTHING,
            id="date-told-for-the-first-time",
        ),
        pytest.param({7: Member(7, "", "", None)}, clan_member(7, "Ana"), NOTHING, id="name-and-role-learnt"),
        pytest.param({7: OLD}, clan_member(7, None, None, None), NOTHING, id="all-null"),
    ],
)
def test_roster_tells_of_a_member(
    before: Roster, now: ClanMember, expected: tuple[int, int, int, int, int]
) -> None:
    assert happened(roster_changes(before, [now])) == expected


def test_renamed_member_shows_both_names() -> None:
    changes = roster_changes({7: OLD}, [clan_member(7, "Bia", "commander")])
    assert [(old.nickname, new.nickname) for old, new in changes.renamed] == [("Ana", "Bia")]
    assert [(old.role, new.role) for old, new in changes.role_changed] == [("private", "commander")]


def state(
    *,
    battles: int | None = 10,
    last: datetime | None = JOINED,
    read_at: datetime | None = NOW,
    read_battles: int | None = 10,
    read_last: datetime | None = JOINED,
) -> GarageState:
    return GarageState(1, battles, last, read_at, read_battles, read_last)


@pytest.mark.parametrize(
    ("garage", "full_pass_at", "due"),
    [
        pytest.param(state(), None, False, id="nothing-played"),
        pytest.param(state(read_at=None), None, True, id="never-read"),
        pytest.param(state(battles=11), None, True, id="more-battles"),
        pytest.param(state(battles=9), None, True, id="fewer-battles"),
        pytest.param(state(last=SOON), None, True, id="a-later-battle"),
        pytest.param(
            state(battles=None, read_battles=None, last=None, read_last=None), None, False, id="hidden"
        ),
        pytest.param(state(), LATER, True, id="not-yet-in-this-pass"),
        pytest.param(state(read_at=LATER), LATER, False, id="at-the-moment-of-the-pass"),
        pytest.param(state(read_at=LATER), SOON, False, id="after-the-pass-began"),
        pytest.param(state(read_at=None, battles=None), LATER, True, id="never-read-nor-told"),
    ],
)
def test_garage_is_due(garage: GarageState, full_pass_at: datetime | None, *, due: bool) -> None:
    assert garage.is_due(full_pass_at) is due


@pytest.mark.parametrize(
    ("now", "changed", "reset"),
    [
        pytest.param(tank(10, 50, 25, 2), False, False, id="the-same"),
        pytest.param(tank(10, 51, 26, 2), True, False, id="played"),
        pytest.param(tank(10, 50, 25, 3), True, False, id="better-badge"),
        pytest.param(tank(10, 49, 25, 2), True, True, id="fewer-battles"),
        pytest.param(tank(10, 51, 24, 2), True, True, id="fewer-wins"),
        pytest.param(tank(10, 51, 26, 1), True, True, id="worse-badge"),
        pytest.param(tank(10, 0, 0, 0), True, True, id="wiped"),
    ],
)
def test_garage_counter_that_falls_is_a_reset(now: TankStatistic, *, changed: bool, reset: bool) -> None:
    changes = garage_changes({(1, 10): StoredTank(100, 50, 25, 2)}, {1: [now]})
    assert bool(changes.changed) is changed
    assert changes.reset == ({(1, 10)} if reset else set())
    assert not changes.new


FIGURES = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 4))
GARAGES = st.dictionaries(st.integers(1, 4), st.dictionaries(st.integers(1, 6), FIGURES, max_size=6))


@settings(max_examples=40, deadline=None)
@given(before=GARAGES, now=GARAGES)
def test_garages_read_twice_change_nothing_the_second_time(
    before: dict[int, dict[int, tuple[int, int, int]]], now: dict[int, dict[int, tuple[int, int, int]]]
) -> None:
    stored = {
        (player, number): StoredTank(player * 100 + number, *figures)
        for player, tanks in before.items()
        for number, figures in tanks.items()
    }
    answers = {player: [tank(n, *f) for n, f in tanks.items()] for player, tanks in now.items()}
    changes = garage_changes(stored, answers)
    for player, row in changes.new:
        stored[player, row.tank_id] = StoredTank(1, row.battles, row.wins, row.mark_of_mastery or 0)
    for pk, player, row in changes.changed:
        assert stored[player, row.tank_id].pk == pk
        stored[player, row.tank_id] = StoredTank(pk, row.battles, row.wins, row.mark_of_mastery or 0)
    again = garage_changes(stored, answers)

    assert (again.new, again.changed, again.reset) == ([], [], set())
    for player, tanks in now.items():
        for number, figures in tanks.items():
            found = stored[player, number]
            assert (found.battles, found.wins, found.mark_of_mastery) == figures


@pytest.mark.parametrize(
    ("stored", "now", "fallen"),
    [
        pytest.param([5], [5], False, id="the-same"),
        pytest.param([5, 6], [5, 7], False, id="grown"),
        pytest.param([5, 6], [9, 5], True, id="one-of-two-fell"),
        pytest.param([5], [0], True, id="fell-to-nothing"),
        pytest.param([None], [0], False, id="never-told-before"),
        pytest.param([5], [None], False, id="not-told-now"),
    ],
)
def test_counters_have_fallen(stored: list[int | None], now: list[int | None], *, fallen: bool) -> None:
    assert has_fallen(stored, now) is fallen


def test_zero_and_empty_text_are_told_and_null_is_not() -> None:
    assert or_stored(0, 5) == 0
    assert or_stored("", "Ana") == ""
    assert or_stored(None, 5) == 5


@pytest.mark.parametrize(
    ("differs", "tanks", "counted", "is_read", "missing"),
    [
        pytest.param({}, [tank(1)], 10, True, 0, id="explained"),
        pytest.param({}, [tank(1)], 12, True, 0, id="vehicles-are-newer"),
        pytest.param({}, [tank(1)], 7, False, 0, id="too-few"),
        pytest.param({"tries": 4}, [tank(1)], 7, False, 0, id="too-few-for-the-fifth-time"),
        pytest.param({"tries": 5}, [tank(1)], 7, True, 3, id="too-few-for-the-last-time"),
        pytest.param({"missing": 3}, [tank(1)], 7, True, 3, id="as-few-as-before"),
        pytest.param({"missing": 3}, [tank(1)], 9, True, 1, id="fewer-missing-than-before"),
        pytest.param({"missing": 3}, [tank(1)], 6, False, 3, id="more-missing-than-before"),
        pytest.param({}, None, 10, False, 0, id="null-although-nothing-is-missing"),
        pytest.param({}, [], 10, False, 0, id="empty-although-nothing-is-missing"),
        pytest.param({"tries": 5}, None, 0, True, 10, id="null-for-the-last-time"),
        pytest.param({"is_hidden": True}, None, 0, True, 0, id="hidden"),
        pytest.param({"battles": None}, None, 0, True, 0, id="account-never-told"),
        pytest.param({"battles": 0}, [], 0, True, 0, id="never-fought"),
    ],
)
def test_vehicles_are_read_when_they_explain_the_battles(
    differs: dict[str, Any], tanks: list[TankStatistic] | None, counted: int, *, is_read: bool, missing: int
) -> None:
    before = replace(GarageState(1, 10, NOW, None, 5, None), **differs)
    after = before.after(tanks, counted=counted)
    assert (after.read_battles == before.battles and after.tries == 0) is is_read
    assert after.missing == missing
    assert after.tries == (0 if is_read else before.tries + 1)
