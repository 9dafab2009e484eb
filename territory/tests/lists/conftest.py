"""A game server with a ban list, and banning and lifting carried out at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from announcements.models import Channel
from clans.models import User
from territory.models import Ban, GameServer
from territory.services import deliveries
from territory.services.bans import ban_player, lift_ban
from territory.tests.factories import make_server, make_user, player_id


@pytest.fixture
def ban_list(tmp_path: Path) -> Path:
    path = tmp_path / "ban.txt"
    path.write_text("OTHER  // by hand\n")
    return path


@pytest.fixture
def server(ban_list: Path) -> GameServer:
    Channel.objects.create(name="equipe", audience="staff", webhook_url="https://example.invalid")
    Channel.objects.create(name="geral", audience="public", webhook_url="https://example.invalid")
    return make_server(slug="sul", ban_list="file", ban_list_path=str(ban_list))


@pytest.fixture
def staff() -> User:
    return make_user("staff", is_staff=True)


@pytest.fixture
def ban(server: GameServer, staff: User) -> Callable[..., Ban]:
    """Ban a player by name, and carry it out."""

    def ban(name: str = "X", **fields: object) -> Ban:
        values = {"player_id": player_id(name), "gamertag": name, "xuid": "", "reason": "teste"} | fields
        made = ban_player(server, by=staff, **values)  # type: ignore[arg-type]
        deliveries.deliver_due()
        return made

    return ban


@pytest.fixture
def lift(staff: User) -> Callable[[Ban], None]:
    def lift(ban: Ban) -> None:
        lift_ban(ban, by=staff, reason="engano")
        deliveries.deliver_due()

    return lift
