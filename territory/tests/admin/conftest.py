import pytest

from territory.models import Base, GameServer
from territory.tests.factories import make_base, make_server, make_user


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="sul", ban_list="/srv/ban.txt")


@pytest.fixture
def base(server: GameServer) -> Base:
    return make_base(server, make_user("dona"))
