"""The old territory system's SQLite database, as it was: the schemas of its description, filled by a test."""

import json
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from clans.models import ClanMembership
from territory.models import Base, BasePermission, GameServer, PlayerIdentity
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.factories import incoming, player_id

SCHEMA = """
CREATE TABLE clans (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
CREATE TABLE player_identities (discord_id TEXT, gamertag TEXT, xbox_id TEXT);
CREATE TABLE bases_v2 (
    id INTEGER PRIMARY KEY AUTOINCREMENT, owner_id TEXT NOT NULL, name TEXT NOT NULL, location TEXT,
    x REAL, z REAL, radius REAL DEFAULT 100, clan_id INTEGER, created_at DATETIME DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE base_permissions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, base_id INTEGER NOT NULL, discord_id TEXT NOT NULL, level TEXT NOT NULL,
    granted_at DATETIME DEFAULT CURRENT_TIMESTAMP, FOREIGN KEY (base_id) REFERENCES bases_v2(id)
);
CREATE TABLE clan_members_v2 (
    id INTEGER PRIMARY KEY AUTOINCREMENT, clan_id INTEGER NOT NULL, discord_id TEXT NOT NULL,
    role TEXT DEFAULT 'member', joined_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    FOREIGN KEY (clan_id) REFERENCES clans(id)
);
CREATE TABLE infractions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, gamertag TEXT, description TEXT, detected_at DATETIME, evidence TEXT,
    infraction_type TEXT, server_name TEXT
);
"""
NUMBERED = """
DROP TABLE player_identities;
CREATE TABLE player_identities (id INTEGER PRIMARY KEY, discord_id TEXT, gamertag TEXT, xbox_id TEXT);
"""
OWNER, FRIEND, MATE, OTHER = (f"10000000000000000{n}" for n in range(1, 5))
NAMES = {OWNER: "owner", FRIEND: "friend", MATE: "mate", OTHER: "other"}
LONG_AGO = "2026-01-08 19:45:00"
THEN = datetime(2026, 1, 8, 19, 45, tzinfo=UTC)
INVASION = {
    "gamertag": "Jogador B",
    "description": "Invasão de território - Tentou construir 'FenceKit' na base 'Fortaleza Norte'",
    "detected_at": LONG_AGO,
    "evidence": "Coordenadas X=5000, Z=3000, Distância: 45m",
    "infraction_type": "territory_invasion",
}
COMMUNITY = {
    "owner is Dono",
    "friend is Amigo",
    "mate is Membro",
    "other is Outro",
    "mate is commander of TXS",
    "Fortaleza Norte of owner at 5000 3000, 100 m, TXS",
    "friend may build in Fortaleza Norte",
}


def make_file(path: Path, schema: str = SCHEMA) -> Path:
    """Make an empty database of the old system."""
    change(path, schema)
    return path


def change(path: Path, script: str) -> None:
    """Run SQL on it, as the old system or its administrator did; {owner} and {id Dono} stand for ids."""
    for discord_id, name in NAMES.items():
        script = script.replace(f"{{{name}}}", discord_id)
    for gamertag in ("Dono", "Amigo", "Outro"):
        script = script.replace(f"{{id {gamertag}}}", player_id(gamertag))
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()


def add(path: Path, table: str, *rows: dict[str, Any]) -> None:
    """Add rows; columns that a row does not name get the old system's defaults."""
    connection = sqlite3.connect(path)
    for row in rows:
        marks = ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
    connection.commit()
    connection.close()


def base(**fields: Any) -> dict[str, Any]:
    """The owner's base of the description's examples."""
    values = {"owner_id": OWNER, "name": "Fortaleza Norte", "x": 5000.0, "z": 3000.0, "created_at": LONG_AGO}
    return values | fields


def community(path: Path) -> Path:
    """An owner, a permitted friend, a clan mate and a person with no right at all, around one base."""
    make_file(path)
    people = {OWNER: "Dono", FRIEND: "Amigo", MATE: "Membro", OTHER: "Outro"}
    add(path, "player_identities", *({"discord_id": d, "gamertag": g} for d, g in people.items()))
    add(path, "clans", {"id": 7, "name": "TXS"})
    add(path, "clan_members_v2", {"clan_id": 7, "discord_id": MATE, "role": "leader", "joined_at": LONG_AGO})
    add(path, "bases_v2", base(id=3, clan_id=7, location="Colina"))
    right = {"base_id": 3, "discord_id": FRIEND, "level": "build", "granted_at": LONG_AGO}
    add(path, "base_permissions", right)
    return path


def move_in(path: Path, server: GameServer, **options: bool) -> dict[str, Any]:
    """Run the command and return its JSON object."""
    out = StringIO()
    call_command("import_legacy", sqlite=path, server=server.slug, json=True, stdout=out, **options)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def learn(server: GameServer, gamertag: str, player: str = "") -> None:
    """Let the game show a player."""
    act = incoming(gamertag, player_id=player_id(player or gamertag), x=100.0, occurred_at=timezone.now())
    store(server, [act])
    judge_due(server.pk, now=timezone.now())


def counts(result: dict[str, Any], table: str) -> tuple[int, ...]:
    """Return how many rows of a table were found, taken, unchanged and refused."""
    return tuple(result["tables"][table].values())


def reasons(entries: Iterable[dict[str, Any]]) -> list[str]:
    """Return table, key and reason of each entry in one text."""
    return [f"{one['table']} {one['key']} {one['reason']}" for one in entries]


def facts() -> set[str]:
    """Return everything in force that moving in may write, a sentence each; {Dono} is Dono's player id."""
    ids = {player_id(name): f" {{{name}}}" for name in ("Dono", "Amigo", "Outro", "Alfa")}
    identities = PlayerIdentity.objects.select_related("user").exclude(user=None)
    bases = Base.objects.filter(removed_at=None).select_related("owner", "clan")
    return {
        *(f"{_name(one.user)} is {one.gamertag}{ids.get(one.player_id or '', '')}" for one in identities),
        *(
            f"{one.name} of {_name(one.owner)} at {one.x:g} {one.z:g}, {one.radius_m:g} m, {one.clan}"
            for one in bases
        ),
        *(
            f"{_name(one.user)} may {one.level} in {one.base}"
            for one in BasePermission.objects.filter(revoked_at=None, base__removed_at=None)
        ),
        *(
            f"{_name(one.user)} is {one.role} of {one.clan}"
            for one in ClanMembership.objects.filter(left_at=None)
        ),
    }


def _name(person: Any) -> str:
    return NAMES.get(person.discord_id, str(person.discord_id))
