"""BattlEye's GUIDs of banned players: from a Steam account or from RCON's list of players, and never in doubt."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from clans.models import AccountLink
from clans.services.account_links import Kind, Proof, prove
from territory import tasks
from territory.models import Ban, BanDelivery, BanList, GameServer, LogFile
from territory.models.server import Platform
from territory.reach import battleye as reach_battleye
from territory.services import deliveries, guids
from territory.services.bans import retry_deliveries
from territory.services.linking import link_player_id
from territory.steam import battleye_guid_of, player_id_of
from territory.tests.factories import (
    ban_by_hand,
    lift_by_hand,
    make_ban_list,
    make_log_file,
    make_server,
    make_user,
    player_id,
)
from territory.tests.hosts.servers.battleye import BattleyeHost, Row, battleye_host, player

pytestmark = pytest.mark.django_db

STEAM = "76561198000000201"
PC_ID, GUID = player_id_of(STEAM), battleye_guid_of(STEAM)
A, B = "a" * 32, "b" * 32
NOW = timezone.now()
AFTER = NOW + guids.JOINS_WITHIN + timedelta(seconds=1)
State = BanDelivery.State


@pytest.fixture(scope="module")
def running() -> Iterator[BattleyeHost]:
    with battleye_host() as host:
        yield host


@pytest.fixture
def host(running: BattleyeHost, monkeypatch: pytest.MonkeyPatch) -> BattleyeHost:
    monkeypatch.setattr(reach_battleye, "ANSWER_SECONDS", 0.15)
    running.bans, running.players, running.is_silent = [Row(B, 0, b"by hand")], [], False
    running.asked.clear()
    return running


@pytest.fixture
def server(host: BattleyeHost) -> GameServer:
    server = make_server(slug="sul", platform="pc", time_zone="UTC")
    make_ban_list(server, host.address.text, kind="battleye", secret=host.address.secret)
    return server


def the_list() -> BanList:
    return BanList.objects.get(kind="battleye")


def row(ban: Ban | None = None) -> BanDelivery:
    return BanDelivery.objects.get(ban_list=the_list(), **({"ban": ban} if ban else {}))


def work(at: datetime = NOW) -> BanDelivery:
    """Do what a worker does, and return the only delivery."""
    guids.learn_guids(the_list().pk, now=at)
    BanDelivery.objects.filter(not_before__gt=timezone.now(), attempts=0).update(not_before=timezone.now())
    deliveries.deliver_due()
    return row()


def log(server: GameServer, at: datetime, **names: str) -> LogFile:
    """Read a log that names these players, up to a moment."""
    ids = {name: [player_id(one) for one in of.split()] for name, of in names.items()}
    log = LogFile.objects.first() or make_log_file(server)
    log.last_event_at, log.names = at, log.names | ids
    log.save()
    return log


# -- Without a GUID ---------------------------------------------------------------------------------------------------


def test_ban_without_a_guid_waits_visibly_and_never_fails(server: GameServer, host: BattleyeHost) -> None:
    ban = ban_by_hand(server, "Invasor")
    for _ in range(30):
        work()
    one = row()
    assert (one.state, one.line, one.attempts) == (State.PENDING, "", 0)
    assert "proven" in one.last_error
    assert host.asked == []
    assert list(BanDelivery.objects.stuck(NOW)) == [one]
    assert guids.lists_without_guids() == [the_list().pk]
    assert deliveries.due_lists(timezone.now()) == []

    retry_deliveries(ban)
    assert "proven" in work().last_error
    lift_by_hand(ban)
    deliveries.deliver_due()
    assert row().state == State.LIFTED
    assert guids.lists_without_guids() == []
    assert set(host.written) <= {b"writeBans"}


def test_other_lists_of_the_server_do_not_wait(server: GameServer) -> None:
    other = make_ban_list(server, "/srv/ban.txt")
    ban_by_hand(server, "Invasor")
    assert BanDelivery.objects.get(ban_list=other).line.startswith(player_id("Invasor"))
    BanList.objects.filter(kind="battleye").update(is_active=False)
    assert guids.lists_without_guids() == []


# -- Steam ------------------------------------------------------------------------------------------------------------


def link_steam() -> None:
    """Prove a Steam account, as the sign-in with Discord does."""
    user = make_user("tai")
    prove(user, Kind.STEAM, STEAM, name="tai", proof=Proof.OAUTH, at=NOW)
    link_player_id(user, PC_ID, gamertag="tai", platform=Platform.PC, proof=Proof.HASH, at=NOW)


def test_guid_follows_from_a_proven_steam_account(server: GameServer, host: BattleyeHost) -> None:
    ban = ban_by_hand(server, "Onça", player_id=PC_ID, reason="Invasão")
    assert work().line == ""
    link_steam()
    one = work()
    assert (one.state, one.guid, one.guid_source) == (State.APPLIED, GUID, "steam")
    moment = one.guid_seen_at.strftime("%Y-%m-%d %H:%M") if one.guid_seen_at else ""
    assert Row(GUID, 0, f"Onca - {ban.reason.replace('ã', 'a')} - {moment}".encode()) in host.bans
    assert host.saved == host.bans


@pytest.mark.parametrize("state", ["claimed", "refused"])
def test_steam_account_that_is_not_proven_says_nothing(server: GameServer, state: str) -> None:
    ban_by_hand(server, "Onça", player_id=PC_ID)
    link_steam()
    decided = None if state == "claimed" else NOW
    AccountLink.objects.filter(kind="steam").update(state=state, decided_at=decided)
    assert work().line == ""


def test_steam_account_of_another_player_says_nothing(server: GameServer) -> None:
    link_steam()
    ban_by_hand(server, "tai")
    assert work().line == ""


@pytest.mark.parametrize(
    ("kind", "guid"),
    [(Ban.LiftKind.MERCY, A), (Ban.LiftKind.MISTAKE, ""), (Ban.LiftKind.REMOVED, "")],
)
def test_guid_once_certain_serves_the_players_later_bans_but_after_a_mistake(
    server: GameServer, host: BattleyeHost, kind: Ban.LiftKind, guid: str
) -> None:
    ban = ban_by_hand(server, "Invasor")
    seen(server, host)
    lift_by_hand(ban)
    Ban.objects.filter(pk=ban.pk).update(lift_kind=kind)
    deliveries.deliver_due()
    LogFile.objects.all().delete()
    again = ban_by_hand(server, "Invasor")
    guids.learn_guids(the_list().pk, now=NOW)
    deliveries.deliver_due()
    assert (row(again).state == State.APPLIED, row(again).guid) == (bool(guid), guid)


# -- By name ----------------------------------------------------------------------------------------------------------


def seen(server: GameServer, host: BattleyeHost) -> BanDelivery:
    """Have the player Invasor seen on the server, and the log read beyond that moment."""
    log(server, NOW - timedelta(minutes=1), Invasor="Invasor", Outro="Outro")
    host.players = [player("Invasor", A), player("Outro", "c" * 32)]
    waiting = work()
    assert (waiting.line, waiting.guid, waiting.guid_name) == ("", A, "Invasor")
    assert "once the log was read" in waiting.last_error
    log(server, AFTER)  # the host's clock may be ahead of ours
    assert work(NOW + timedelta(minutes=1)).line == ""
    return work(AFTER)


def test_guid_beside_the_players_name_counts_once_the_log_was_read_beyond_it(
    server: GameServer, host: BattleyeHost
) -> None:
    ban_by_hand(server, "Invasor")
    one = seen(server, host)
    assert (one.state, one.guid_source, one.last_error) == (State.APPLIED, "players", "")
    assert [ban.who for ban in host.bans] == [B, A]


def test_name_that_the_player_took_since_the_ban_counts(server: GameServer, host: BattleyeHost) -> None:
    ban_by_hand(server, "Invasor")
    log(server, NOW, Novo="Invasor", Invasor="Invasor Outro")
    host.players = [player("Invasor", "c" * 32), player("Novo", A)]
    assert work().guid_name == "Novo"
    log(server, AFTER)
    one = work(AFTER)
    assert (one.state, one.guid) == (State.APPLIED, A)


@pytest.mark.parametrize(
    ("names", "online"),
    [
        pytest.param({"Invasor": "Invasor Outro"}, [player("Invasor", A)], id="name of two players"),
        pytest.param(
            {"Invasor": "Invasor", "INVASOR": "Outro"}, [player("Invasor", A)], id="name but for case of two"
        ),
        pytest.param({"Outro": "Outro"}, [player("Invasor", A)], id="name that the log does not know"),
        pytest.param({"Invasor": "Invasor"}, [player("invasor", A)], id="another spelling"),
        pytest.param(
            {"Invasor": "Invasor"}, [player("Invasor", A), player("Invasor", B)], id="two on the server"
        ),
        pytest.param(
            {"Invasor": "Invasor"}, [player("Invasor", A), player("INVASOR", B)], id="two but for case"
        ),
        pytest.param(
            {"Invasor": "Invasor"}, [player("Invasor", A), player("X", A)], id="GUID of two on the server"
        ),
        pytest.param({"Invasor": "Invasor"}, [player("Invasor", A, "?")], id="GUID that is not verified"),
        pytest.param({"Invasor": "Invasor"}, [player("Invasor (Lobby)", A)], id="in the lobby"),
        pytest.param({"Survivor": "Invasor"}, [player("Survivor", A)], id="the game's default name"),
        pytest.param({"Survivor (2)": "Invasor"}, [player("Survivor (2)", A)], id="default name, numbered"),
        pytest.param({"Invasor": "Invasor"}, [player("Invasor", GUID)], id="GUID of a linked member"),
        pytest.param({"Invasor": "Invasor"}, [], id="not on the server"),
    ],
)
def test_name_in_doubt_is_not_bound(
    server: GameServer, host: BattleyeHost, names: dict[str, str], online: list[bytes]
) -> None:
    link_steam()
    ban_by_hand(server, "Invasor")
    log(server, NOW, **names)
    host.players = online
    work()
    log(server, AFTER)
    one = work(AFTER)
    assert (one.state, one.line, one.guid) == (State.PENDING, "", "")
    assert "proven" in one.last_error
    assert host.written == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            lambda log, _host: log.names.update(Invasor=[player_id("Invasor"), player_id("Outro")]),
            id="borne by another",
        ),
        pytest.param(lambda log, _host: setattr(log, "clock_shift_min", 60), id="the log's clock is wrong"),
        pytest.param(
            lambda log, _host: setattr(log, "last_event_at", NOW + guids.JOINS_WITHIN), id="the log is behind"
        ),
        pytest.param(lambda _log, host: host.players.clear(), id="left again"),
        pytest.param(
            lambda _log, host: setattr(host, "players", [player("Invasor", B)]), id="somebody else came"
        ),
    ],
)
def test_sighting_that_is_not_confirmed_bans_nobody(
    server: GameServer, host: BattleyeHost, change: Callable[[LogFile, BattleyeHost], None]
) -> None:
    ban_by_hand(server, "Invasor")
    log(server, NOW, Invasor="Invasor")
    host.players = [player("Invasor", A)]
    assert work().guid == A
    one = log(server, AFTER)
    change(one, host)
    one.save()
    assert work(AFTER).line == ""
    assert host.written == []


def test_guid_of_another_banned_player_is_not_bound(server: GameServer, host: BattleyeHost) -> None:
    first = ban_by_hand(server, "Invasor")
    seen(server, host)
    second = ban_by_hand(server, "Segundo")
    log(server, NOW, Segundo="Segundo")
    host.players = [player("Segundo", A)]
    guids.learn_guids(the_list().pk, now=NOW)
    assert (row(first).guid, row(second).guid) == (A, "")


def test_logs_of_long_ago_say_nothing(server: GameServer, host: BattleyeHost) -> None:
    ban_by_hand(server, "Invasor")
    log(server, NOW - guids.LATELY - timedelta(minutes=1), Invasor="Invasor")
    host.players = [player("Invasor", A)]
    assert work().guid == ""


def test_names_are_forgotten_when_they_say_nothing_any_more(server: GameServer) -> None:
    log(server, NOW, Invasor="Invasor")
    assert guids.forget_names(now=timezone.now()) == 0
    LogFile.objects.update(last_read_at=NOW - guids.LATELY - timedelta(minutes=1))
    tasks.forget_questions()
    assert LogFile.objects.get().names == {}


def test_server_that_is_away_is_the_reason_until_it_answers(server: GameServer, host: BattleyeHost) -> None:
    ban_by_hand(server, "Invasor")
    log(server, NOW, Invasor="Invasor")
    host.players, host.is_silent = [player("Invasor", A)], True
    one = work()
    assert (one.state, one.guid) == (State.PENDING, "")
    assert "no answer yet" in one.last_error
    host.is_silent = False
    assert work().guid == A


def test_worker_that_does_not_hold_the_list_asks_nobody(
    server: GameServer, host: BattleyeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    ban_by_hand(server, "Invasor")
    log(server, NOW, Invasor="Invasor")
    with monkeypatch.context() as patch:
        patch.setattr(guids, "hold_list", lambda _ban_list: nullcontext(False))
        work()
    assert host.asked == []
    work()
    assert host.asked == [b"players"]


# -- On the list --------------------------------------------------------------------------------------------------------


def test_server_that_is_silent_after_its_start_gets_the_ban_a_while_later(
    server: GameServer, host: BattleyeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    link_steam()
    monkeypatch.setattr(reach_battleye, "ANSWER_SECONDS", 0.03)
    host.is_silent = True
    ban_by_hand(server, "Onça", player_id=PC_ID)
    waits_s = 0.0
    one = work()
    while waits_s < 90:
        assert (one.state, host.asked) == (State.PENDING, [])
        assert "a minute or two after its start" in one.last_error
        waits_s += (one.not_before - timezone.now()).total_seconds()
        BanDelivery.objects.update(not_before=timezone.now())  # the clock goes on
        one = work()
    monkeypatch.setattr(reach_battleye, "ANSWER_SECONDS", 1.0)
    host.is_silent = False
    BanDelivery.objects.update(not_before=timezone.now())
    assert work().state == State.APPLIED
    assert [ban.who for ban in host.bans] == [B, GUID]


def test_foreign_ban_that_ends_by_itself_does_not_do_in_the_place_of_ours(
    server: GameServer, host: BattleyeHost
) -> None:
    host.bans.append(Row(GUID, 60, b"Cooldown"))
    link_steam()
    ban_by_hand(server, "Onça", player_id=PC_ID)
    work()
    assert [(one.who, one.minutes) for one in host.bans] == [(B, 0), (GUID, 60), (GUID, 0)]
