import math
import random

import pytest

from territory.rules.geometry import distance_m, is_on_map


@pytest.mark.parametrize(
    ("a", "b", "expected_m"),
    [
        pytest.param((5000.0, 3045.0), (5000.0, 3000.0), 45.0, id="north"),
        pytest.param((4955.0, 3000.0), (5000.0, 3000.0), 45.0, id="west"),
        pytest.param((5060.0, 3080.0), (5000.0, 3000.0), 100.0, id="exact triangle"),
        pytest.param((5000.0, 3000.0), (5000.0, 3000.0), 0.0, id="same place"),
        pytest.param((0.0, 0.0), (15360.0, 15360.0), 15360.0 * math.sqrt(2), id="across the map"),
    ],
)
def test_distance_is_planar_and_symmetric(
    a: tuple[float, float], b: tuple[float, float], expected_m: float
) -> None:
    assert distance_m(*a, *b) == pytest.approx(expected_m, abs=1e-9)
    assert distance_m(*a, *b) == distance_m(*b, *a)


def test_distance_of_exact_triangles_is_exact() -> None:
    draw = random.Random(7)
    for _ in range(1_000):
        x, z, scale = draw.randrange(15_000), draw.randrange(15_000), draw.randrange(1, 40)
        assert distance_m(x, z, x + 3 * scale, z - 4 * scale) == 5 * scale


def test_distance_of_extreme_numbers_does_not_raise() -> None:
    assert distance_m(1.7e308, 0.0, -1.7e308, 0.0) == math.inf


@pytest.mark.parametrize(
    ("x", "z", "on_map"),
    [
        pytest.param(5092.3, 1143.0, True, id="a real placement"),
        pytest.param(0.0, 0.0, True, id="south-west corner"),
        pytest.param(12800.0, 12800.0, True, id="north-east corner"),
        pytest.param(-0.1, 100.0, False, id="west of the map"),
        pytest.param(100.0, -0.1, False, id="south of the map"),
        pytest.param(12800.1, 100.0, False, id="east of the map"),
        pytest.param(100.0, 12800.1, False, id="north of the map"),
        pytest.param(-3.4e38, 100.0, False, id="sentinel in x"),
        pytest.param(100.0, -3.4e38, False, id="sentinel in z"),
        pytest.param(math.inf, 100.0, False, id="infinite"),
        pytest.param(math.nan, 100.0, False, id="not a number in x"),
        pytest.param(100.0, math.nan, False, id="not a number in z"),
    ],
)
def test_position_on_map_of_12800_m(x: float, z: float, *, on_map: bool) -> None:
    assert is_on_map(x, z, 12_800.0) is on_map
