"""A list that has room for few lines: the players seen lately stay on it, and lines of others stay in any case."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from territory import hosts
from territory.models import Ban, BanDelivery, BanList, GameServer
from territory.services import deliveries, room
from territory.services.servers import create_token
from territory.tests.factories import event, make_log_source, make_server, player_id
from territory.tests.logs import append, follow, header
from territory.tests.services.lists import BanPlayer, LiftBan
from territory.tests.services.lists.rows import delivery, line, reconcile, state

pytestmark = pytest.mark.django_db

FOREIGN = "OTHER  // by hand\n"
DAY = timedelta(days=1)
Holds = Callable[[int], None]


@pytest.fixture
def holds(monkeypatch: pytest.MonkeyPatch, ban_list: Path) -> Holds:
    """Let the list have room for so many lines of ours below those of others, and a little more."""

    def holds(count: int) -> None:
        size = len(f"{player_id('A')}  // A - teste - 2026-02-07 19:45\n")
        limit = len(ban_list.read_text()) + count * size + 20
        monkeypatch.setitem(hosts.CAPABILITIES, "file", replace(hosts.CAPABILITIES["file"], max_bytes=limit))

    return holds


def seen(server: GameServer, name: str, at: datetime) -> None:
    room.note_seen(server, [(player_id(name), at)], now=timezone.now())


def names(path: Path) -> set[str]:
    return {text.split(" - ")[0][-1] for text in path.read_text().splitlines() if "teste" in text}


def states() -> dict[str, str]:
    return dict(BanDelivery.objects.values_list("ban__gamertag", "state"))


def test_full_list_drops_who_was_not_seen_for_longest_and_puts_back_who_is_seen_again(
    server: GameServer, ban: BanPlayer, ban_list: Path, holds: Holds
) -> None:
    holds(2)
    ban("A"), ban("B")
    Ban.objects.update(created_at=timezone.now() - 9 * DAY)
    seen(server, "A", timezone.now() - DAY)
    ban("C")
    assert names(ban_list) == {"A", "C"}
    assert states() == {"A": "applied", "B": "dropped", "C": "applied"}
    assert ban_list.read_text().startswith(FOREIGN)
    assert room.put_back(timezone.now()) == 0

    seen(server, "B", timezone.now())
    assert room.put_back(timezone.now()) == 1
    deliveries.deliver_due()
    assert states() == {"A": "dropped", "B": "applied", "C": "applied"}
    assert names(ban_list) == {"B", "C"}
    reconcile(ban_list)
    assert states() == {"A": "dropped", "B": "applied", "C": "applied"}


def test_dropped_line_comes_back_when_there_is_room(
    ban: BanPlayer, lift: LiftBan, ban_list: Path, holds: Holds
) -> None:
    holds(2)
    one, other, third = ban("A"), ban("B"), ban("C")
    assert state(one) == "dropped"
    for one_lifted in (third, other):
        lift(one_lifted)
    assert room.put_back(timezone.now()) == 1
    deliveries.deliver_due()
    assert (state(one), names(ban_list)) == ("applied", {"A"})


def test_ban_whose_line_was_dropped_is_lifted_like_any_other(
    ban: BanPlayer, lift: LiftBan, ban_list: Path, holds: Holds
) -> None:
    holds(1)
    one, _other = ban("A"), ban("B")
    assert (state(one), delivery(one).written) == ("dropped", "")
    lift(one)
    assert (state(one), names(ban_list)) == ("lifted", {"B"})
    assert room.put_back(timezone.now()) == 0


def test_lines_of_others_alone_leave_no_room_and_nothing_is_spoiled(
    ban: BanPlayer, lift: LiftBan, ban_list: Path, holds: Holds
) -> None:
    first = ban("A")
    holds(0)
    others = ban_list.read_text() + FOREIGN * 9
    ban_list.write_text(others)
    second = ban("B")
    assert ban_list.read_text() == others
    assert (state(first), state(second)) == ("applied", "pending")
    assert "full" in delivery(second).last_error

    BanDelivery.objects.update(not_before=timezone.now())
    lift(first)
    assert ban_list.read_text() == others.replace(line(first), "")
    assert (state(first), state(second)) == ("lifted", "pending")
    assert BanList.objects.get().size == len(ban_list.read_text())


def test_player_is_seen_in_any_line_of_a_log_and_in_events_of_the_api(
    ban: BanPlayer, server: GameServer, client: Client, tmp_path: Path
) -> None:
    ban("A"), ban("B"), ban("C")
    now = timezone.now().replace(microsecond=0)
    folder = tmp_path / "logs"
    folder.mkdir()
    make_log_source(server, folder)
    GameServer.objects.update(time_zone="UTC")
    server.refresh_from_db()
    started = now - timedelta(minutes=2)
    connected = f'{now:%H:%M:%S} | Player "A" is connected (id={player_id("A")})'
    append(folder / "a.ADM", header(f"{started:%Y-%m-%d %H:%M:%S}"), connected)
    follow(server)
    headers = {"authorization": f"Bearer {create_token(server)}"}
    events = [event("B", occurred_at=now.isoformat()), event("C", player_id="\0", id="2")]
    answer = client.post(
        "/api/v1/servers/sul/placements", {"events": events}, content_type="application/json", headers=headers
    )

    assert answer.status_code == 202
    assert dict(Ban.objects.values_list("gamertag", "seen_at")) == {"A": now, "B": now, "C": None}


def test_player_is_seen_on_the_own_server_never_in_the_future_and_never_earlier(
    ban: BanPlayer, lift: LiftBan, server: GameServer
) -> None:
    one, now = ban("A"), timezone.now()
    room.note_seen(make_server(), [(player_id("A"), now)], now=now)
    one.refresh_from_db()
    assert one.seen_at is None
    room.note_seen(server, [(player_id("A"), now + DAY), (player_id("A"), now - DAY), ("", now)], now=now)
    room.note_seen(server, [(player_id("A"), now - DAY)], now=now)
    one.refresh_from_db()
    assert one.seen_at == now
