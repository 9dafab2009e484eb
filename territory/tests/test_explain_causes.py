"""What `explain` says is true, said once, and names what to do about it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import translation

from clans.models import User
from territory.models import Base, BaseRevision, GameServer, PlayerIdentity
from territory.tests.explained import ask, codes, words_of
from territory.tests.factories import NOW, make_base, make_clan, make_player, make_server, player_id

pytestmark = pytest.mark.django_db

A_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _english_at_a_fixed_time() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False), translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def server() -> GameServer:
    return make_server(slug="sul", name="Sul")


@pytest.fixture
def owner() -> User:
    return make_player("Dono")


@pytest.fixture
def base(server: GameServer, owner: User) -> Base:
    return make_base(server, owner)


def make_base_with_past(server: GameServer, owner: User, pasts: list[dict[str, Any]], **fields: Any) -> Base:
    """A base that was like each of `pasts` for a day, the last until yesterday, and is as the fields say since."""
    base = make_base(
        server, owner, registered_at=NOW - (len(pasts) + 1) * A_DAY, changed_at=NOW - A_DAY, **fields
    )
    for number, past in enumerate(pasts):
        start = base.registered_at + number * A_DAY
        state = {
            "owner": owner,
            "clan": base.clan,
            "x": base.x,
            "z": base.z,
            "radius_m": base.radius_m,
        } | past
        BaseRevision.objects.create(
            base=base, server=server, valid_from=start, valid_to=start + A_DAY, **state
        )
    return base


# When protection began and ended.


def test_change_of_clan_or_owner_is_no_beginning(server: GameServer, owner: User) -> None:
    make_base_with_past(server, make_player("Nova"), [{"owner": owner}, {}], clan=make_clan())

    result = ask(at="2026-01-20 12:00")

    assert codes(result) == {"not_yet_registered", "no_base_at_all"}
    assert "2026-02-04 16:45:00" in words_of(result, "not_yet_registered")


def test_change_of_clan_or_owner_is_no_end(server: GameServer, owner: User) -> None:
    past: list[dict[str, Any]] = [{"owner": owner}, {}]
    make_base_with_past(server, make_player("Nova"), past, clan=make_clan(), removed_at=NOW)

    result = ask()

    assert codes(result) == {"removed", "no_base_at_all"}
    assert "2026-02-07 16:45:00" in words_of(result, "removed")


def test_end_is_the_move_away_and_not_a_change_before_it(server: GameServer, owner: User) -> None:
    past: list[dict[str, Any]] = [{"x": 5000.0, "clan": make_clan()}, {"x": 5000.0}]
    make_base_with_past(server, owner, past, x=9000.0)

    result = ask()

    assert codes(result) == {"changed", "no_base_near"}
    assert "moved or made smaller on 2026-02-06 16:45:00" in words_of(result, "changed")


def test_beginning_is_the_move_here_and_not_a_change_after_it(server: GameServer, owner: User) -> None:
    past: list[dict[str, Any]] = [{"x": 9000.0}, {"clan": make_clan()}]
    make_base_with_past(server, owner, past)

    result = ask(at="2026-02-05 12:00")

    assert codes(result) == {"not_yet_so", "no_base_near"}
    assert "only since 2026-02-05 16:45:00, when it was moved" in words_of(result, "not_yet_so")


def test_base_that_was_away_for_a_while_is_not_said_to_be_new(server: GameServer, owner: User) -> None:
    make_base_with_past(server, owner, [{}, {"x": 9000.0}])
    assert codes(ask(at="2026-02-06 12:00")) == {"changed", "no_base_near"}


# Who the player is.


@pytest.mark.parametrize("known", [True, False])
def test_identity_that_names_nobody_is_told_from_a_misspelt_gamertag(base: Base, *, known: bool) -> None:
    PlayerIdentity.objects.create(gamertag="Dona", player_id=player_id("Dona") if known else None)

    for options in ({}, {"player_id": player_id("Dona")}):
        result = ask("dona", **options)
        assert "is there but names nobody: link it to a person" in words_of(result, "identity_of_nobody")
        assert "not_linked" not in codes(result)
    assert codes(ask("Donna")) == {"not_linked"}
