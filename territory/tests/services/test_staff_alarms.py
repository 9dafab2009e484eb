"""Alarms to staff: what raises one, what does not, and that each is announced once an episode."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries, Settings

from announcements.models import Announcement, Channel
from announcements.tasks import sweep_announcements
from announcements.tests.factories import make_channel
from territory import tasks
from territory.models import BanList, GameServer, LogFile, LogSource
from territory.services import staff_alarms
from territory.tests.factories import (
    make_ban,
    make_ban_list,
    make_delivery,
    make_log_file,
    make_log_source,
    make_placement,
    make_server,
    player_id,
)
from territory.tests.logs import append, follow, header, line

pytestmark = pytest.mark.django_db

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
NOW = timezone.now()


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="sul", name="Sul")


def raised() -> list[str]:
    """The alarms without their numbers and moments."""
    return [one.key.partition("-")[0] for one in staff_alarms.alarms(NOW)]


def silent(server: GameServer, hours: float, **fields: Any) -> None:
    """A source whose logs showed players for so long without a placement."""
    make_log_file(server, players_until=NOW)
    server.log_sources.update(silent_for=hours * HOUR, **fields)


def source(server: GameServer, **fields: Any) -> LogSource:
    return make_log_source(server, "1", kind="nitrado", **fields)


def late(server: GameServer, lag: timedelta, read: timedelta = MINUTE, *, kind: str = "folder") -> None:
    """A source whose newest event was so old when it was read so long ago; somebody played then."""
    at = NOW - read - lag
    row = make_log_source(
        server, "" if kind == "api" else "/logs", kind=kind, last_event_at=at, lag=lag, last_read_at=NOW
    )
    if kind != "api":
        LogFile.objects.create(source=row, name="a.ADM", players_since=at, players_until=at)


def ban_list(server: GameServer, **fields: Any) -> BanList:
    return make_ban_list(server, "1", kind="nitrado", **fields)


def delivery(server: GameServer, **fields: Any) -> None:
    make_delivery(make_ban(server, player_id="A" * 40), **fields)


def not_holding(server: GameServer) -> None:
    ban = make_ban(server, player_id="A" * 40)
    make_delivery(ban, state="applied", applied_at=NOW - 2 * HOUR)
    make_placement(server, player_id="A" * 40, occurred_at=NOW - HOUR)


CASES: dict[str, tuple[Callable[[GameServer], object], list[str]]] = {
    "nothing": (lambda server: None, []),
    "players who build nothing": (lambda server: silent(server, 6), ["silent"]),
    "players since five hours": (lambda server: silent(server, 5), []),
    "source switched off": (lambda server: silent(server, 6, is_active=False), []),
    "late": (lambda server: late(server, 31 * MINUTE), ["late"]),
    "a sender is late": (lambda server: late(server, 31 * MINUTE, kind="api"), ["late"]),
    "not so late": (lambda server: late(server, 29 * MINUTE), []),
    "late long ago": (lambda server: late(server, 31 * MINUTE, 2 * HOUR), []),
    "refused": (lambda server: source(server, refused_at=NOW - 11 * MINUTE, last_error="401"), ["refused"]),
    "refused once": (
        lambda server: source(server, refused_at=NOW - MINUTE, last_error="401", last_read_at=NOW - MINUTE),
        [],
    ),
    "list refused": (lambda server: ban_list(server, refused_at=NOW - HOUR, last_error="401"), ["refused"]),
    "never read": (
        lambda server: source(server, last_error="hung", created_at=NOW - 2 * HOUR),
        ["unreadable"],
    ),
    "set up just now": (lambda server: source(server, last_error="hung", created_at=NOW - MINUTE), []),
    "unreadable": (
        lambda server: source(server, last_error="hung", last_read_at=NOW - 2 * HOUR),
        ["unreadable"],
    ),
    "unreadable for a while": (
        lambda server: source(server, last_error="hung", last_read_at=NOW - HOUR / 2),
        [],
    ),
    "list unreadable": (
        lambda server: ban_list(server, last_error="disk", last_read_at=NOW - 2 * HOUR),
        ["unreadable"],
    ),
    "not asked": (source, []),
    "token ends": (lambda server: source(server, secret_ends_at=NOW + 29 * DAY), ["ending"]),
    "token ended": (lambda server: ban_list(server, secret_ends_at=NOW - DAY), ["ending"]),
    "token lasts": (lambda server: source(server, secret_ends_at=NOW + 31 * DAY), []),
    "nearly full": (lambda server: ban_list(server, size=60_000), ["full"]),
    "room": (lambda server: ban_list(server, size=50_000), []),
    "cannot be written": (lambda server: delivery(server, attempts=8), ["unwritten"]),
    "cannot be taken off": (lambda server: delivery(server, state="lifting", attempts=8), ["unwritten"]),
    "written in vain at first": (lambda server: delivery(server, attempts=7), []),
    "failed": (lambda server: delivery(server, state="failed"), ["unwritten"]),
    "not holding": (not_holding, ["not"]),
    "switched off": (lambda server: source(server, last_error="x", is_active=False), []),
}


@pytest.mark.parametrize("case", CASES)
def test_what_raises_an_alarm(server: GameServer, case: str) -> None:
    make, expected = CASES[case]
    make(server)
    assert raised() == expected
    for one in staff_alarms.alarms(NOW):
        assert "Sul" in one.sentence
        assert one.next_step
        assert one.url.startswith("/")
    GameServer.objects.update(is_active=False)
    assert raised() == []


def test_limits_are_settings(server: GameServer, settings: Settings) -> None:
    silent(server, 7)
    late(server, 31 * MINUTE)
    settings.ALARM_SILENCE_HOURS, settings.ALARM_LAG_MINUTES = 8, 32
    assert raised() == []


def test_channels_that_cannot_be_written_to_are_alarms_and_not_announced() -> None:
    make_channel("Mural", gone_at=NOW - HOUR)
    make_channel("Equipe", audience="staff", held_until=NOW + HOUR, hold="blocked")
    with translation.override("en"):
        gone, blocked = staff_alarms.alarms(NOW)
    assert (gone.is_failing, blocked.is_failing) == (True, False)
    assert "Mural" in gone.sentence
    assert "every channel waits" in blocked.sentence
    assert staff_alarms.announce(now=NOW) == 0
    assert cache.get(staff_alarms.COUNT_KEY) == 2


def test_any_number_of_servers_costs_eight_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _number in range(3):
        one = make_server()
        late(one, HOUR)
        not_holding(one)
        source(one, refused_at=NOW - HOUR), ban_list(one, size=60_000)
    with django_assert_num_queries(8):
        assert len(staff_alarms.alarms(NOW)) == 12


def seen(time: str, gamertag: str = "A") -> str:
    return f'{time} | Player "{gamertag}" (id={player_id(gamertag)} pos=<1.0, 2.0, 3.0>)'


SILENCES: dict[str, tuple[list[list[str]], float]] = {
    "one reading of many hours": ([[seen("08:00:00"), seen("15:00:00")]], 7),
    "hour by hour": ([[seen(f"{hour:02}:00:00")] for hour in range(8, 16)], 7),
    "since a placement": ([[seen("08:00:00")], [line("09:00:00", "A"), seen("09:30:00")], [seen("10:30:00")]], 1.5),
    "ends by a placement": ([[seen("08:00:00"), seen("15:00:00")], [line("15:01:00", "B")]], 0),
    "a pause at night": ([[line("01:30:00", "A")], [seen("02:00:00")], [seen("10:00:00"), seen("10:30:00")]], 1),
    "nobody": ([["08:00:00 | something", "15:00:00 | something"]], 0),
}  # fmt: skip


@pytest.mark.parametrize("case", SILENCES)
def test_silence_is_how_long_players_are_seen_without_a_placement(tmp_path: Path, case: str) -> None:
    server, log = make_server(log_folder=str(tmp_path), time_zone="UTC"), tmp_path / "a.ADM"
    append(log, header("2026-02-07 00:30:00"))
    for lines in SILENCES[case][0]:
        append(log, *lines)
        follow(server)
    assert LogSource.objects.get().silent_for == SILENCES[case][1] * HOUR


@pytest.mark.parametrize(("days", "steps"), [((29, 28, 8), 1), ((29, 6), 2), ((29, 6, 0.5), 3), ((40,), 0)])
def test_end_of_a_token_is_announced_thirty_and_seven_days_and_a_day_before(
    server: GameServer, days: tuple[float, ...], steps: int
) -> None:
    make_channel(audience="staff")
    source(server, secret_ends_at=NOW)
    for left in days:
        staff_alarms.announce(now=NOW - left * DAY)
    assert Announcement.objects.count() == steps


def test_alarm_is_announced_once_to_staff_and_again_after_it_ended(server: GameServer) -> None:
    make_channel("all", audience="staff"), make_channel("this", audience="staff", topic=server)
    make_channel("off", audience="staff", is_active=False), make_channel("wall")
    make_channel("elsewhere", audience="staff", topic=make_server())
    row = source(server, last_error="<@1> s3cret", last_read_at=NOW - 2 * HOUR)
    assert staff_alarms.announce(now=NOW) == 2
    staff_alarms.announce(now=NOW + HOUR)
    sent = Announcement.objects.order_by("channel__name")
    assert [one.channel.name for one in sent] == ["all", "this"]
    assert "s3cret" not in str(sent[0].message)
    assert cache.get(staff_alarms.COUNT_KEY) == 1

    LogSource.objects.filter(pk=row.pk).update(last_error="", last_read_at=NOW + 2 * HOUR)
    assert staff_alarms.announce(now=NOW + 2 * HOUR) == 0
    assert cache.get(staff_alarms.COUNT_KEY) == 0
    LogSource.objects.filter(pk=row.pk).update(last_error="x")
    staff_alarms.announce(now=NOW + 4 * HOUR)
    assert Announcement.objects.count() == 4


def test_beat_raises_alarms_and_wakes_the_messages(
    server: GameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[tuple[object, ...]] = []
    monkeypatch.setattr(tasks, "wake", lambda *args: woken.append(args))
    tasks.raise_alarms()
    assert woken == []
    make_channel(audience="staff"), source(server, last_error="x", created_at=NOW - 2 * HOUR)
    tasks.raise_alarms()
    assert woken == [(sweep_announcements,)]
    assert Channel.objects.get().announcements.get().key.startswith("alarm-unreadable-")
