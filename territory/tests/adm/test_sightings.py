"""Every line about a player says who bears which id; no name may make another player's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory.adm.sightings import sighted_players

XBOX = "46F1EF74FA295DD9ACF74E8599AEED8C00000000"
PC = "fJ9nhljHTo_ARGvsvLJWyoDRL4lmfV-e2UQKxhUiUcO="


@pytest.mark.parametrize(
    ("body", "players"),
    [
        pytest.param(f'Player "Ana" (id={XBOX}) is connecting', [("Ana", XBOX)], id="connecting"),
        pytest.param(f'Player "Ana" (id={XBOX} pos=<1, 2, 3>) is connected', [("Ana", XBOX)], id="connected"),
        pytest.param(
            f'Player "Ana"(id={PC}) has been disconnected', [("Ana", PC)], id="disconnected-no-space"
        ),
        pytest.param(f'Player "Ana" is connected (id={PC})', [("Ana", PC)], id="connected-old"),
        pytest.param(f'Player "Ana" (id={XBOX} pos=<1, 2, 3>)', [("Ana", XBOX)], id="player-list"),
        pytest.param(f'Player "Ana" (id={XBOX}, pos=<1, 2, 3>) placed X<X>', [("Ana", XBOX)], id="comma"),
        pytest.param(f'Player "Ana" (DEAD) (id={XBOX} pos=<1, 2, 3>) died.', [("Ana", XBOX)], id="dead"),
        pytest.param(
            f'Player "Ana" (id={XBOX} pos=<1, 2, 3>)[HP: 90.1] hit by Player "Bia" (id={PC} pos=<1, 2, 3>) into Head',
            [("Ana", XBOX), ("Bia", PC)],
            id="hit",
        ),
        pytest.param(
            f'Player "Ana" (DEAD) (id={XBOX} pos=<1, 2, 3>) killed by Player "Bia" (id={PC} pos=<1, 2, 3>) with KA-74',
            [("Ana", XBOX), ("Bia", PC)],
            id="killed",
        ),
        pytest.param('Player "Ana" (id=Unknown pos=<1, 2, 3>)', [], id="no-id"),
        pytest.param(
            f'Player "Ana" (DEAD) (id=Unknown) killed by Player "Bia" (id={XBOX} pos=<1, 2, 3>) with M4',
            [],
            id="no-id-killed-by-one-with-an-id",
        ),
        pytest.param(f'Chat("Ana"(id={XBOX})): Player "Bia" (id={PC}) is connected', [], id="chat"),
        pytest.param(
            f'Player "Bia" (id=ERROR) x" (id={XBOX}) is connected',
            [],
            id="name-with-an-id",
        ),
        pytest.param(
            f'Player "x by Player "Bia" (id={XBOX} pos=<1, 2, 3>)',
            [('x by Player "Bia', XBOX)],
            id="name-as-a-hit",
        ),
        pytest.param(
            f'Player "Ana" (id={XBOX}) hit by Player "x by Player "Bia" (id={PC})',
            [("Ana", XBOX), ('x by Player "Bia', PC)],
            id="hitter-named-as-a-hit",
        ),
        pytest.param(
            f'Player "Bia" is connected" (id={XBOX})', [('Bia" is connected', XBOX)], id="name-as-a-state"
        ),
        pytest.param(
            f'Player "An14:00:01 | Player "Bia" (id={XBOX}) is connected', [], id="two-lines-ran-together"
        ),
    ],
)
def test_players_of_a_line(body: str, players: list[tuple[str, str]]) -> None:
    assert sighted_players(f"14:00:00 | {body}") == players


@given(st.text(max_size=15))
def test_no_name_makes_another_players(name: str) -> None:
    found = sighted_players(f'14:00:00 | Player "{name}" (id={XBOX} pos=<1, 2, 3>) is connected')
    assert found in ([], [(name, XBOX)])
