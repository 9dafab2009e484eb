"""The rule as a ladder: each question with its answer, up to the one that decided."""

from typing import Any

import pytest
from django.utils import translation

from territory.ladder import ladder_of, rule_in_general
from territory.models import Placement
from territory.rules.verdict import Rule

CONSIDERED = [{"base_id": 7, "distance_m": 45.0, "radius_m": 100.0, "right": None}]


def climbed(
    rule: str, outcome: str = "allowed", action: str = "none", **reasons: Any
) -> list[tuple[str, str]]:
    """The answers and details of a verdict's ladder; the steps that were not asked have neither."""
    placement = Placement(
        state="judged",
        rule=rule,
        outcome=outcome,
        action=action,
        reasons={"policy": "protected", "considered": CONSIDERED} | reasons,
    )
    with translation.override("en"):
        return [(str(step.answer), str(step.detail)) for step in ladder_of(placement, {7: "Forte"})]


@pytest.mark.parametrize(
    ("rule", "reasons", "line"),
    [
        (Rule.ITEM_IGNORED, {}, 1),
        (Rule.IMMUNE, {"policy": "forbidden"}, 2),
        (Rule.ITEM_FORBIDDEN, {"outcome": "forbidden", "action": "ban"}, 3),
        (Rule.OUTSIDE, {"considered": []}, 4),
        (Rule.OWNER, {}, 5),
        (Rule.PERMISSION, {}, 5),
        (Rule.CLAN, {"since": True}, 6),
        (Rule.IMMUNE, {}, 7),
        (Rule.INTRUDER, {"outcome": "invasion", "action": "review"}, 8),
    ],
)
def test_ladder_ends_at_the_line_that_decided(rule: Rule, reasons: dict[str, Any], line: int) -> None:
    answers = [answer for answer, _detail in climbed(rule, **reasons)]
    decided = {3: "Ban", 8: "Staff review"}.get(line, "Yes")
    assert answers == ["No"] * (line - 1) + [decided] + [""] * (8 - line)


def test_ladder_tells_how_far_the_bases_were_and_what_follows() -> None:
    steps = climbed(Rule.INTRUDER, "invasion", "ban")
    assert steps[3] == ("No", "Forte: 45 m from the centre, radius 100 m")
    assert steps[4] == ("No", "Nobody on this site is linked to the player.")
    assert steps[7] == ("Ban", "A ban follows at once.")


def test_rule_in_general_bans_at_two_of_its_lines() -> None:
    with translation.override("en"):
        assert [step.answer for step in rule_in_general()] == [
            "Allowed", "Allowed", "Ban", "Allowed", "Allowed", "Allowed", "Allowed", "Ban",
        ]  # fmt: skip
