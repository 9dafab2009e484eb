"""The file itself: never changed, opened in any state, read whatever its tables look like."""

import json
import sqlite3
from collections.abc import Callable
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from moving import source
from moving.legacy_rows import TABLES
from moving.tests.old_system import (
    FRIEND,
    INVASION,
    OTHER,
    OWNER,
    add,
    base,
    change,
    community,
    counts,
    make_file,
    move_in,
)
from territory.models import Base, BasePermission, GameServer, PlayerIdentity

pytestmark = pytest.mark.django_db


def state(folder: Path) -> dict[str, str]:
    """What the folder holds, to the byte."""
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_read_only_file_and_its_folder_stay_unchanged(
    server: GameServer, tmp_path: Path, journal: str
) -> None:
    path = community(tmp_path / "old ?#%&.db")
    change(path, f"PRAGMA journal_mode = {journal}")
    path.chmod(0o444)
    before = state(tmp_path)

    assert counts(move_in(path, server), "bases_v2") == (1, 1, 0, 0)

    assert state(tmp_path) == before


def test_file_in_use_is_read_with_its_last_commit_while_the_old_system_goes_on_writing(
    server: GameServer, tmp_path: Path
) -> None:
    path = community(tmp_path / "old.db")
    change(path, "PRAGMA journal_mode = wal")
    user = sqlite3.connect(path)
    user.execute("PRAGMA wal_autocheckpoint = 0")
    user.execute("UPDATE bases_v2 SET name = 'Mais nova'")
    user.commit()

    move_in(path, server)
    user.close()

    assert Base.objects.get().name == "Mais nova"


FILES: dict[str, Callable[[Path], object]] = {
    "missing": lambda _path: None,
    "folder": lambda path: path.mkdir(),
    "empty": lambda path: path.touch(),
    "text": lambda path: path.write_text("gamertag;discord\n" * 100),
    "other tables": lambda path: make_file(path, "CREATE TABLE players (id INTEGER)"),
    "views only": lambda path: make_file(path, "CREATE VIEW bases_v2 AS SELECT 1 AS id"),
    "cut off": lambda path: path.write_bytes(community(path).read_bytes()[:12_000]),
    "locked": lambda path: sqlite3.connect(community(path), isolation_level=None).execute("BEGIN EXCLUSIVE"),
}


@pytest.mark.parametrize("make", FILES.values(), ids=FILES)
def test_file_that_cannot_be_read_gets_one_sentence(
    server: GameServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object]
) -> None:
    monkeypatch.setattr(source, "_PATIENCE_SECONDS", 0.05)
    path = tmp_path / "old.db"
    user = make(path)

    with pytest.raises(CommandError, match=r"old\.db") as caught:
        call_command("import_legacy", sqlite=path, server="sul")

    assert "\n" not in str(caught.value)
    assert not Base.objects.exists()
    del user  # held the lock until now


def test_unknown_server_names_the_known_ones(server: GameServer, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="sul"):
        call_command("import_legacy", sqlite=community(tmp_path / "old.db"), server="norte")


def test_tables_and_columns_that_are_missing_or_extra_are_tolerated(
    server: GameServer, tmp_path: Path
) -> None:
    path = make_file(
        tmp_path / "old.db",
        """
        CREATE TABLE "BASES_V2" ("Owner_ID" INTEGER, Name, X TEXT, Z TEXT, colour BLOB, id TEXT);
        CREATE TABLE base_permissions (base_id, discord_id, notes);
        CREATE TABLE Player_Identities (gamertag TEXT PRIMARY KEY, discord_id INTEGER) WITHOUT ROWID;
        CREATE TABLE bans (id INTEGER);
        """,
    )
    add(path, "bases_v2", {"id": "a", "owner_id": int(OWNER), "name": "B", "x": "5000", "z": "3000.5"})
    add(path, "base_permissions", {"base_id": "a", "discord_id": int(FRIEND)})
    add(path, "player_identities", {"gamertag": "Dono", "discord_id": int(OWNER)})

    result = move_in(path, server)

    assert result["refused"] == []
    assert result["missing_tables"] == ["clans", "clan_members_v2", "infractions"]
    missing = [one["table"] for one in result["noted"] if one["reason"] == "table_missing"]
    assert missing == ["clan_members_v2"], "whoever had a right by it is an intruder"
    taken = Base.objects.get()
    assert (taken.owner.discord_id, taken.x, taken.z, taken.radius_m) == (OWNER, 5000, 3000.5, 100)
    assert BasePermission.objects.get().user.discord_id == FRIEND
    assert PlayerIdentity.objects.get().user == taken.owner


HOSTILE: list[Any] = [
    "a\x00b", "x" * 10_000, "\u202egrob\u202c", "'; DROP TABLE territory_base; --", "%(x)s %s {0}", "\n\r\x1b[31m", "é" * 99,
    "</td><script>alert(1)</script>", b"\xff\xfe\x00", "\ud7ff\U0010ffff", -(2**63), 1e308, "", None,
]  # fmt: skip


def test_hostile_value_in_any_column_costs_its_row_at_most(server: GameServer, tmp_path: Path) -> None:
    tables = {table: ("id", *columns.split()) for table, (_n, columns, _read) in TABLES.items()}
    script = "".join(f"CREATE TABLE {table} ({', '.join(columns)});" for table, columns in tables.items())
    path = make_file(tmp_path / "old.db", script)
    identity, stay = {"discord_id": OWNER, "gamertag": "Dono"}, {"clan_id": 1, "discord_id": OWNER}
    right = {"base_id": 1, "discord_id": FRIEND, "level": "build"}
    rows = ({"name": "TXS"}, identity, stay, base(radius=100, clan_id=1), right, INVASION)
    good: dict[str, dict[str, Any]] = dict(zip(TABLES, rows, strict=True))
    for table, row in good.items():
        hostile = enumerate(product(tables[table], HOSTILE), start=2)
        bad = ({"id": number} | row | {column: value} for number, (column, value) in hostile)
        add(path, table, {"id": 1} | row, *bad)

    result = move_in(path, server)

    assert not [one for one in result["refused"] if one["reason"] == "not_stored"]
    assert Base.objects.filter(owner__discord_id=OWNER, name="Fortaleza Norte", clan__name="TXS").exists()
    assert BasePermission.objects.filter(user__discord_id=FRIEND).exists()
    for one in (*result["refused"], *result["noted"]):
        assert one["words"].isprintable()
        assert len(json.dumps(one)) < 5_000
    again = move_in(path, server)
    assert sum(counts(again, table)[1] for table in good) == 0


def test_page_that_has_lost_a_row_is_damage(server: GameServer, file: Path) -> None:
    add(file, "base_permissions", {"base_id": 3, "discord_id": OTHER, "level": "build"})
    connection = sqlite3.connect(file)
    [[root]] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'base_permissions'")
    [[size]] = connection.execute("PRAGMA page_size")
    connection.close()
    content = bytearray(file.read_bytes())
    content[(root - 1) * size + 4] = 1  # the page's count of rows was 2
    file.write_bytes(content)

    with pytest.raises(CommandError, match=r"old\.db"):
        move_in(file, server)
    assert not Base.objects.exists()
