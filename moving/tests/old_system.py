"""The old system's SQLite database, as it was: the schemas of its description, filled by a test."""

import json
import sqlite3
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

from territory.models import GameServer

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
OWNER, FRIEND, MATE, OTHER = (f"10000000000000000{n}" for n in range(1, 5))
LONG_AGO = "2026-01-08 19:45:00"


def make_file(path: Path, schema: str = SCHEMA) -> Path:
    """Make an empty database of the old system."""
    change(path, schema)
    return path


def change(path: Path, script: str) -> None:
    """Run SQL on it, as the old system or its administrator did."""
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
    add(
        path,
        "base_permissions",
        {"base_id": 3, "discord_id": FRIEND, "level": "build", "granted_at": LONG_AGO},
    )
    return path


def move_in(path: Path, server: GameServer, **options: bool) -> dict[str, Any]:
    """Run the command and return its JSON object."""
    out = StringIO()
    call_command("import_legacy", sqlite=path, server=server.slug, json=True, stdout=out, **options)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def counts(result: dict[str, Any], table: str) -> tuple[int, ...]:
    """Return how many rows of a table were found, taken, unchanged and refused."""
    return tuple(result["tables"][table].values())


def reasons(entries: Iterable[dict[str, Any]], table: str = "") -> list[tuple[str, str]]:
    """Return key and reason of each entry, of one table or of all."""
    return [(one["key"], one["reason"]) for one in entries if not table or one["table"] == table]
