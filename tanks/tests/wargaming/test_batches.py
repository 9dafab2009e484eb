from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanks.tests.wargaming.conftest import unhurried
from tanks.wargaming.batches import fetch_in_batches, plan
from tanks.wargaming.errors import BadAccountError


class Source:
    """Refuses a batch that holds a bad id, and counts."""

    def __init__(self, *bad: int) -> None:
        self.bad = frozenset(bad)
        self.batches: list[tuple[int, ...]] = []

    def __call__(self, ids: tuple[int, ...]) -> Mapping[int, str | None]:
        self.batches.append(ids)
        if self.bad & set(ids):
            raise BadAccountError(ids)
        return {number: str(number) for number in ids}


@pytest.mark.parametrize(
    ("count", "size", "sizes"),
    [(0, 100, []), (1, 100, [1]), (100, 100, [100]), (101, 100, [100, 1]), (100, 25, [25] * 4)],
)
def test_batches_are_as_few_as_possible(count: int, size: int, sizes: list[int]) -> None:
    assert [len(batch) for batch in plan(range(count), size)] == sizes


def test_half_that_must_be_bad_is_not_asked_for() -> None:
    source = Source(4)
    fetch_in_batches([1, 2, 3, 4], 4, source)
    assert source.batches == [(1, 2, 3, 4), (1, 2), (3,)]


@unhurried
@given(
    ids=st.lists(st.integers(1, 400), max_size=250),
    bad=st.sets(st.integers(1, 400)),
    size=st.integers(1, 100),
)
def test_every_id_is_answered_or_bad_in_few_batches(ids: list[int], bad: set[int], size: int) -> None:
    source = Source(*bad)
    answers = fetch_in_batches(ids, size, source)
    assert answers.bad_ids == set(ids) & bad
    assert answers.by_id == {number: str(number) for number in ids if number not in bad}
    assert len(set(source.batches)) == len(source.batches)
    assert all(len(batch) <= size for batch in source.batches)
    wasted = len(source.batches) - len(plan(ids, size))
    assert wasted <= 2 * len(answers.bad_ids) * size.bit_length()
