"""A gamertag that has changed in a newer copy of the file, whose identities have no number."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from territory.models import GameServer, PlayerIdentity
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.factories import incoming, make_server, player_id
from moving.tests.old_system import OTHER, OWNER, add, change, counts, make_file, move_in, reasons

pytestmark = pytest.mark.django_db

XUID = "2535400000000001"


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="sul")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return make_file(tmp_path / "old.db")


def linked() -> set[tuple[Any, ...]]:
    return set(PlayerIdentity.objects.values_list("user__discord_id", "gamertag", "player_id", "xuid"))


@pytest.mark.parametrize("xbox_id", [player_id("Dono"), XUID])
def test_same_account_under_another_gamertag_is_renamed(server: GameServer, file: Path, xbox_id: str) -> None:
    add(file, "player_identities", {"discord_id": OWNER, "gamertag": "Dono", "xbox_id": xbox_id})
    move_in(file, server)
    change(file, "UPDATE player_identities SET gamertag = 'Dono Novo'")

    result = move_in(file, server)

    assert (result["refused"], result["noted"]) == ([], [])
    assert [row[:2] for row in linked()] == [(OWNER, "Dono Novo")]
    assert counts(move_in(file, server), "player_identities") == (1, 0, 1, 0)


def test_gamertag_spelt_otherwise_is_the_same(server: GameServer, file: Path) -> None:
    add(file, "player_identities", {"discord_id": OWNER, "gamertag": "Dono"})
    move_in(file, server)
    change(file, "UPDATE player_identities SET gamertag = 'DONO'")

    result = move_in(file, server)

    assert (result["refused"], result["noted"]) == ([], [])
    assert linked() == {(OWNER, "DONO", None, None)}


def test_two_accounts_in_the_file_stay_two(server: GameServer, file: Path) -> None:
    add(file, "player_identities", {"discord_id": OWNER, "gamertag": "Dono", "xbox_id": XUID})
    move_in(file, server)
    add(file, "player_identities", {"discord_id": OWNER, "gamertag": "Segundo", "xbox_id": XUID})

    result = move_in(file, server)

    assert linked() == {(OWNER, "Dono", None, XUID), (OWNER, "Segundo", None, None)}
    assert [reason for _key, reason in reasons(result["noted"])] == ["xuid_taken"]


def test_account_that_the_file_gives_to_somebody_else_is_theirs(server: GameServer, file: Path) -> None:
    identity = {"discord_id": OWNER, "gamertag": "Dono", "xbox_id": player_id("Dono")}
    add(file, "player_identities", identity)
    move_in(file, server)
    change(file, f"UPDATE player_identities SET gamertag = 'Outro', discord_id = '{OTHER}'")

    result = move_in(file, server, newer_copy=True)

    assert result["refused"] == []
    assert linked() == {(OWNER, "Dono", None, None), (OTHER, "Outro", player_id("Dono"), None)}


def test_gamertag_that_the_game_has_shown_since_stays(server: GameServer, file: Path) -> None:
    identity = {"discord_id": OWNER, "gamertag": "Dono", "xbox_id": player_id("Dono")}
    add(file, "player_identities", identity)
    move_in(file, server)
    store(server, [incoming("Dono 3", player_id=player_id("Dono"))])
    judge_due(server.pk, now=timezone.now())
    change(file, "UPDATE player_identities SET gamertag = 'Dono 2'")

    result = move_in(file, server)

    assert (result["refused"], result["noted"]) == ([], [])
    assert linked() == {(OWNER, "Dono 3", player_id("Dono"), None)}
