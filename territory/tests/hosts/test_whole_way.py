"""From a log that grows at a host to the line on its list, through whatever breaks on the way, and off it again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db.models import F
from django.utils import timezone

from territory import tasks
from territory.hosts.battleye import ban_line
from territory.models import Ban, BanDelivery, BanList, GameServer, LogFile, LogSource, Placement
from territory.services import guids
from territory.services.bans import enqueue_missing
from territory.tests.factories import (
    lift_by_hand,
    make_ban,
    make_ban_list,
    make_base,
    make_delivery,
    make_log_source,
    make_player,
    make_server,
    player_id,
)
from territory.tests.hosts.servers.battleye import BattleyeHost, Row, player
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


# -- BattlEye -----------------------------------------------------------------------------------------------------

GUID = "a" * 32
BANS = [Row("b" * 32, 0, b"by hand"), Row("c" * 32, 60, b"Cooldown"), Row("203.0.113.9", 0, b"VPN")]


@pytest.fixture
def pc_server(battleye: BattleyeHost, folder: Path) -> GameServer:
    server = make_server(slug="sul", platform="pc", time_zone="UTC", log_folder=folder)
    make_base(server, make_player("Dono"), registered_at=timezone.now() - timedelta(days=1))
    make_ban_list(server, battleye.address.text, kind="battleye", secret=battleye.address.secret)
    battleye.bans = list(BANS)
    return server


def at(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}"


@pytest.mark.parametrize(
    "lost", [[], [b"addBan", b"writeBans", b"removeBan"]], ids=["no trouble", "lost answers"]
)
def test_intruder_in_the_log_is_banned_by_guid_and_lifted(
    pc_server: GameServer, battleye: BattleyeHost, folder: Path, lost: list[bytes]
) -> None:
    started = timezone.now() - timedelta(minutes=5)
    battleye.loses_answer_to = lost
    log = folder / "a.ADM"
    append(log, header(f"{started:%Y-%m-%d %H:%M:%S}"), line(at(started), "Invasor"))
    go_on(pc_server)
    assert BanDelivery.objects.get().state == "pending"
    assert LogFile.objects.get().names == {"Invasor": [player_id("Invasor")]}
    assert battleye.bans == BANS

    battleye.players = [player("Invasor", GUID), player("Dono", "d" * 32)]
    go_on(pc_server)
    go_on(pc_server)
    assert battleye.bans == BANS
    # Minutes later somebody goes on building: the log was read beyond the moment at which the GUID was seen first.
    BanDelivery.objects.update(guid_seen_at=F("guid_seen_at") - guids.JOINS_WITHIN)
    append(log, line(at(timezone.now() + timedelta(seconds=2)), "Outro", pos="9000.0, 9000.0, 12.6"))
    go_on(pc_server)
    delivery = BanDelivery.objects.get()
    assert (delivery.state, delivery.guid) == ("applied", GUID)
    ours = Row(GUID, 0, delivery.line.partition("// ")[2].encode())
    assert battleye.bans == battleye.saved == [*BANS[:2], ours, BANS[2]]
    battleye.restart()
    go_on(pc_server)
    assert battleye.bans.count(ours) == 1

    lift_by_hand(Ban.objects.get())
    go_on(pc_server)
    assert BanDelivery.objects.get().state == "lifted"
    assert battleye.bans == battleye.saved == BANS


@pytest.mark.parametrize(
    ("left", "lift_kind", "listed"),
    [
        pytest.param([], "removed", [], id="removed by hand"),
        pytest.param([Row(GUID, 60, b"na hora")], "", [60, 0], id="banned by hand for a time"),
    ],
)
def test_missing_line_was_removed_by_hand_unless_another_bans_the_player(
    pc_server: GameServer, battleye: BattleyeHost, left: list[Row], lift_kind: str, listed: list[int]
) -> None:
    ban, ban_list = make_ban(pc_server), BanList.objects.get()
    words = ban_line(GUID, gamertag="Invasor", reason="x", moment=timezone.now())
    make_delivery(ban, ban_list.address, line=words)
    tasks.deliver_ban_list(ban_list.pk)
    tasks.reconcile_ban_list(ban_list.pk)
    battleye.bans = [*left, *BANS]
    tasks.reconcile_ban_list(ban_list.pk)
    tasks.deliver_ban_list(ban_list.pk)
    ban.refresh_from_db()
    assert ban.lift_kind == lift_kind
    assert [one.minutes for one in battleye.bans if one.who == GUID] == listed


def test_names_are_noted_for_pc_servers_only(pc_server: GameServer, folder: Path) -> None:
    GameServer.objects.update(platform="xbox")
    append(folder / "a.ADM", header("2026-02-07 19:00:00"), line("19:01:00", "Invasor"))
    tasks.follow_log(LogSource.objects.get().pk)
    assert LogFile.objects.get().names == {}
