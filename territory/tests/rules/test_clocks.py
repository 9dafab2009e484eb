"""A source dated wrongly: seen by its newest line beside the moment that line came, with the zone that would fit."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory.rules.clocks import clock_shift, fitting_zone

SEEN = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
QUARTERS = [n for n in range(-4 * 13, 4 * 12 + 1) if abs(n) >= 4]


@pytest.mark.parametrize(
    ("late_min", "shift_min"),
    [
        pytest.param(0, 0, id="at-once"),
        pytest.param(20, 0, id="delay-of-a-host"),
        pytest.param(41, 0, id="long-delay"),
        pytest.param(-9, 0, id="clock-a-little-fast"),
        pytest.param(60, 60, id="an-hour"),
        pytest.param(200, 180, id="three-hours-and-a-delay"),
        pytest.param(180, 180, id="three-hours"),
        pytest.param(178, 180, id="three-hours-less-two-minutes"),
        pytest.param(333, 330, id="half-hour-zone"),
        pytest.param(-160, -180, id="ahead-three-hours-less-the-delay"),
        pytest.param(-60, -60, id="ahead-an-hour"),
        pytest.param(12 * 60, 12 * 60, id="widest"),
        pytest.param(27 * 60, 0, id="an-old-file"),
        pytest.param(60 * 24 * 300, 0, id="a-very-old-file"),
    ],
)
def test_shift(late_min: int, shift_min: int) -> None:
    assert clock_shift(SEEN - timedelta(minutes=late_min), SEEN, UTC_ZONE) == timedelta(minutes=shift_min)


@pytest.mark.parametrize(
    ("zone", "late_h", "is_shifted"),
    [
        pytest.param("America/Sao_Paulo", 9, True, id="to-the-westernmost-zone"),
        pytest.param("America/Sao_Paulo", 10, False, id="beyond-it"),
        pytest.param("America/Sao_Paulo", -17, True, id="to-the-easternmost-zone"),
        pytest.param("Pacific/Kiritimati", 26, True, id="across-the-Earth"),
    ],
)
def test_shift_that_no_zone_explains_is_a_file_that_was_kept(
    zone: str, late_h: int, *, is_shifted: bool
) -> None:
    assert bool(clock_shift(SEEN - timedelta(hours=late_h), SEEN, ZoneInfo(zone))) is is_shifted


@given(st.sampled_from(QUARTERS), st.integers(0, 29))
def test_every_wrong_zone_is_noticed_whatever_the_delay(quarters: int, delay_min: int) -> None:
    shift = clock_shift(SEEN - timedelta(minutes=15 * quarters + delay_min), SEEN, UTC_ZONE)
    assert shift
    assert (shift > timedelta()) == (quarters > 0)


@pytest.mark.parametrize(
    ("zone", "hours", "fitting"),
    [
        ("UTC", 3.0, "America/Sao_Paulo"),
        ("America/Sao_Paulo", -3.0, "UTC"),
        ("America/Sao_Paulo", -4.0, "Europe/Berlin"),
        ("America/Sao_Paulo", 1.0, "America/Manaus"),
        ("UTC", -5.75, "UTC+05:45"),
        ("UTC", 3.5, "UTC-03:30"),
    ],
)
def test_zone_that_would_fit(zone: str, hours: float, fitting: str) -> None:
    shift, winter = timedelta(hours=hours), datetime(2026, 1, 20, 12, 0, tzinfo=UTC)
    assert fitting_zone(ZoneInfo(zone), shift, winter) == fitting
