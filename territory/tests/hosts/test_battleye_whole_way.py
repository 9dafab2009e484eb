"""From a placement in a PC server's log to the ban on BattlEye's list, and off it again."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db.models import F
from django.utils import timezone

from territory import tasks
from territory.hosts.battleye import ban_line
from territory.models import Ban, BanDelivery, BanList, GameServer, LogFile, LogSource
from territory.services import guids
from territory.services.bans import enqueue_missing
from territory.tests.factories import (
    lift_by_hand,
    make_ban,
    make_ban_list,
    make_base,
    make_delivery,
    make_player,
    make_server,
    player_id,
)
from territory.tests.hosts.servers.battleye import BattleyeHost, Row, player
from territory.tests.logs import append, header, line

pytestmark = pytest.mark.django_db

GUID = "a" * 32
FOREIGN = [Row("b" * 32, 0, b"by hand"), Row("c" * 32, 60, b"Cooldown"), Row("203.0.113.9", 0, b"VPN")]


@pytest.fixture
def server(battleye: BattleyeHost, folder: Path) -> GameServer:
    server = make_server(slug="sul", platform="pc", time_zone="UTC", log_folder=folder)
    make_base(server, make_player("Dono"), registered_at=timezone.now() - timedelta(days=1))
    make_ban_list(server, battleye.address.text, kind="battleye", secret=battleye.address.secret)
    battleye.bans = list(FOREIGN)
    return server


def go_on(server: GameServer) -> None:
    """Let the workers do once what they do every minute."""
    tasks.follow_log(LogSource.objects.get().pk)
    tasks.judge_due(server.pk)
    enqueue_missing(BanList.objects.get(), now=timezone.now())
    BanDelivery.objects.update(not_before=timezone.now())
    tasks.deliver_ban_list(BanList.objects.get().pk)


def at(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}"


@pytest.mark.parametrize(
    "lost", [[], [b"addBan", b"writeBans", b"removeBan"]], ids=["no trouble", "lost answers"]
)
def test_intruder_in_the_log_is_banned_by_guid_and_lifted(
    server: GameServer, battleye: BattleyeHost, folder: Path, lost: list[bytes]
) -> None:
    started = timezone.now() - timedelta(minutes=5)
    battleye.loses_answer_to = lost
    log = folder / "a.ADM"
    append(log, header(f"{started:%Y-%m-%d %H:%M:%S}"), line(at(started), "Invasor"))
    go_on(server)
    assert BanDelivery.objects.get().state == "pending"
    assert LogFile.objects.get().names == {"Invasor": [player_id("Invasor")]}
    assert battleye.bans == FOREIGN

    battleye.players = [player("Invasor", GUID), player("Dono", "d" * 32)]
    go_on(server)
    go_on(server)
    assert battleye.bans == FOREIGN
    # Minutes later somebody goes on building: the log was read beyond the moment at which the GUID was seen first.
    BanDelivery.objects.update(guid_seen_at=F("guid_seen_at") - guids.JOINS_WITHIN)
    append(log, line(at(timezone.now() + timedelta(seconds=2)), "Outro", pos="9000.0, 9000.0, 12.6"))
    go_on(server)
    delivery = BanDelivery.objects.get()
    assert (delivery.state, delivery.guid) == ("applied", GUID)
    ours = Row(GUID, 0, delivery.line.partition("// ")[2].encode())
    assert battleye.bans == battleye.saved == [*FOREIGN[:2], ours, FOREIGN[2]]
    battleye.restart()
    go_on(server)
    assert battleye.bans.count(ours) == 1

    lift_by_hand(Ban.objects.get())
    go_on(server)
    assert BanDelivery.objects.get().state == "lifted"
    assert battleye.bans == battleye.saved == FOREIGN


@pytest.mark.parametrize(
    ("left", "lift_kind", "listed"),
    [
        pytest.param([], "removed", [], id="removed by hand"),
        pytest.param([Row(GUID, 60, b"na hora")], "", [60, 0], id="banned by hand for a time"),
    ],
)
def test_missing_line_was_removed_by_hand_unless_another_bans_the_player(
    server: GameServer, battleye: BattleyeHost, left: list[Row], lift_kind: str, listed: list[int]
) -> None:
    ban, ban_list = make_ban(server), BanList.objects.get()
    words = ban_line(GUID, gamertag="Invasor", reason="x", moment=timezone.now())
    make_delivery(ban, ban_list.address, line=words)
    tasks.deliver_ban_list(ban_list.pk)
    tasks.reconcile_ban_list(ban_list.pk)
    battleye.bans = [*left, *FOREIGN]
    tasks.reconcile_ban_list(ban_list.pk)
    tasks.deliver_ban_list(ban_list.pk)
    ban.refresh_from_db()
    assert ban.lift_kind == lift_kind
    assert [one.minutes for one in battleye.bans if one.who == GUID] == listed


def test_names_are_noted_for_pc_servers_only(server: GameServer, folder: Path) -> None:
    GameServer.objects.update(platform="xbox")
    append(folder / "a.ADM", header("2026-02-07 19:00:00"), line("19:01:00", "Invasor"))
    tasks.follow_log(LogSource.objects.get().pk)
    assert LogFile.objects.get().names == {}
