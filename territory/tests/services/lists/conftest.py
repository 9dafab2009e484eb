"""A game server with a ban list, and banning and lifting carried out at once."""

from pathlib import Path

import pytest

from announcements.tests.factories import make_channel
from clans.models import User
from territory.hosts import file
from territory.models import Ban, GameServer
from territory.services import deliveries
from territory.tests.factories import ban_by_hand, lift_by_hand, make_server, make_user
from territory.tests.services.lists import BanPlayer, LiftBan


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait no second for the lines of a list that was just emptied."""
    monkeypatch.setattr(file, "_FRESH_SECONDS", 0.05)
    monkeypatch.setattr(file, "_SETTLE_SECONDS", 0.005)


@pytest.fixture
def ban_list(tmp_path: Path) -> Path:
    path = tmp_path / "ban.txt"
    path.write_text("OTHER  // by hand\n")
    return path


@pytest.fixture
def server(ban_list: Path) -> GameServer:
    for audience in ("staff", "public"):
        make_channel(audience, audience=audience)
    return make_server(slug="sul", ban_list=ban_list)


@pytest.fixture
def staff() -> User:
    return make_user("staff", is_staff=True)


@pytest.fixture
def ban(server: GameServer, staff: User) -> BanPlayer:
    """Ban a player by name, and carry it out."""

    def ban(name: str = "X", **fields: object) -> Ban:
        made = ban_by_hand(server, name, staff, **fields)
        deliveries.deliver_due()
        return made

    return ban


@pytest.fixture
def lift(staff: User) -> LiftBan:
    def lift(ban: Ban) -> None:
        lift_by_hand(ban, staff)
        deliveries.deliver_due()

    return lift
