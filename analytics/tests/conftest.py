import pytest
from django.test import Client

from analytics.tests.tank_rows import READ_AT
from tanks.models import SyncedClan
from tanks.tests.factories import rows


@pytest.fixture
def clan(db: None) -> SyncedClan:
    """A clan whose tanks were read."""
    clan = rows.clan()
    rows.status(clan, last_success_at=READ_AT)
    return clan


@pytest.fixture
def commander(client: Client, clan: SyncedClan) -> Client:
    """A browser in which the clan's commander is signed in."""
    client.force_login(rows.commander(clan))
    return client
