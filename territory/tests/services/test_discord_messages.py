"""What channels read of judged acts: from the log's acts through the judge to a stand-in for Discord."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from announcements.models import Announcement, Channel
from announcements.services import deliver_due
from announcements.tests.factories import make_channel
from announcements.tests.receiver import Receiver, hurry
from territory.ban_codes import code_of
from territory.models import Ban, GameServer, Infraction
from territory.services import deliveries
from territory.services.ban_links import ban_token
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.factories import (
    incoming,
    make_base,
    make_player,
    make_server,
    player_id,
)

pytestmark = pytest.mark.django_db
WALL, STAFF = 1, 2


@pytest.fixture(autouse=True)
def _english(settings: Settings) -> None:
    settings.LANGUAGE_CODE, settings.SITE_URL = "en", "https://territory.example.org"


@pytest.fixture
def receiver(httpserver: HTTPServer) -> Receiver:
    receiver = Receiver(httpserver)
    make_channel("wall", audience="public", webhook_url=receiver.webhook(WALL))
    make_channel("staff", audience="staff", webhook_url=receiver.webhook(STAFF))
    return receiver


@pytest.fixture
def now() -> datetime:
    return timezone.now().replace(second=30, microsecond=0) - timedelta(minutes=5)


@pytest.fixture
def server(now: datetime, tmp_path: Path) -> GameServer:
    (tmp_path / "ban.txt").write_text("OTHER  // by hand\n")
    server = make_server(slug="sul", ban_list=tmp_path / "ban.txt")
    make_base(server, make_player("Dona"), registered_at=now - timedelta(days=9))
    return server


def judge(server: GameServer, *acts: Any) -> None:
    store(server, list(acts))
    judge_due(server.pk, now=timezone.now())


def fields(receiver: Receiver, number: int) -> list[dict[str, str]]:
    """The fields of each message that stands in a channel, by their names."""
    return [
        {field["name"]: field["value"] for field in embed.get("fields", [])}
        for embed in receiver.messages[str(number)]
    ]


# -- Bans -------------------------------------------------------------------------------------------------------------


def test_ten_invasions_of_a_player_in_a_minute_are_one_message_in_each_channel(
    receiver: Receiver, server: GameServer, now: datetime
) -> None:
    acts = [incoming(occurred_at=now + timedelta(seconds=3 * n)) for n in range(10)]

    judge(server, *acts[:4])
    judge(server, *acts[4:8])
    deliver_due()
    judge(server, *acts[8:])  # after the message was sent
    deliver_due()

    assert Infraction.objects.count() == 10
    assert [one["Acts"] for one in fields(receiver, WALL)] == ["8 within a minute"]
    assert [one["Acts"] for one in fields(receiver, STAFF)] == ["8 within a minute"]


def test_message_of_a_ban_says_all_and_where_to_whom(
    receiver: Receiver, server: GameServer, now: datetime
) -> None:
    judge(
        server,
        incoming("*Mau*", occurred_at=now, x=5044.0, xuid="2533274800000001"),
        incoming("*Mau*", occurred_at=now + timedelta(seconds=1), item="WatchtowerKit"),
    )
    deliver_due()

    ban, number = Ban.objects.get(), Infraction.objects.earliest("pk").pk
    public = {
        "Player": r"\*Mau\*",
        "XUID": "2533274800000001",
        "Server": "sul",
        "Infraction": "territory invasion",
        "Number": f"#{number}",
        "Base": "Fortaleza Norte",
        "Item": "FenceKit, WatchtowerKit",
        "Acts": "2 within a minute",
        "Ban": code_of(ban.pk),
        "Appeal": f"https://territory.example.org/appeals/{ban_token(ban.pk)}/",
        "Reason": r"Territory invasion \- tried to build 'FenceKit' in the base 'Fortaleza Norte'",
    }
    of_staff = {"Owner": "Dona", "Evidence": r"Coordinates X=5044, Z=3000, Distance\: 44m"}
    assert fields(receiver, WALL) == [public]
    assert fields(receiver, STAFF) == [public | of_staff]


def test_longest_names_that_a_player_may_bear_are_taken(
    receiver: Receiver, server: GameServer, now: datetime
) -> None:
    server.bases.update(name="*" * 100)
    items = [f"{n}" + "_" * 90 for n in range(9)]

    judge(
        server, *(incoming("@" * 60, occurred_at=now, item=item, player_id=player_id("X")) for item in items)
    )
    deliver_due()

    assert len(receiver.titles(WALL)) == len(receiver.titles(STAFF)) == 1


@pytest.mark.parametrize("trouble", ["is_deaf", "is_down", "is_blocked", "gone"])
def test_discord_out_of_order_delays_no_ban(  # noqa: PLR0917 - pytest passes by name
    receiver: Receiver,
    server: GameServer,
    now: datetime,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trouble: str,
) -> None:
    hurry(monkeypatch)
    setattr(receiver, trouble, {str(WALL), str(STAFF)} if trouble == "gone" else True)
    earlier = incoming("Before", occurred_at=now)
    judge(server, earlier)
    deliver_due()

    judge(server, incoming("Invasor", occurred_at=now))
    deliveries.deliver_due()

    lines = (tmp_path / "ban.txt").read_text()
    assert player_id("Invasor") in lines
    assert set(Announcement.objects.values_list("state", flat=True)) == {"pending"}
    setattr(receiver, trouble, set() if trouble == "gone" else False)
    receiver.awake.set()
    Channel.objects.update(held_until=None, gone_at=None)
    Announcement.objects.update(not_before=now)
    deliver_due()
    assert set(Announcement.objects.values_list("state", flat=True)) == {"sent"}
    assert {one["Player"] for one in fields(receiver, WALL)} == {"Before", "Invasor"}


# -- Allowed placements -----------------------------------------------------------------------------------------------


@pytest.fixture
def curious(receiver: Receiver) -> None:
    Channel.objects.filter(audience="staff").update(shows_allowed=True)


@pytest.mark.usefixtures("curious")
@pytest.mark.parametrize(
    ("channel", "age_h"),
    [
        pytest.param(lambda: {"shows_allowed": False}, 0, id="as at first"),
        pytest.param(lambda: {"topic": make_server()}, 0, id="channel of another server"),
        pytest.param(lambda: {"gone_at": None}, 25, id="old log"),
    ],
)
def test_allowed_placement_is_announced_nowhere(
    server: GameServer, now: datetime, channel: Callable[[], dict[str, Any]], age_h: int
) -> None:
    Channel.objects.update(**channel())
    judge(server, incoming("Dona", occurred_at=now - timedelta(hours=age_h)))
    assert not Announcement.objects.exists()


def rest(server: GameServer) -> None:
    """Let the minute pass in which a message waits for more."""
    Announcement.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    deliver_due()


@pytest.mark.usefixtures("curious")
def test_allowed_placements_are_one_message_for_a_player_a_base_and_a_minute(
    receiver: Receiver, server: GameServer, now: datetime
) -> None:
    def dona(seconds: float, **more: Any) -> Any:
        return incoming("Dona", occurred_at=now + timedelta(seconds=seconds), **more)

    judge(server, dona(0, x=5044.0), dona(1, item="WatchtowerKit"), incoming("Invasor", occurred_at=now))
    judge(
        server, dona(29), dona(30), dona(2, x=100.0), incoming("Fora", occurred_at=now, x=100.0, item="Tent")
    )
    assert deliver_due() == 2  # the ban, to both channels; what was allowed waits for more
    rest(server)

    assert receiver.titles(WALL) == ["Player banned"]
    seen = [one for one in fields(receiver, STAFF) if "Ban" not in one]
    assert sorted(
        (one["Player"], one["Base"], one["Item"], one["Acts"], one["Evidence"]) for one in seen
    ) == [
        ("Dona", "Fortaleza Norte", "FenceKit", "1", "Coordinates X=5045.0, Z=3000.0"),
        ("Dona", "Fortaleza Norte", "FenceKit, WatchtowerKit", "3", "Coordinates X=5044.0, Z=3000.0"),
        ("Dona", "outside every base", "FenceKit", "1", "Coordinates X=100.0, Z=3000.0"),
        ("Fora", "outside every base", "Tent", "1", "Coordinates X=100.0, Z=3000.0"),
    ]


def test_allowed_placements_cost_one_query_a_batch_where_no_channel_shows_them(
    receiver: Receiver, server: GameServer, now: datetime
) -> None:
    costs = []
    for acts in (
        [incoming("Mesa", item="Unknown", x=100.0 + n, occurred_at=now) for n in range(count)]
        for count in (1, 40)
    ):
        store(server, acts)
        with CaptureQueriesContext(connection) as queries:
            judge_due(server.pk, now=timezone.now())
        costs.append([one["sql"] for one in queries if "announcements_" in one["sql"]])

    assert [len(one) for one in costs] == [1, 1]
