"""Readers side by side, and workers that die: nothing is lost, nothing is doubled."""

from functools import partial
from pathlib import Path

import pytest
from django.db import connection

from clans.models import User
from territory.models import BanDelivery, GameServer, Placement
from territory.services import deliveries, logs
from territory.services.intake import store
from territory.services.logs import import_file
from territory.tests.database import at_once
from territory.tests.factories import ban_by_hand, make_server, make_user
from territory.tests.logs import append, follow, header, line, logged_gamertags

pytestmark = pytest.mark.django_db

FOREIGN = b"// ours, do not touch\r\nSOMEBODYELSE  // by hand\r\n"


@pytest.fixture
def ban_list(tmp_path: Path) -> Path:
    path = tmp_path / "ban.txt"
    path.write_bytes(FOREIGN)
    return path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "DayZServer.ADM"


@pytest.fixture
def server(ban_list: Path, tmp_path: Path) -> GameServer:
    return make_server(log_folder=str(tmp_path), ban_list=str(ban_list), time_zone="UTC")


@pytest.fixture
def staff() -> User:
    return make_user("staff", is_staff=True)


def test_delivering_again_after_a_crash_before_recording_writes_no_second_line(
    server: GameServer, ban_list: Path, staff: User
) -> None:
    ban_by_hand(server, "A", staff)
    deliveries.deliver_due()
    written = ban_list.read_bytes()
    BanDelivery.objects.update(state="pending")
    deliveries.deliver_due()
    assert ban_list.read_bytes() == written != FOREIGN
    assert BanDelivery.objects.get().state == "applied"


@pytest.mark.django_db(transaction=True)
def test_readers_at_once_store_each_line_once(server: GameServer, log: Path) -> None:
    append(log, header("2026-02-07 10:00:00"))
    append(log, *(line(f"10:{n // 60:02}:{n % 60:02}", f"J{n}") for n in range(2000)))
    stored = at_once(
        partial(follow, server), partial(follow, server), lambda: import_file(server, log).stored.new
    )
    stored.append(follow(server))
    assert sum(stored) == Placement.objects.count() == 2000


@pytest.mark.django_db(transaction=True)
def test_reader_whose_connection_is_cut_loses_nothing_and_frees_the_folder(
    server: GameServer, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log, header("2026-02-07 19:00:00"), line("19:01:00", "A"))

    def store_and_cut(*args: object) -> object:
        stored = store(*args)  # type: ignore[arg-type]
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return stored

    monkeypatch.setattr(logs, "store", store_and_cut)
    with pytest.raises(Exception, match=r"terminat|closed|already"):
        follow(server)
    connection.close()
    monkeypatch.undo()
    assert logged_gamertags() == []
    assert follow(server) == 1
