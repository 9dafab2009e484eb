"""The reasons of a verdict in words."""

from typing import Any

import pytest
from django.utils import translation

from territory.models import Placement
from territory.rules.verdict import Hold, Rule
from territory.wording import considered_bases, mentioned_base_ids, reasons_in_words


def words(placement: Placement, names: dict[int, str] | None = None) -> list[str]:
    with translation.override("en"):
        return reasons_in_words(placement, names or {7: "Forte"})


def judged(rule: str, **facts: Any) -> Placement:
    """A judged placement 45 m from the centre of base 7, whose radius is 100 m; `facts` are columns or reasons."""
    columns: dict[str, Any] = {"outcome": "allowed", "distance_m": 45.0, "base_id": 7, "user_id": None}
    columns |= {name: facts.pop(name) for name in columns.keys() & facts.keys()}
    near = {"base_id": 7, "distance_m": columns["distance_m"], "radius_m": 100.0, "right": None}
    reasons = {
        "policy": "protected",
        "policy_source": "default",
        "holds": [],
        "since": False,
        "considered": [near],
    }
    return Placement(state="judged", rule=rule, reasons=reasons | facts, **columns)


INSIDE = "Inside “Forte”: 45 m from its centre, the radius is 100 m."
NO_RIGHT = "The player had no right there, neither at the act nor when it was judged."
SENTENCES = {
    "owner": (judged("owner"), [INSIDE, "The player owned the base at the act."]),
    "permitted": (judged("permission"), [INSIDE, "The player had a permission on the base at the act."]),
    "clan since": (
        judged("clan", since=True),
        [INSIDE, "The player had no right at the act, but was a member of the base's clan when it was judged."],
    ),
    "intruder": (judged("intruder", user_id=3), [INSIDE, NO_RIGHT]),
    "stranger, unknown item": (
        judged("intruder", policy_source="unknown"),
        [INSIDE, "No person is linked to the player, who is therefore a stranger in every base.",
         "The item is not known, and so is protected like any other."],
    ),
    "border": (
        judged("intruder", distance_m=104.25, holds=["border"], user_id=3),
        ["Just outside “Forte”: 104.2 m from its centre, the radius is 100 m.", NO_RIGHT,
         "It is too close to a base's edge to say on which side of it the item lies."],
    ),
    "owner since, nothing considered": (
        judged("owner", since=True, considered=[]),
        ["It lies 45 m from the centre of “Forte”.", "The player had no right at the act, but owned the base when it was judged."],
    ),
    "immune": (judged("immune"), ["The player is on the server's staff immunity list."]),
    "forbidden": (judged("item_forbidden", base_id=None), ["The item is forbidden to everybody, everywhere."]),
    "forbidden here, too old": (
        judged("item_forbidden", base_id=None, policy_source="server", holds=["too_old"]),
        ["An item rule of this server forbids the item to everybody, everywhere.",
         "The placement was older than the server's limit when it was judged, so it bans nobody by itself."],
    ),
    "ignored": (
        judged("item_ignored", policy_source="all_servers"), ["An item rule for all servers says to ignore the item."]
    ),
    "outside": (Placement(state="judged", outcome="allowed", rule="outside"), ["It lies outside every base."]),
    "pending": (Placement(state="pending"), ["It waits to be judged."]),
    "unusable": (Placement(state="unusable", unusable_because="off_map"), ["Not judged: the position is not on the map."]),
}  # fmt: skip


@pytest.mark.parametrize(("placement", "sentences"), SENTENCES.values(), ids=SENTENCES)
def test_reasons_are_complete_sentences(placement: Placement, sentences: list[str]) -> None:
    assert words(placement) == sentences


@pytest.mark.parametrize(
    "placement",
    [
        *(judged(rule) for rule in Rule),
        *(judged("intruder", holds=[hold.value]) for hold in Hold),
        *(Placement(state="unusable", unusable_because=reason) for reason in Placement.Unusable if reason),
    ],
    ids=[*Rule, *Hold, *filter(None, Placement.Unusable)],
)
def test_every_rule_hold_and_unusable_line_has_words(placement: Placement) -> None:
    sentences = words(placement)
    assert sentences
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in sentences)
    assert sentences[0].startswith("Not judged: the ") is (placement.state == "unusable")


@pytest.mark.parametrize(
    ("names", "shown"), [({8: "Outra"}, "#7"), ({7: "100%s"}, "100%s")], ids=["without a name", "percent"]
)
def test_base_is_called_by_its_name_as_it_is_or_its_number(names: dict[int, str], shown: str) -> None:
    assert words(judged("owner"), names)[0].startswith(f"Inside “{shown}”")


def test_mentioned_bases_are_those_charged_and_considered() -> None:
    placement = judged("intruder", base_id=9)
    assert mentioned_base_ids([placement, Placement()]) == {7, 9}
    assert [base.is_charged for base in considered_bases(placement, {})] == [False]
