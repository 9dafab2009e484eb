"""A ban's short id stands for one number, however somebody writes it down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory.ban_codes import code_of, number_of


@given(st.integers(1, 2**40))
def test_code_leads_back_to_its_number(number: int) -> None:
    assert number_of(code_of(number)) == number


def test_codes_of_neighbours_differ_and_are_short() -> None:
    codes = [code_of(number) for number in range(1, 5_000)]

    assert len(set(codes)) == len(codes)
    assert {len(code) for code in codes} == {len("B-7K3Q")}
    assert len(code_of(32**4)) == len("B-7K3QX")


@pytest.mark.parametrize("write", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_code_is_understood_as_people_write_it(write: object) -> None:
    assert callable(write)
    assert number_of(write(code_of(42))) == 42


def test_letters_that_look_like_digits_are_digits() -> None:
    assert number_of("B-OIL7") == number_of("B-0117")


@pytest.mark.parametrize("text", ["", "B-", "B-7K3", "7K3Q", "B-7K3U", "B-????", "B-" + "7" * 40, "Muro"])
def test_other_words_are_no_code(text: str) -> None:
    assert number_of(text) is None
