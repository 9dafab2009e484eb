"""Lines in which the engine names the actor and the things, and ids with a comma behind them."""

import pytest

from territory.adm.grammar import EventKind, parse_line
from territory.tests.adm.test_grammar import PLAYSTATION, POS, XBOX, event, line


@pytest.mark.parametrize(
    "actor",
    [
        pytest.param("Player SurvivorBase<fd90f9a0>", id="to-2023"),
        pytest.param("Player SurvivorBase<0x0000024c1be2a040> SurvivorM_Lewis:20305", id="console-2026"),
        pytest.param("Player SurvivorBase<0x0000020E8646A080> SurvivorF_Eva:7", id="capital-hex-and-a-woman"),
        pytest.param("Player SurvivorBase<0X1> SurvivorM_Peter:0", id="capital-x"),
        pytest.param("Player SurvivorBase<0000024c1be2a040> SurvivorM_Lewis:20305", id="without-0x"),
        pytest.param("Player SurvivorM_Lewis:20305", id="number-only"),
        pytest.param("Player Mod_2_Survivor99<0x24c> AB_SurvivorM_Lewis_2:-1", id="mods-classes"),
        pytest.param(" Player SurvivorBase<fd90f9a0>", id="spaced"),
    ],
)
@pytest.mark.parametrize("handle", ["", "<fd90f9a0>", "<0x0000024D5E3B7C10> {}:31187", ":31187"])
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Mounted BarbedWire on {}", (EventKind.MOUNTED, "Fence_2", "BarbedWire")),
        ("Unmounted BarbedWire from {}", (EventKind.UNMOUNTED, "Fence_2", "BarbedWire")),
        ("Dug in {} at position <5044.5, 12.5, 3000.8>", (EventKind.DUG_IN, None, "Fence_2")),
        (
            "Dug out {} at position 0x006f8c82e0 {{<270.87,560.1,797.3>}}",
            (EventKind.DUG_OUT, None, "Fence_2"),
        ),
    ],
)
def test_verb_after_the_engines_name_of_the_actor(
    actor: str, words: str, expected: tuple[EventKind, str | None, str], handle: str
) -> None:
    thing = "Fence_2" + handle.format("Fence_2")
    told = event(line(f"{actor} {words.format(thing)}"))
    assert (told.kind, told.display, told.item) == expected
    assert told.gamertag == "Ana"


@pytest.mark.parametrize(
    "tail",
    [
        pytest.param("Player SurvivorBase<0x1> SurvivorM_Lewis:1 placed Fence Kit<FenceKit>", id="placed"),
        pytest.param("Player SurvivorBase<0x1> SurvivorM_Lewis:1 Built base on Fence with Hoe", id="built"),
        pytest.param("Player SurvivorBase<0xZZ> SurvivorM_Lewis:1 Mounted A on B", id="no-hex"),
        pytest.param("Player SurvivorBase<0x1> SurvivorM_Lewis Mounted A on B", id="no-number"),
        pytest.param("Player two words<0x1> Mounted A on B", id="two-words"),
    ],
)
def test_engines_name_before_other_words_is_no_event(tail: str) -> None:
    assert parse_line(line(tail)) is None


@pytest.mark.parametrize("player_id", [XBOX, PLAYSTATION, "Unknown"])
@pytest.mark.parametrize("before", ["", " "])
def test_id_may_be_followed_by_a_comma(player_id: str, before: str) -> None:
    told = event(f'13:13:18 | Player "Ana"{before}(id={player_id}, {POS}) placed Fence Kit<FenceKit>')
    assert (told.kind, told.gamertag, told.player_id) == (EventKind.PLACED, "Ana", player_id)
    assert (told.x, told.z, told.altitude) == (5092.3, 1143.0, 12.6)
