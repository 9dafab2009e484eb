"""Clans of the old system: known by number there, so that a name shared by two gives nobody a right."""

from pathlib import Path
from typing import Any

import pytest

from clans.models import Clan, ClanMembership
from territory.models import Base, GameServer
from territory.tests.factories import make_server
from moving.tests.old_system import (
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


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="sul")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return make_file(tmp_path / "old.db")


def stays() -> set[tuple[Any, ...]]:
    return set(ClanMembership.objects.filter(left_at=None).values_list("clan__name", "user__discord_id"))


def bases() -> set[tuple[Any, ...]]:
    return set(Base.objects.values_list("name", "clan__name"))


def test_two_clans_of_one_name_stay_two(server: GameServer, file: Path) -> None:
    add(file, "clans", {"id": 7, "name": "TXS"}, {"id": 9, "name": "  txs"})
    add(
        file,
        "clan_members_v2",
        {"clan_id": 7, "discord_id": MATE, "joined_at": LONG_AGO},
        {"clan_id": 9, "discord_id": OTHER, "joined_at": LONG_AGO},
    )
    add(file, "bases_v2", base(name="De sete", clan_id=7), base(name="De nove", clan_id=9, x=8000))

    result = move_in(file, server)

    assert result["refused"] == []
    assert ("9", "name_taken") in reasons(result["noted"], "clans")
    assert stays() == {("TXS", MATE), ("txs #9", OTHER)}
    assert bases() == {("De sete", "TXS"), ("De nove", "txs #9")}
    again = move_in(file, server)
    assert counts(again, "clans") == (2, 0, 2, 0)
    assert Clan.objects.count() == 2


def test_clan_renamed_to_the_name_of_another_stays_apart(server: GameServer, file: Path) -> None:
    add(file, "clans", {"id": 7, "name": "TXS"}, {"id": 9, "name": "ABC"})
    move_in(file, server)
    change(file, "UPDATE clans SET name = 'TXS' WHERE id = 9")

    assert move_in(file, server)["refused"] == []
    assert set(Clan.objects.values_list("name", flat=True)) == {"TXS", "TXS #9"}

    change(file, "DELETE FROM clans WHERE id = 7; UPDATE clans SET name = 'NOVO' WHERE id = 9")
    move_in(file, server)
    assert set(Clan.objects.values_list("name", flat=True)) == {"TXS", "NOVO"}


def test_clan_of_another_system_with_the_same_name_is_another(
    server: GameServer, file: Path, tmp_path: Path
) -> None:
    add(file, "clans", {"id": 7, "name": "TXS"})
    add(file, "clan_members_v2", {"clan_id": 7, "discord_id": MATE})
    move_in(file, server)
    other = make_file(tmp_path / "other.db")
    add(other, "clans", {"id": 2, "name": "TXS"})
    add(other, "bases_v2", base(clan_id=2, owner_id=OTHER))

    result = move_in(other, make_server(slug="norte"))

    assert reasons(result["noted"], "clans") == [("2", "name_taken")]
    assert bases() == {("Fortaleza Norte", "TXS #2")}
    assert stays() == {("TXS", MATE)}


def test_second_clan_of_a_name_does_not_become_the_one_staff_made(server: GameServer, file: Path) -> None:
    made = Clan.objects.create(name="TXS")
    add(file, "clans", {"id": 7, "name": "txs"}, {"id": 9, "name": "TXS"})
    add(file, "bases_v2", base(name="De sete", clan_id=7), base(name="De nove", clan_id=9, x=8000))

    move_in(file, server)

    assert Base.objects.get(name="De sete").clan == made
    assert bases() == {("De sete", "TXS"), ("De nove", "TXS #9")}


def test_longest_name_that_is_taken_keeps_its_number(server: GameServer, file: Path) -> None:
    add(file, "clans", {"id": 7, "name": "x" * 100}, {"id": 9, "name": "x" * 100})

    assert move_in(file, server)["refused"] == []
    assert [len(name) for name in Clan.objects.values_list("name", flat=True)] == [100, 100]
    assert Clan.objects.filter(name__endswith="x #9").exists()


@pytest.mark.parametrize("script", ["DROP TABLE clans", "DELETE FROM clans"])
def test_clan_that_only_members_and_bases_speak_of_is_called_by_its_number(
    server: GameServer, tmp_path: Path, script: str
) -> None:
    path = community(tmp_path / "old.db")
    add(path, "clan_members_v2", {"clan_id": 8, "discord_id": ""}, {"clan_id": 0, "discord_id": OTHER})
    change(path, script)

    result = move_in(path, server)

    assert reasons(result["noted"], "clans") == [("7", "not_listed")]
    assert counts(result, "clans") == (1, 1, 0, 0)
    assert stays() == {("#7", MATE)}
    assert bases() == {("Fortaleza Norte", "#7")}
    assert move_in(path, server)["noted"] == []


def test_clan_that_a_newer_copy_lists_gets_its_name(server: GameServer, tmp_path: Path) -> None:
    path = community(tmp_path / "old.db")
    change(path, "DELETE FROM clans")
    move_in(path, server)
    add(path, "clans", {"id": 7, "name": "TXS"})

    assert move_in(path, server)["refused"] == []
    assert bases() == {("Fortaleza Norte", "TXS")}


def test_clan_that_a_newer_copy_no_longer_lists_keeps_its_name(server: GameServer, tmp_path: Path) -> None:
    path = community(tmp_path / "old.db")
    move_in(path, server)
    change(path, "DELETE FROM clans")

    move_in(path, server)
    assert bases() == {("Fortaleza Norte", "TXS")}


def test_clan_number_that_stands_twice_means_the_first(server: GameServer, tmp_path: Path) -> None:
    path = make_file(tmp_path / "old.db")
    change(path, "DROP TABLE clans; CREATE TABLE clans (id INTEGER, name TEXT)")
    add(path, "clans", {"id": 7, "name": "TXS"}, {"id": 7, "name": "ABC"})
    add(path, "bases_v2", base(clan_id=7, owner_id=OWNER))

    for _run in range(2):
        assert reasons(move_in(path, server)["refused"]) == [("7#2", "duplicate")]
    assert bases() == {("Fortaleza Norte", "TXS")}


def test_clans_without_numbers_are_known_by_name(server: GameServer, tmp_path: Path) -> None:
    path = make_file(tmp_path / "old.db")
    change(path, "DROP TABLE clans; CREATE TABLE clans (name TEXT)")
    add(path, "clans", {"name": "TXS"}, {"name": "TXS"}, {"name": "txs"})

    assert counts(move_in(path, server), "clans") == (3, 1, 0, 2)
    assert list(Clan.objects.values_list("name", flat=True)) == ["TXS"]
