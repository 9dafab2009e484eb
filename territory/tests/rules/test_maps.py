"""The maps that are known by name."""

import pytest

from territory.rules.maps import LEAST_SIDE_M, MAPS, MOST_SIDE_M, map_name


@pytest.mark.parametrize(
    ("name", "side_m"),
    [
        ("chernarusplus", 15_360),
        ("enoch", 12_800),
        ("sakhal", 15_360),
        ("namalsk", 12_800),
        ("deerisle", 16_384),
        ("banov", 15_360),
        ("esseker", 12_800),
        ("takistanplus", 12_800),
        ("chiemsee", 10_240),
        ("rostow", 14_336),
        ("bitterroot", 12_288),
        ("alteria", 8_192),
        ("pripyat", 20_480),
        ("valning", 10_240),
        ("iztek", 8_192),
        ("melkart", 20_480),
    ],
)
def test_map_has_its_size(name: str, side_m: float) -> None:
    assert MAPS[name].side_m == side_m


def test_every_map_is_of_a_possible_size_and_found_by_name_and_title() -> None:
    assert all(LEAST_SIDE_M <= known.side_m <= MOST_SIDE_M for known in MAPS.values())
    assert [name for name in MAPS if map_name(name) != name] == []
    assert [name for name, known in MAPS.items() if map_name(known.title) != name] == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("deerisle", "deerisle", id="name"),
        pytest.param(" DeerIsle ", "deerisle", id="case-and-spaces"),
        pytest.param("deer_isle", "deerisle", id="underscore"),
        pytest.param("Livonia", "enoch", id="title"),
        pytest.param("dayzOffline.TakistanPlus", "takistanplus", id="mission-folder"),
        pytest.param("empty.deerisle", "deerisle", id="mission-folder-of-a-mod"),
        pytest.param("exclusionzone", "exclusionzone", id="unknown"),
        pytest.param(" Ilha do Mel 2.1 ", "Ilha do Mel 2.1", id="unknown-as-typed"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_map_is_known_by_what_people_write(text: str, name: str) -> None:
    assert map_name(text) == name
