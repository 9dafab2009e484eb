import pytest
from django.test import Client

from analytics.tests.tank_rows import make_clan, make_commander, make_read
from tanks.models import SyncedClan


@pytest.fixture
def clan(db: None) -> SyncedClan:
    """A clan whose tanks were read."""
    clan = make_clan()
    make_read(clan)
    return clan


@pytest.fixture
def commander(client: Client, clan: SyncedClan) -> Client:
    """A browser in which the clan's commander is signed in."""
    client.force_login(make_commander(clan))
    return client
