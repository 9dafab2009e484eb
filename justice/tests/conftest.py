from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import translation

from clans.models import User
from justice.tests.pages import make_staff
from territory.models import Base, GameServer
from territory.tests.factories import make_base, make_server, make_user


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Refusals are compared in English, whatever language another test left behind."""
    with translation.override("en"):
        yield


@pytest.fixture
def server(db: None) -> GameServer:
    return make_server(slug="sul", name="Sul", ban_list="/srv/ban.txt")


@pytest.fixture
def base(server: GameServer) -> Base:
    return make_base(server, make_user("dona"))


@pytest.fixture
def ju(db: None) -> User:
    return make_staff("ju", display_name="Ju Sniper")


@pytest.fixture
def desk(client: Client, ju: User) -> Client:
    client.force_login(ju)
    return client
