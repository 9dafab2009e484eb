"""Items in words."""

import re

import pytest
from django.utils import translation

from territory.item_names import classes_called, item_in_words, pattern_in_words
from territory.rules.items import DEFAULT_RULES


@pytest.mark.parametrize(
    ("item", "display", "words"),
    [
        ("FenceKit", "Fence Kit", "fence kit"),
        ("fencekit", "", "fence kit"),
        ("Barrel_Blue", "Barrel", "barrel"),
        ("BarrelHoles_Red", "", "fire barrel"),
        ("Plastic_Explosive", "", "plastic explosive"),
        ("wall_gate", "", "gate"),
        ("ModdedSafe_Big", "Big safe", "Big safe"),
        ("ModdedSafe_Big", "", "ModdedSafe_Big"),
        ("", "Мина", "Мина"),
        ("", "", ""),
    ],
)
def test_item_is_said_in_our_words_else_as_the_log_shows_it(item: str, display: str, words: str) -> None:
    with translation.override("en"):
        assert item_in_words(item, display) == words


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("*Wheel", "any wheel"),
        ("Barrel_*", "any barrel"),
        ("*FireworksLauncher", "anniversary fireworks, fireworks"),
        ("*Kit", "*Kit"),
        ("Mod?_*", "Mod?_*"),
        ("SeaChest", "sea chest"),
        ("ModSafe", "ModSafe"),
    ],
)
def test_pattern_of_an_item_rule_is_said_in_words_where_it_means_few_things(pattern: str, words: str) -> None:
    with translation.override("en"):
        assert pattern_in_words(pattern) == words


def test_every_item_of_the_default_rules_has_words() -> None:
    with translation.override("en"):
        assert [
            rule.pattern for rule in DEFAULT_RULES if pattern_in_words(rule.pattern) == rule.pattern
        ] == []


def test_classes_are_found_by_words_with_all_their_colours() -> None:
    with translation.override("en"):
        barrels = classes_called("barrel")
        assert re.search(barrels, "Barrel_Blue", re.IGNORECASE)
        assert re.search(barrels, "barrelholes_red", re.IGNORECASE)
        assert re.search(barrels, "Barrel_2024", re.IGNORECASE)
        assert not re.search(barrels, "SeaChest")
        assert classes_called(".*") == ""
