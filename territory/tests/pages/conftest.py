import pytest

from clans.models import User
from territory.models import Base, GameServer
from territory.tests.factories import SECRETS, make_base, make_server, make_user, make_visitor


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="chernarus-1", name="Chernarus 1")


@pytest.fixture
def base(server: GameServer) -> Base:
    return make_base(server, make_user("dona-da-base", discord_id=SECRETS[4]), name="Fortaleza Norte")


@pytest.fixture
def moderator() -> User:
    person = make_visitor("moderator")
    assert person
    return person
