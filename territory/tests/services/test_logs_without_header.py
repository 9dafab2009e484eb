"""Logs whose head was cut off: dated by their files' names, or not at all."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from territory.models import Ban, GameServer, LogFile, Placement
from territory.services.intake import Stored
from territory.services.judging import judge_due
from territory.services.logs import import_file
from territory.tests.factories import make_base, make_server, make_user
from territory.tests.logs import append, follow, header, line, logged_times

pytestmark = pytest.mark.django_db
NAME = "DayZServer_X1_x64_2026-02-07_22-00-00.ADM"


@pytest.fixture
def server(tmp_path: Path) -> GameServer:
    return make_server(log_folder=str(tmp_path), time_zone="America/Sao_Paulo")


def test_log_is_dated_by_its_name_as_it_grows_past_midnight(server: GameServer, tmp_path: Path) -> None:
    for number, time in enumerate(("23:50:00", "00:10:00", "00:20:00")):
        append(tmp_path / NAME, line(time, f"Zé {number}"))
        assert follow(server) == 1
    assert logged_times() == [
        datetime(2026, 2, 8, hour, minute, tzinfo=UTC) for hour, minute in ((2, 50), (3, 10), (3, 20))
    ]
    assert import_file(server, tmp_path / NAME).stored == Stored(3, 0, 0)


def test_log_whose_name_holds_no_boot_is_unusable(server: GameServer, tmp_path: Path) -> None:
    append(tmp_path / "DayZServer_x64_2026_02_07_220000123.ADM", line("21:50:00", "A"))
    assert follow(server) == 1
    assert Placement.objects.get().unusable_because == Placement.Unusable.NO_DATE


def test_copy_of_a_log_without_a_header_is_counted_once(server: GameServer, tmp_path: Path) -> None:
    append(tmp_path / NAME, line("22:50:00", "A"))
    append(tmp_path / NAME.replace(".ADM", " (1).ADM"), line("22:50:00", "A"), line("22:51:00", "B"))
    assert follow(server) == 2


def test_header_wins_over_the_name(server: GameServer, tmp_path: Path) -> None:
    append(tmp_path / NAME, header("2026-02-01 10:00:00"), line("10:01:00", "A"))
    assert follow(server) == 1
    assert logged_times() == [datetime(2026, 2, 1, 13, 1, tzinfo=UTC)]


def test_log_that_gets_its_header_back_is_read_from_its_beginning(server: GameServer, tmp_path: Path) -> None:
    append(tmp_path / NAME, line("22:50:00", "A"))
    follow(server)
    (tmp_path / NAME).write_text(
        "\n".join([header("2026-02-07 22:00:00"), line("22:10:00", "B"), line("22:50:00", "A"), ""])
    )
    follow(server)
    assert set(Placement.objects.values_list("gamertag", flat=True)) == {"A", "B"}
    assert LogFile.objects.get().cursor["opening"] == header("2026-02-07 22:00:00")


def test_log_cut_short_is_dated_by_its_name_from_its_beginning(server: GameServer, tmp_path: Path) -> None:
    append(tmp_path / NAME, line("23:50:00", "A"), line("00:10:00", "B"))
    follow(server)
    (tmp_path / NAME).write_text(line("23:55:00", "C") + "\n")
    follow(server)
    assert logged_times()[-1] == datetime(2026, 2, 8, 2, 55, tzinfo=UTC)


@pytest.mark.parametrize(("days", "bans"), [(0, 1), (1, 0)])
def test_boot_longer_than_a_day_bans_nobody_by_itself(
    server: GameServer, tmp_path: Path, days: int, bans: int
) -> None:
    make_base(server, make_user())
    act = timezone.now().astimezone(server.zone) - timedelta(minutes=20)
    boot = act - timedelta(days=days, hours=1)
    append(tmp_path / f"DayZServer_X1_x64_{boot:%Y-%m-%d_%H-%M-%S}.ADM", line(f"{act:%H:%M:%S}", "Invasor"))
    follow(server)
    judge_due(server.pk, now=timezone.now())
    assert (Placement.objects.get().outcome, Ban.objects.count()) == ("invasion", bans)
