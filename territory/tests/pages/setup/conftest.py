import pytest
from django.core.cache import cache
from django.test import Client

from territory.models import GameServer
from territory.tests.admin.pages import enter
from territory.tests.factories import (
    make_server,
)


@pytest.fixture
def server() -> GameServer:
    cache.clear()
    return make_server(slug="sul", name="Sul", time_zone="UTC")


@pytest.fixture
def manager(client: Client) -> Client:
    enter(client, "manager")
    return client
