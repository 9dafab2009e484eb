"""An old database of either kind, with its tables, and settings that name a clan."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from clans.models import Clan
from clans.services import realms
from moving.tests.old_wotcs import TABLES, OldDatabase, postgres, sqlite

HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "clans.hashers.WotcsBcryptHasher",
]


@pytest.fixture(params=["postgresql", "sqlite"])
def empty(request: pytest.FixtureRequest, db: None, tmp_path: Path) -> Iterator[OldDatabase]:
    with postgres() if request.param == "postgresql" else sqlite(tmp_path / "old copy.db") as opened:
        yield opened


@pytest.fixture
def old(empty: OldDatabase) -> OldDatabase:
    for table in TABLES:
        empty.make(table)
    return empty


@pytest.fixture(autouse=True)
def old_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = HASHERS
    settings.WOT_REALM, settings.CLAN_ID = "https://api.worldoftanks.com", ""


@pytest.fixture
def wolves(db: None, settings: Settings) -> Clan:
    settings.CLAN_ID = "1000000001"
    clan = realms.default_clan()
    assert clan is not None
    return clan
