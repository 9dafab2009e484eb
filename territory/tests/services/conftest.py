"""What several tests of the services start from."""

from pathlib import Path

import pytest

from announcements.tests.factories import make_channel
from clans.models import User
from territory.models import GameServer
from territory.tests.factories import make_base, make_player, make_server, make_user
from territory.tests.services.worlds_of_cases import World


@pytest.fixture
def staff(db: None) -> User:
    return make_user("staff", is_staff=True)


@pytest.fixture
def announcing(db: None) -> GameServer:
    """A game server with a base, a public channel and one of the staff."""
    for audience in ("public", "staff"):
        make_channel(audience, audience=audience)
    server = make_server()
    make_base(server, make_player("Dono"))
    return server


@pytest.fixture
def world(db: None, tmp_path: Path) -> World:
    """A player who builds in a foreign base, staff, and a ban list on disk."""
    return World(tmp_path / "ban.txt")
