import pytest

from tanks.models import SyncedClan
from tanks.services.roster import store_roster
from tanks.tests.factories import rows
from tanks.tests.factories.answers import NOW, TEN, roster


@pytest.fixture
def wolves(db: None) -> SyncedClan:
    """A clan whose ten members have been read once."""
    clan = rows.clan()
    store_roster(clan, roster(*TEN), at=NOW)
    return clan
