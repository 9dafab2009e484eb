"""An old system of either kind, and a game server or a clan to move it in to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from moving.tests.old_system import community, make_file
from moving.tests.old_wotcs import TABLES, OldDatabase, postgres, sqlite
from tanks.models import SyncedClan
from tanks.services import realms
from territory.models import GameServer
from territory.tests.factories import make_server


@pytest.fixture
def server(db: None) -> GameServer:
    return make_server(slug="sul")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return community(tmp_path / "old.db")


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    return make_file(tmp_path / "blank.db")


@pytest.fixture(params=["postgresql", "sqlite"])
def empty(request: pytest.FixtureRequest, db: None, tmp_path: Path) -> Iterator[OldDatabase]:
    with postgres() if request.param == "postgresql" else sqlite(tmp_path / "old copy.db") as opened:
        yield opened


@pytest.fixture
def old(db: None, tmp_path: Path) -> Iterator[OldDatabase]:
    with sqlite(tmp_path / "old copy.db") as opened:
        for table in TABLES:
            opened.make(table)
        yield opened


@pytest.fixture(autouse=True)
def wotcs_settings(settings: Settings) -> None:
    hashers = ("django.contrib.auth.hashers.Argon2PasswordHasher", "clans.hashers.WotcsBcryptHasher")
    settings.PASSWORD_HASHERS = list(hashers)
    settings.WOT_REALM, settings.CLAN_ID = "https://api.worldoftanks.com", ""


@pytest.fixture
def wolves(db: None, settings: Settings) -> SyncedClan:
    settings.CLAN_ID = "1000000001"
    clan = realms.default_clan()
    assert clan is not None
    return clan
