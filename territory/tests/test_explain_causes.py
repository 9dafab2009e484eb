"""What `explain` says is true, said once, and names what to do about it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.utils import translation

from clans.models import User
from territory.models import Base, GameServer, PlayerIdentity
from territory.tests.explained import ask, codes, words_of
from territory.tests.factories import NOW, make_base, make_player, make_server, player_id

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


@pytest.mark.parametrize("known", [True, False])
def test_identity_that_names_nobody_is_told_from_a_misspelt_gamertag(base: Base, *, known: bool) -> None:
    PlayerIdentity.objects.create(gamertag="Dona", player_id=player_id("Dona") if known else None)

    for options in ({}, {"player_id": player_id("Dona")}):
        result = ask("dona", **options)
        assert "is there but names nobody: link it to a person" in words_of(result, "identity_of_nobody")
        assert "not_linked" not in codes(result)
    assert codes(ask("Donna")) == {"not_linked"}
