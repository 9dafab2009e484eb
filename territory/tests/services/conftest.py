"""What several tests of the services start from."""

from pathlib import Path

import pytest

from territory.tests.services.worlds_of_cases import World


@pytest.fixture
def world(db: None, tmp_path: Path) -> World:
    """A player who builds in a foreign base, staff, and a ban list on disk."""
    return World(tmp_path / "ban.txt")
