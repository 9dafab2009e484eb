"""Following a folder of game logs as they grow, rotate, break off and come again: no line lost, no line twice."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from territory.models import Ban, GameServer, LogFile, Placement
from territory.services.intake import Stored
from territory.services.judging import judge_due
from territory.services.logs import follow_source, import_file
from territory.tests.factories import make_base, make_server, make_user, player_id
from territory.tests.logs import append, follow, header, line, logged_gamertags, logged_times

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(tmp_path: Path) -> GameServer:
    return make_server(log_folder=str(tmp_path), time_zone="UTC")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "DayZServer.ADM"


def test_file_that_grows_is_read_on_from_where_reading_ended(server: GameServer, log: Path) -> None:
    append(log, header("2026-02-07 19:00:00"), line("19:01:00", "A"))
    assert follow(server) == 1
    assert follow(server) == 0

    append(log, line("19:02:00", "B"), line("19:03:00", "C"))
    assert follow(server) == 2
    assert logged_gamertags() == ["A", "B", "C"]
    row = LogFile.objects.get()
    assert (row.name, row.lines, row.placements, row.last_error) == ("DayZServer.ADM", 4, 3, "")
    assert row.last_event_at == datetime(2026, 2, 7, 19, 3, tzinfo=UTC)
    assert row.cursor["offset"] == log.stat().st_size


def test_everything_of_a_line_is_stored(server: GameServer, log: Path) -> None:
    raw = line("19:01:00", "A", item="LandMineTrap", display="Land Mine")
    append(log, header("2026-02-07 19:00:00"), raw)
    follow(server)

    stored = Placement.objects.get()
    assert (stored.gamertag, stored.player_id, stored.item, stored.display) == (
        "A", player_id("A"), "LandMineTrap", "Land Mine",
    )  # fmt: skip
    assert (stored.x, stored.z, stored.altitude) == (5045.0, 3000.0, 12.6)
    assert stored.occurred_at == datetime(2026, 2, 7, 19, 1, tzinfo=UTC)
    assert (stored.raw_line, stored.origin, stored.kind) == (raw, "DayZServer.ADM", "placed")
    assert stored.origin_id == str(len(header("2026-02-07 19:00:00")) + 1)


def test_last_line_of_a_stopped_server_is_read_without_its_end_and_only_once(
    server: GameServer, log: Path
) -> None:
    append(log, header("2026-02-07 19:00:00"), line("19:01:00", "A"))
    append(log, line("19:02:00", "B"), end="")
    assert follow(server) == 1

    os.utime(log, (1_770_000_000, 1_770_000_000))
    assert follow(server) == 1
    assert follow(server) == 0
    append(log, "", line("19:03:00", "C"))
    assert follow(server) == 1
    assert logged_gamertags() == ["A", "B", "C"]


def test_rotation_by_rename_stores_no_line_twice(server: GameServer, log: Path) -> None:
    append(log, header("2026-02-07 19:00:00"), line("19:01:00", "A"))
    follow(server)
    append(log, line("19:02:00", "B"))  # written, not read yet, then renamed away
    log.rename(log.with_name("DayZServer_2026-02-07.ADM"))
    append(log, header("2026-02-07 20:00:00"), line("20:01:00", "C"))

    assert follow(server) == 2
    assert follow(server) == 0
    assert logged_gamertags() == ["A", "B", "C"]


FIRST_BOOT = [header("2026-02-07 19:00:00"), line("19:01:00", "A"), line("19:02:00", "B")]
# What stands in the file's place, a text for each look, and the placements that are new by then.
NEXT = {
    "emptied, then a new boot": ([[], [header("2026-02-07 21:00:00"), line("21:01:00", "C")]], "C"),
    "emptied, then the same boot again": ([[], FIRST_BOOT[:2], [line("19:03:00", "D")]], "D"),
    "a longer boot": (
        [[header("2026-02-08 06:00:00"), *(line("06:01:00", name) for name in "CDEF")]],
        "CDEF",
    ),
    "a header in two halves": (
        [["AdminLog started on 2026-"], ["02-08 at 06:00:00", line("06:01:00", "C")]],
        "C",
    ),
}


@pytest.mark.parametrize(("looks", "names"), NEXT.values(), ids=NEXT)
def test_file_that_begins_anew_loses_no_line_and_stores_none_twice(
    server: GameServer, log: Path, looks: list[list[str]], names: str
) -> None:
    append(log, *FIRST_BOOT)
    follow(server)
    log.write_text("")
    for lines in looks:
        append(log, *lines, end="" if lines == ["AdminLog started on 2026-"] else "\n")
        new = follow(server)

    assert new == len(names)
    assert logged_gamertags() == ["A", "B", *names]
    assert follow(server) == 0


@pytest.mark.parametrize("before", ["lf", "crlf", "bom"])
@pytest.mark.parametrize("after", ["lf", "crlf", "bom"])
def test_log_that_is_stored_otherwise_meanwhile_loses_no_line(
    server: GameServer, log: Path, before: str, after: str
) -> None:
    lines = [line(f"19:{minute:02}:00", f"N{minute}") for minute in range(60)]

    def write(how: str, count: int) -> None:
        text = "".join(f"{one}\n" for one in (header("2026-02-07 18:59:00"), *lines[:count]))
        log.write_bytes(
            text.replace("\n", "\r\n" if how == "crlf" else "\n").encode(
                "utf-8-sig" if how == "bom" else "utf-8"
            )
        )

    write(before, 55)
    follow(server)
    write(after, 60)
    follow(server)

    assert logged_gamertags() == [f"N{minute}" for minute in range(60)]


def test_reading_all_again_from_the_beginning_stores_nothing_twice(server: GameServer, log: Path) -> None:
    append(log, header("2026-02-07 19:00:00"), *[line("19:01:00", "A")] * 3)
    assert follow(server) == 3  # equal lines of one second are events of their own
    LogFile.objects.all().delete()

    assert follow(server) == 0
    assert import_file(server, log).stored.duplicates == 3


def test_several_files_are_all_read_oldest_first(server: GameServer, tmp_path: Path) -> None:
    for number, name in enumerate(["b.ADM", "a.adm", "c.Adm", "d.AdM"]):
        append(tmp_path / name, header(f"2026-02-0{number + 1} 10:00:00"), line("10:01:00", name))
        os.utime(tmp_path / name, (1_000_000 + number, 1_000_000 + number))
    for name in ("e.RPT", "f.ADM.bak", "ADM", ".ADM", "g.log"):
        append(tmp_path / name, header("2026-02-07 10:00:00"), line("10:01:00", name))
    (tmp_path / "folder.ADM").mkdir()
    os.mkfifo(tmp_path / "pipe.ADM")

    assert follow(server) == 4
    for name, kind in (("folder.ADM", "a directory"), ("pipe.ADM", "a pipe")):
        assert f"is not a file but {kind}" in LogFile.objects.get(name=name).last_error
    assert list(Placement.objects.order_by("pk").values_list("origin", flat=True)) == [
        "b.ADM",
        "a.adm",
        "c.Adm",
        "d.AdM",
    ]


@pytest.mark.parametrize("tail", ["", "19:45:00 | Player "], ids=["whole", "half a last line"])
def test_finished_files_cost_no_query_of_their_own(server: GameServer, tmp_path: Path, tail: str) -> None:
    source = server.log_sources.get()

    def cost_of_another_look(files: int) -> int:
        for number in range(files):
            path = tmp_path / f"{number}.ADM"
            path.write_text(f"AdminLog started on 2026-02-0{number + 1} at 10:00:00\n{tail}")
            os.utime(path, (time.time() - 3600, time.time() - 3600))
        list(follow_source(source))
        with CaptureQueriesContext(connection) as captured:
            list(follow_source(source))
        return len(captured)

    assert cost_of_another_look(1) == cost_of_another_look(3)


# -- Logs whose head was cut off: dated by their files' names, or not at all ----------------------------------------

NAME = "DayZServer_X1_x64_2026-02-07_22-00-00.ADM"


@pytest.fixture
def far_server(tmp_path: Path) -> GameServer:
    return make_server(log_folder=str(tmp_path), time_zone="America/Sao_Paulo")


def test_log_is_dated_by_its_name_as_it_grows_past_midnight(far_server: GameServer, tmp_path: Path) -> None:
    for number, clock in enumerate(("23:50:00", "00:10:00", "00:20:00")):
        append(tmp_path / NAME, line(clock, f"Zé {number}"))
        assert follow(far_server) == 1
    assert logged_times() == [
        datetime(2026, 2, 8, hour, minute, tzinfo=UTC) for hour, minute in ((2, 50), (3, 10), (3, 20))
    ]
    assert import_file(far_server, tmp_path / NAME).stored == Stored(3, 0, 0)


def test_log_whose_name_holds_no_boot_is_unusable(far_server: GameServer, tmp_path: Path) -> None:
    append(tmp_path / "DayZServer_x64_2026_02_07_220000123.ADM", line("21:50:00", "A"))
    assert follow(far_server) == 1
    assert Placement.objects.get().unusable_because == Placement.Unusable.NO_DATE


def test_copy_of_a_log_without_a_header_is_counted_once(far_server: GameServer, tmp_path: Path) -> None:
    append(tmp_path / NAME, line("22:50:00", "A"))
    append(tmp_path / NAME.replace(".ADM", " (1).ADM"), line("22:50:00", "A"), line("22:51:00", "B"))
    assert follow(far_server) == 2


def test_header_wins_over_the_name(far_server: GameServer, tmp_path: Path) -> None:
    append(tmp_path / NAME, header("2026-02-01 10:00:00"), line("10:01:00", "A"))
    assert follow(far_server) == 1
    assert logged_times() == [datetime(2026, 2, 1, 13, 1, tzinfo=UTC)]


def test_log_that_gets_its_header_back_is_read_from_its_beginning(
    far_server: GameServer, tmp_path: Path
) -> None:
    append(tmp_path / NAME, line("22:50:00", "A"))
    follow(far_server)
    (tmp_path / NAME).write_text(
        "\n".join([header("2026-02-07 22:00:00"), line("22:10:00", "B"), line("22:50:00", "A"), ""])
    )
    follow(far_server)
    assert set(Placement.objects.values_list("gamertag", flat=True)) == {"A", "B"}
    assert LogFile.objects.get().cursor["opening"] == header("2026-02-07 22:00:00")


def test_log_cut_short_is_dated_by_its_name_from_its_beginning(
    far_server: GameServer, tmp_path: Path
) -> None:
    append(tmp_path / NAME, line("23:50:00", "A"), line("00:10:00", "B"))
    follow(far_server)
    (tmp_path / NAME).write_text(line("23:55:00", "C") + "\n")
    follow(far_server)
    assert logged_times()[-1] == datetime(2026, 2, 8, 2, 55, tzinfo=UTC)


@pytest.mark.parametrize(("days", "bans"), [(0, 1), (1, 0)])
def test_boot_longer_than_a_day_bans_nobody_by_itself(
    far_server: GameServer, tmp_path: Path, days: int, bans: int
) -> None:
    make_base(far_server, make_user())
    act = timezone.now().astimezone(far_server.zone) - timedelta(minutes=20)
    boot = act - timedelta(days=days, hours=1)
    append(tmp_path / f"DayZServer_X1_x64_{boot:%Y-%m-%d_%H-%M-%S}.ADM", line(f"{act:%H:%M:%S}", "Invasor"))
    follow(far_server)
    judge_due(far_server.pk, now=timezone.now())
    assert (Placement.objects.get().outcome, Ban.objects.count()) == ("invasion", bans)
