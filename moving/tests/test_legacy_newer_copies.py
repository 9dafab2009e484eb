"""Newer copies in which rows gave something up to each other, were written anew, or belong to another system."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.utils import timezone

from clans.models import ClanMembership
from territory.models import Base, BasePermission, GameServer, Infraction, PlayerIdentity
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.factories import incoming, make_player, make_server, player_id
from moving.tests.old_system import (
    FRIEND,
    LONG_AGO,
    MATE,
    OTHER,
    OWNER,
    add,
    base,
    change,
    community,
    counts,
    make_file,
    move_in,
    reasons,
)

pytestmark = pytest.mark.django_db
NUMBERED = """
DROP TABLE player_identities;
CREATE TABLE player_identities (id INTEGER PRIMARY KEY, discord_id TEXT, gamertag TEXT, xbox_id TEXT);
"""


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="sul")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file whose identities have numbers."""
    path = make_file(tmp_path / "old.db")
    change(path, NUMBERED)
    return path


def linked() -> dict[str, str | None]:
    """Whose gamertag is whose."""
    rows = PlayerIdentity.objects.filter(user__isnull=False)
    return dict(rows.values_list("gamertag", "user__discord_id"))


def learn(server: GameServer, gamertag: str, player: str = "") -> None:
    """Let the game show a player."""
    act = incoming(gamertag, player_id=player_id(player or gamertag), occurred_at=timezone.now())
    store(server, [act])
    judge_due(server.pk, now=timezone.now())


# -- What one row gives up and another takes -------------------------------------------------------------------


def test_gamertags_passed_on_arrive_in_one_run(server: GameServer, file: Path) -> None:
    add(
        file,
        "player_identities",
        {"discord_id": OWNER, "gamertag": "Alfa"},
        {"discord_id": OTHER, "gamertag": "Beta"},
    )
    move_in(file, server)
    change(file, "UPDATE player_identities SET gamertag = CASE id WHEN 1 THEN 'Beta' ELSE 'Gama' END")

    assert move_in(file, server)["refused"] == []
    assert linked() == {"Beta": OWNER, "Gama": OTHER}
    assert counts(move_in(file, server), "player_identities") == (2, 0, 2, 0)


@pytest.mark.parametrize("column", ["gamertag", "xbox_id"])
def test_what_two_identities_swap_arrives(server: GameServer, file: Path, column: str) -> None:
    add(
        file,
        "player_identities",
        {"discord_id": OWNER, "gamertag": "Alfa", "xbox_id": player_id("Beta")},
        {"discord_id": OTHER, "gamertag": "Beta", "xbox_id": player_id("Alfa")},
    )
    if column == "gamertag":
        change(file, "UPDATE player_identities SET xbox_id = NULL")
    move_in(file, server)
    first, second = {"gamertag": ("Beta", "Alfa"), "xbox_id": (player_id("Alfa"), player_id("Beta"))}[column]
    change(file, f"UPDATE player_identities SET {column} = CASE id WHEN 1 THEN '{first}' ELSE '{second}' END")

    assert move_in(file, server)["refused"] == []
    found = PlayerIdentity.objects.values_list("user__discord_id", "gamertag", "player_id")
    assert (
        set(found)
        == {
            "gamertag": {(OWNER, "Beta", None), (OTHER, "Alfa", None)},
            "xbox_id": {(OWNER, "Alfa", player_id("Alfa")), (OTHER, "Beta", player_id("Beta"))},
        }[column]
    )
    assert move_in(file, server)["refused"] == []


@pytest.mark.parametrize("table", ["base_permissions", "clan_members_v2"])
def test_rights_whose_rows_moved_up_are_all_held(server: GameServer, tmp_path: Path, table: str) -> None:
    path = community(tmp_path / "old.db")
    refers, since = (
        ({"base_id": 3, "level": "build"}, "granted_at")
        if table == "base_permissions"
        else ({"clan_id": 7}, "joined_at")
    )
    add(path, table, {"discord_id": OTHER, since: LONG_AGO, **refers})
    move_in(path, server)
    change(path, f"UPDATE {table} SET discord_id = CASE id WHEN 1 THEN '{OTHER}' ELSE '55555' END")

    assert move_in(path, server)["refused"] == []
    model, end = (
        (BasePermission, "revoked_at") if table == "base_permissions" else (ClanMembership, "left_at")
    )
    held = model._default_manager.filter(**{end: None}).values_list("user__discord_id", flat=True)
    assert set(held) == {OTHER, "55555"}


def test_place_that_another_base_has_left_is_taken_in_one_run(server: GameServer, file: Path) -> None:
    add(file, "bases_v2", base(id=1), base(id=2, owner_id=OTHER, x=6000, name="Outra"))
    move_in(file, server)
    change(file, "UPDATE bases_v2 SET x = CASE id WHEN 1 THEN 6000 ELSE 7000 END")

    assert move_in(file, server)["refused"] == []
    assert set(Base.objects.values_list("pk", "x")) == {
        (one.pk, x) for one, x in zip(Base.objects.order_by("pk"), (6000.0, 7000.0), strict=True)
    }


