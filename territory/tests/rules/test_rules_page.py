"""The page of the rule keeps up with the code."""

from enum import Enum
from pathlib import Path

import pytest

from territory.rules.facts import Mode, Policy, PolicySource, Right
from territory.rules.items import DEFAULT_RULES
from territory.rules.maps import LEAST_SIDE_M, MAPS, MOST_SIDE_M
from territory.rules.verdict import RULE_VERSION, Action, Hold, Outcome, Rule

PAGE = (Path(__file__).parents[3] / "docs" / "rules.md").read_text()


@pytest.mark.parametrize("words", [Outcome, Rule, Action, Hold, Policy])
def test_page_names_every_word_a_verdict_may_use(words: type[Enum]) -> None:
    assert [word.value for word in words if f"`{word.value}`" not in PAGE] == []


@pytest.mark.parametrize("words", [Mode, PolicySource, Right])
def test_page_names_every_mode_source_and_right(words: type[Enum]) -> None:
    assert [word.value for word in words if word.value not in PAGE] == []


def test_page_names_the_rule_version() -> None:
    assert f"Rule version: **{RULE_VERSION}**" in PAGE


def test_page_names_every_default_item() -> None:
    # Colours of one item stand behind its first as "_Green".
    tails = {rule.pattern: rule.pattern.rpartition("_")[2] for rule in DEFAULT_RULES}
    assert [name for name, tail in tails.items() if name not in PAGE and f"_{tail}" not in PAGE] == []


def test_page_names_every_map_with_its_size() -> None:
    for name, known in MAPS.items():
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` "))
        assert row.split("|")[2:4] == [f" {known.title} ", f" {spaced(known.side_m)} "]


def test_page_names_the_bounds_of_a_maps_size() -> None:
    assert f"{LEAST_SIDE_M:.0f} to {spaced(MOST_SIDE_M)}" in PAGE


def spaced(metres: float) -> str:
    return f"{metres:_.0f} m".replace("_", " ")
