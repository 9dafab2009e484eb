"""Cases in words, without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from justice.case_words import Stamp, act_in_words, sentence_of, stamp_of
from territory.models import Ban, Case, CaseAct, Infraction

NOW = datetime(2026, 7, 6, 19, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "sentence", "detail"),
    [
        ({"kind": "lift", "lift_kind": "expired", "reason": "x"}, "The time of the ban was over", ""),
        (
            {"kind": "lift", "lift_kind": "removed", "reason": "x"},
            "Lifted, because somebody removed its line at the host",
            "x",
        ),
        ({"kind": "undo"}, "The rule undid the decision before", ""),
        (
            {
                "kind": "end",
                "before": {"ends_at": NOW.isoformat()},
                "after": {"ends_at": None},
                "reason": "x",
            },
            "The rule changed the end of the ban",
            "from “6 Jul 2026, 16:45” to “permanent” · x",
        ),
    ],
    ids=lambda value: value.get("lift_kind", value["kind"]) if isinstance(value, dict) else "",
)
def test_acts_of_the_machine(fields: dict[str, Any], sentence: str, detail: str) -> None:
    entry = act_in_words(CaseAct(at=NOW, **fields))
    assert (entry.sentence, entry.detail, entry.icon) == (sentence, detail, "settings")


@pytest.mark.parametrize(
    ("case", "count", "sentence"),
    [
        ({"kind": "forbidden_item"}, 1, "Ana placed land mine, a forbidden item"),
        ({"kind": "forbidden_item"}, 3, "Ana placed 3 forbidden items"),
        ({"kind": "territory_invasion"}, 1, "Ana invaded a base"),
        ({"kind": "territory_invasion", "base_name": "Norte"}, 1, "Ana put land mine in Norte"),
        ({"kind": "territory_invasion", "base_name": "Norte"}, 2, "Ana built 2 things in Norte"),
    ],
)
def test_sentence_says_who_did_what(case: dict[str, Any], count: int, sentence: str) -> None:
    words = sentence_of(Case(gamertag="Ana", **case), Infraction(item="LandMineTrap"), count)
    assert words.replace("\u2068", "").replace("\u2069", "") == sentence


@pytest.mark.parametrize(
    ("state", "ban", "stamp"),
    [
        ("waiting", None, Stamp("review", "In review")),
        ("dismissed", None, Stamp("observed", "Dismissed")),
        ("confirmed", None, Stamp("invasion", "Confirmed", "no ban")),
        ("confirmed", Ban(ends_at=NOW), Stamp("observed", "Ban over")),
        (
            "confirmed",
            Ban(ends_at=NOW + timedelta(hours=6)),
            Stamp("invasion", "Banned", "until July 6, 2026"),
        ),
        ("lifted", Ban(lift_kind="mercy"), Stamp("lifted", "Lifted", "mercy")),
    ],
)
def test_stamp_says_what_came_of_it(state: str, ban: Ban | None, stamp: Stamp) -> None:
    assert stamp_of(Case(state=state, ban=ban), NOW) == stamp