# -- Rows written anew -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["base_permissions", "clan_members_v2", "bases_v2", "clans"])
def test_row_written_anew_under_another_number_is_the_same(
    server: GameServer, tmp_path: Path, table: str
) -> None:
    path = community(tmp_path / "old.db")
    move_in(path, server)
    new = {"clans": 70, "bases_v2": 30}.get(table, 10)
    change(path, f"UPDATE {table} SET id = {new}")
    if table == "clans":
        change(path, "UPDATE clan_members_v2 SET clan_id = 70; UPDATE bases_v2 SET clan_id = 70")
    if table == "bases_v2":
        change(path, "UPDATE base_permissions SET base_id = 30")

    result = move_in(path, server, newer_copy=True)

    assert (result["refused"], result["noted"]) == ([], [])
    assert (Base.objects.count(), BasePermission.objects.count(), ClanMembership.objects.count()) == (1, 1, 1)
    assert not BasePermission.objects.exclude(revoked_at=None).exists()
    if table == "clans":  # members and bases still speak of it
        return
    change(path, f"DELETE FROM {table}")
    assert (str(new), "gone") in reasons(move_in(path, server, newer_copy=True)["noted"], table)


@pytest.mark.parametrize("is_known", [False, True], ids=["by gamertag", "by player id"])
def test_freed_gamertag_of_a_renamed_player_goes_to_its_new_bearer(
    server: GameServer,
    file: Path,
    is_known: bool,  # noqa: FBT001 - pytest passes by name
) -> None:
    add(file, "player_identities", {"discord_id": OWNER, "gamertag": "Alfa"})
    add(file, "player_identities", *({"discord_id": str(n), "gamertag": f"P{n}"} for n in range(70, 74)))
    add(file, "bases_v2", base(id=1), base(id=2, owner_id=OTHER, x=6000))
    move_in(file, server)
    if is_known:
        learn(server, "Alfa", "primeira")
    change(file, "DELETE FROM player_identities WHERE id = 1")
    add(file, "player_identities", {"id": 90, "discord_id": OWNER, "gamertag": "Novo"})
    add(file, "player_identities", {"id": 91, "discord_id": OTHER, "gamertag": "Alfa"})

    assert move_in(file, server)["refused"] == []

    now = timezone.now()
    store(server, [incoming("Alfa", player_id=player_id("segunda"), x=6000.0, occurred_at=now)])
    known_as = player_id("primeira" if is_known else "terceira")
    store(server, [incoming("Novo", player_id=known_as, occurred_at=now)])
    judge_due(server.pk, now=timezone.now())
    assert not Infraction.objects.exists()


def test_gamertag_given_to_a_new_discord_account_goes_with_its_base(server: GameServer, file: Path) -> None:
    add(file, "player_identities", {"discord_id": OWNER, "gamertag": "Dono"})
    add(file, "bases_v2", base())
    move_in(file, server)
    learn(server, "Dono")
    change(file, f"DELETE FROM player_identities; UPDATE bases_v2 SET owner_id = '{OTHER}'")
    add(file, "player_identities", {"id": 9, "discord_id": OTHER, "gamertag": "Dono"})

    assert move_in(file, server)["refused"] == []
    assert linked() == {"Dono": OTHER}
    assert Base.objects.get().owner.discord_id == OTHER


def test_row_that_means_another_player_now_leaves_the_one_the_game_taught(
    server: GameServer, file: Path
) -> None:
    add(file, "player_identities", {"discord_id": OWNER, "gamertag": "Dono"})
    add(file, "player_identities", *({"discord_id": str(n), "gamertag": f"P{n}"} for n in range(70, 74)))
    move_in(file, server)
    learn(server, "Dono")
    change(file, f"UPDATE player_identities SET gamertag = 'Outro', discord_id = '{OTHER}' WHERE id = 1")

    result = move_in(file, server)

    assert ("1", "another") in reasons(result["noted"])
    assert linked()["Outro"] == OTHER
    assert PlayerIdentity.objects.get(player_id=player_id("Dono")).user.discord_id == OWNER  # type: ignore[union-attr]


def test_number_of_a_base_given_to_another_one_brings_no_friends_along(
    server: GameServer, tmp_path: Path
) -> None:
    path = community(tmp_path / "old.db")
    move_in(path, server)
    change(path, "DELETE FROM base_permissions; DELETE FROM bases_v2")
    told = base(id=3, owner_id=OTHER, name="Nova", x=9000, created_at="2026-01-20 10:00:00")
    add(path, "bases_v2", told)

    result = move_in(path, server, newer_copy=True)

    assert ("3", "another") in reasons(result["noted"])
    new = Base.objects.get(name="Nova")
    assert (new.owner.discord_id, new.permissions.count()) == (OTHER, 0)
    assert Base.objects.get(name="Fortaleza Norte").permissions.get().user.discord_id == FRIEND


