import pytest

from tanks.models import SyncedClan
from tanks.tests.factories import rows


@pytest.fixture
def clan(db: None) -> SyncedClan:
    return rows.clan()
