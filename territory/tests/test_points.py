"""Places on a map as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory.points import parse_metres, parse_point

METRES = {
    "5000": 5000, "4730,5": 4730.5, "4730.5": 4730.5, "5.000,5": 5000.5, "5,000.5": 5000.5, "12.345": 12345,
    " 12 ": 12, "5092.345": 5092.345, "1.234.567": 1234567, "0": 0, "-5": -5, "5\u00a0000": 5000,
}  # fmt: skip
POINTS = {
    "5000 / 3000": (5000, 3000),
    "5.000,5 / 3.000": (5000.5, 3000),
    "5000,5 3000,2": (5000.5, 3000.2),
    "5000, 3000": (5000, 3000),
    "5000,3000": (5000, 3000),
    "X: 5000.5 Z: 3000": (5000.5, 3000),
    "x=5000; z=3000": (5000, 3000),
    "<5000.5, 3000>": (5000.5, 3000),
    '12:00:01 | Player "Onça" (id=A pos=<5092.3, 1143.0, 12.6>) placed X<X>': (5092.3, 1143.0),
}


@pytest.mark.parametrize(("text", "metres"), METRES.items(), ids=METRES)
def test_length_is_read(text: str, metres: float) -> None:
    assert parse_metres(text) == metres


@pytest.mark.parametrize("text", ["", "x", "5..0", "1e5", "nan", "٣", "5,,0", "5.0.0", "1" * 300, "5 m"])
def test_what_is_no_length_is_none(text: str) -> None:
    assert parse_metres(text) is None


@pytest.mark.parametrize(("text", "point"), POINTS.items(), ids=POINTS)
def test_point_is_read(text: str, point: tuple[float, float]) -> None:
    assert parse_point(text) == point


@pytest.mark.parametrize(
    "text", ["", "5000", "5000 / ", "5000 12 3000", "north of Elektro", "5,000", "1 " * 900]
)
def test_unclear_point_is_none(text: str) -> None:
    assert parse_point(text) is None


@given(st.text())
def test_nothing_typed_raises(text: str) -> None:
    parse_metres(text)
    parse_point(text)


@given(st.floats(0, 20000), st.floats(0, 20000))
def test_point_is_read_as_it_is_shown(x: float, z: float) -> None:
    assert parse_point(f"{x:.2f} / {z:.2f}") == (float(f"{x:.2f}"), float(f"{z:.2f}"))