# -- Times that come later ------------------------------------------------------------------------------------


def test_times_given_later_are_taken_with_all_that_changed(server: GameServer, tmp_path: Path) -> None:
    path = community(tmp_path / "old.db")
    change(
        path,
        "UPDATE bases_v2 SET created_at = NULL; UPDATE base_permissions SET granted_at = NULL;"
        "UPDATE clan_members_v2 SET joined_at = NULL",
    )
    move_in(path, server)
    change(
        path,
        f"UPDATE bases_v2 SET created_at = '{LONG_AGO}', owner_id = '{OTHER}';"
        f"UPDATE base_permissions SET granted_at = '{LONG_AGO}', discord_id = '{MATE}';"
        f"UPDATE clan_members_v2 SET joined_at = '{LONG_AGO}'",
    )

    result = move_in(path, server)

    assert result["refused"] == []
    assert Base.objects.get().owner.discord_id == OTHER
    assert BasePermission.objects.get(revoked_at=None).user.discord_id == MATE
    assert ClanMembership.objects.get().joined_at.year == 2026


def test_stay_ended_by_another_server_s_run_goes_on_where_the_file_says(
    server: GameServer, tmp_path: Path
) -> None:
    path = community(tmp_path / "old.db")
    add(path, "clans", {"id": 8, "name": "Oito"}, {"id": 9, "name": "Nove"})
    second = make_server(slug="norte")
    move_in(path, server)
    move_in(path, second)
    change(path, "UPDATE clan_members_v2 SET clan_id = 8")
    assert move_in(path, second)["refused"] == move_in(path, server)["refused"] == []
    change(path, "UPDATE clan_members_v2 SET clan_id = 9")

    assert move_in(path, server)["refused"] == move_in(path, second)["refused"] == []
    assert ClanMembership.objects.get(left_at=None).clan.name == "Nove"


# -- Other systems ------------------------------------------------------------------------------------------------


def other_numbers(path: Path) -> None:
    """Nothing but numbers in common: other people, and bases under other numbers."""
    add(path, "player_identities", {"id": 1, "discord_id": OTHER, "gamertag": "Longe"})
    add(path, "bases_v2", base(id=50, owner_id=OTHER, x=9000, name="Longe"))


def other_without_times(path: Path) -> None:
    change(path, "ALTER TABLE bases_v2 DROP COLUMN created_at")
    add(path, "bases_v2", {"id": 1, "owner_id": OTHER, "name": "Longe", "x": 9000, "z": 1})


def other_without_bases(path: Path) -> None:
    change(path, "DROP TABLE bases_v2")
    add(path, "player_identities", {"id": 1, "discord_id": OTHER, "gamertag": "Longe"})


@pytest.mark.parametrize("fill", [other_numbers, other_without_times, other_without_bases])
def test_file_of_another_system_is_refused_as_a_whole(
    server: GameServer, file: Path, tmp_path: Path, fill: Callable[[Path], None]
) -> None:
    add(file, "player_identities", {"id": 1, "discord_id": OWNER, "gamertag": "Dono"})
    add(file, "bases_v2", base(id=1, created_at=None))
    move_in(file, server)
    other = make_file(tmp_path / "other.db")
    change(other, NUMBERED)
    fill(other)

    with pytest.raises(CommandError, match="--newer-copy"):
        move_in(other, server)
    assert linked() == {"Dono": OWNER}
    assert (Base.objects.get().x, Base.objects.get().owner.discord_id) == (5000, OWNER)


# -- Accounts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [player_id("um"), None])
def test_person_with_two_accounts_of_one_gamertag_has_both(
    server: GameServer, file: Path, first: str | None
) -> None:
    told: dict[str, Any] = {"discord_id": OWNER, "gamertag": "Dono"}
    add(file, "player_identities", told | {"xbox_id": first}, told | {"xbox_id": player_id("dois")})

    assert move_in(file, server)["refused"] == []
    assert set(PlayerIdentity.objects.values_list("player_id", flat=True)) == {first, player_id("dois")}


def test_who_was_written_first_has_the_gamertag(server: GameServer, file: Path) -> None:
    change(
        file,
        "DROP TABLE player_identities;"
        "CREATE TABLE player_identities (discord_id TEXT PRIMARY KEY, gamertag TEXT, xbox_id TEXT)",
    )
    add(
        file,
        "player_identities",
        {"discord_id": "900", "gamertag": "Dono"},
        {"discord_id": "100", "gamertag": "DONO"},
    )

    assert reasons(move_in(file, server)["refused"]) == [("100", "gamertag_taken")]
    assert linked() == {"Dono": "900"}


def test_gamertag_that_staff_linked_is_not_taken_by_a_file(server: GameServer, file: Path) -> None:
    make_player("Ana", known=False)
    add(file, "player_identities", {"discord_id": OWNER, "gamertag": "Ana"})

    assert reasons(move_in(file, server)["refused"]) == [("1", "gamertag_taken")]
