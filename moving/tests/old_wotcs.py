"""Databases as the old clan system left them, and the command that takes them over."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote
from uuid import uuid4

import psycopg
from django.core.management import call_command
from django.db import connection

from clans.tests.old_passwords import old_hash

# As the old system's models made them.
TABLES = {
    "user": "(id SERIAL PRIMARY KEY, username VARCHAR, password_hash VARCHAR, role VARCHAR, account_id BIGINT)",
    "player": "(account_id BIGINT, nickname VARCHAR)",
    "garagetank": """(id SERIAL PRIMARY KEY, account_id BIGINT, tank_id BIGINT, tank_name VARCHAR, tier INTEGER,
        battles INTEGER, wins INTEGER, mark_of_mastery INTEGER, is_premium BOOLEAN, nation VARCHAR, type VARCHAR,
        image_url VARCHAR, raw_json JSON, last_updated TIMESTAMP)""",
}
SEEN = "2026-02-01 10:30:00"
TANK = {
    "tank_name": "Tigre", "tier": 7, "nation": "germany", "type": "heavyTank", "is_premium": True, "raw_json": "{}",
    "image_url": "https://example.org/tigre.png", "battles": 120, "wins": 66, "mark_of_mastery": 3, "last_updated": SEEN,
}  # fmt: skip


@dataclass
class OldDatabase:
    """An old database, its address, and how to write to it."""

    kind: str
    url: str
    execute: Callable[[str, list[Any]], object]

    def make(self, table: str, definition: str = "") -> None:
        made = definition or TABLES[table]
        if self.kind == "sqlite":
            made = made.replace("SERIAL PRIMARY KEY", "INTEGER PRIMARY KEY")
        self.execute(f'CREATE TABLE "{table}" {made}', [])

    def add(self, table: str, **values: Any) -> None:
        mark = "?" if self.kind == "sqlite" else "%s"
        names, marks = ", ".join(values), ", ".join([mark] * len(values))
        self.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', list(values.values()))

    def player(self, account_id: Any, nickname: Any = "Onça") -> None:
        self.add("player", account_id=account_id, nickname=nickname)

    def tank(self, account_id: Any = 1001, tank_id: Any = 11, **values: Any) -> None:
        self.add("garagetank", account_id=account_id, tank_id=tank_id, **TANK | values)

    def user(self, username: Any = "onca", password: str = "segredo", **values: Any) -> None:
        fields = {"password_hash": old_hash(password), "role": "member", "account_id": None}
        self.add("user", username=username, **fields | values)

    def change(self, statement: str) -> None:
        self.execute(statement, [])


def server(name: str = "") -> dict[str, Any]:
    """What libpq has to know of the tests' server, and of the database of this name there."""
    given = connection.settings_dict
    fields = {name: given[name.upper()] for name in ("host", "port", "user", "password")}
    return {key: value for key, value in fields.items() if value} | {"dbname": name or "postgres"}


@contextmanager
def postgres() -> Iterator[OldDatabase]:
    """A database of its own on the tests' server, dropped at the end."""
    name = f"old_{uuid4().hex}"
    with psycopg.connect(**server(), autocommit=True) as control:
        control.execute(cast("Any", f"CREATE DATABASE {name} TEMPLATE template0"))
        try:
            with psycopg.connect(**server(name), autocommit=True) as opened:
                yield OldDatabase(
                    "postgresql", url_of(name), lambda *fields: opened.execute(*cast("Any", fields))
                )
        finally:
            control.execute(cast("Any", f"DROP DATABASE {name} WITH (FORCE)"))


def url_of(name: str, **changed: str) -> str:
    """The address of a database on the tests' server, as SQLAlchemy wants it."""
    given = {"user": "", "password": "", "host": "", "port": ""} | server(name) | changed
    account = f"{quote(given['user'], safe='')}:{quote(given['password'], safe='')}@"
    if str(given["host"]).startswith("/"):
        query = f"?host={quote(given['host'], safe='')}" + (f"&port={given['port']}" if given["port"] else "")
        return f"postgresql+psycopg2://{account}/{name}{query}"
    return f"postgresql+psycopg2://{account}{given['host']}:{given['port'] or 5432}/{name}"


def name_of(old: OldDatabase) -> str:
    return old.url.partition("?")[0].rpartition("/")[2]


@contextmanager
def sqlite(path: Path) -> Iterator[OldDatabase]:
    with sqlite3.connect(path, isolation_level=None) as opened:
        yield OldDatabase("sqlite", f"sqlite:///{path}", opened.execute)
    opened.close()


def import_wotcs(url: str, *options: str) -> Any:
    """Run the command and return its report."""
    return json.loads(said(url, "--json", *options))


def said(url: str, *options: str) -> str:
    out = StringIO()
    call_command("import_wotcs", "--database", url, *options, stdout=out)
    return out.getvalue()


def reasons(report: dict[str, Any]) -> list[str]:
    """Return key and reason of each row that was refused or noted."""
    return sorted(f"{one['key']} {one['reason']}" for one in (*report["refused"], *report["noted"]))
