"""From a log that grows on an FTP server to the line in the ban.txt on it, through whatever breaks on the way."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from territory import tasks
from territory.models import BanDelivery, BanList, GameServer, LogSource, Placement
from territory.services.bans import enqueue_missing
from territory.tests.factories import (
    make_ban_list,
    make_base,
    make_log_source,
    make_player,
    make_server,
    player_id,
)
from territory.tests.hosts.servers.ftp import FtpHost
from territory.tests.logs import append, header, line

pytestmark = pytest.mark.django_db

FOREIGN = "OUTRO  // \xe0 m\xe3o\r\n\r\nSEM FIM".encode("latin-1")


@pytest.fixture
def started() -> datetime:
    return timezone.now().replace(microsecond=0) - timedelta(minutes=5)


@pytest.fixture
def server(ftps: FtpHost, folder: Path) -> GameServer:
    server = make_server(slug="sul", time_zone="UTC")
    make_base(server, make_player("Dono"), registered_at=timezone.now() - timedelta(days=1))
    (folder / "ban.txt").write_bytes(FOREIGN)
    secret = ftps.address().secret
    make_log_source(server, ftps.address("/").text, kind="ftp", secret=secret)
    make_ban_list(server, ftps.address("/ban.txt").text, kind="ftp", secret=secret)
    return server


def go_on(server: GameServer) -> None:
    """Let the workers do once what they do every minute."""
    tasks.follow_log(LogSource.objects.get().pk)
    tasks.judge_due(server.pk)
    enqueue_missing(BanList.objects.get(), now=timezone.now())
    BanDelivery.objects.update(not_before=timezone.now())
    tasks.deliver_ban_list(BanList.objects.get().pk)


def break_nothing(_host: FtpHost) -> None: ...


def lose_answers(host: FtpHost) -> None:
    host.loses_answer_to += ["STOR", "RNTO"]


def break_off(host: FtpHost) -> None:
    host.resets_after += [40] * 4


def send_half(host: FtpHost) -> None:
    host.truncates_after += [40] * 8


@pytest.mark.parametrize("trouble", [break_nothing, lose_answers, break_off, send_half])
def test_placement_in_a_growing_log_becomes_one_line_on_the_list(
    server: GameServer, ftps: FtpHost, folder: Path, started: datetime, trouble: Callable[[FtpHost], None]
) -> None:
    log = folder / "profiles" / f"DayZServer_x64_{started:%Y-%m-%d_%H-%M-%S}.ADM"
    log.parent.mkdir()
    append(log, header(f"{started:%Y-%m-%d %H:%M:%S}"), line(f"{started:%H:%M:%S}", "Dono"))
    go_on(server)
    assert (folder / "ban.txt").read_bytes() == FOREIGN
    next_look = LogSource.objects.get().not_before
    assert next_look is not None
    assert next_look - timezone.now() < timedelta(minutes=1.1)  # somebody plays, and the first look saw it

    later = started + timedelta(minutes=1)
    append(log, line(f"{later:%H:%M:%S}", "Invasor"))
    trouble(ftps)
    for _ in range(6):
        go_on(server)

    text = BanDelivery.objects.get().line
    assert text.startswith(player_id("Invasor"))
    assert (folder / "ban.txt").read_bytes() == FOREIGN + f"\r\n{text}\r\n".encode()
    assert BanDelivery.objects.get().state == "applied"
    assert not Placement.objects.exclude(state="judged").exists()
    assert Placement.objects.count() == 2
    assert {one.name for one in folder.iterdir()} == {"ban.txt", "profiles"}
