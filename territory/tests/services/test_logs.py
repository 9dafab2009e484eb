"""Following a folder of game logs as they grow, rotate, break off and come again: no line lost, no line twice."""

import itertools
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from territory.models import GameServer, LogFile, Placement
from territory.services.logs import follow_source, import_file
from territory.tests.factories import make_server, player_id
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


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_half_written_line_waits_until_it_is_whole(server: GameServer, log: Path, end: str) -> None:
    whole = line("19:01:00", "Ação", item="FenceKit")
    data = f"{whole}{end}".encode()
    append(log, header("2026-02-07 19:00:00"), end=end)

    found = []
    for start, stop in itertools.pairwise((0, 10, 40, 90, len(data) - 1, len(data))):
        with log.open("ab") as file:
            file.write(data[start:stop])
        found.append(follow(server))
    assert found == [0, 0, 0, 0, 1]
    assert Placement.objects.get().raw_line == whole


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


def test_copy_of_a_log_stores_no_line_twice(server: GameServer, log: Path) -> None:
    append(log, header("2026-02-07 19:00:00"), line("19:01:00", "A"))
    follow(server)
    log.with_name("backup.adm").write_bytes(log.read_bytes())

    assert follow(server) == 0


def test_truncated_file_is_read_from_its_beginning(server: GameServer, log: Path) -> None:
    append(log, header("2026-02-07 19:00:00"), line("19:01:00", "A"), line("19:02:00", "B"))
    follow(server)
    log.write_text("")
    assert follow(server) == 0

    append(log, header("2026-02-07 21:00:00"), line("21:01:00", "C"))
    assert follow(server) == 1
    assert logged_gamertags() == ["A", "B", "C"]


def test_truncated_file_that_begins_with_the_same_header_keeps_its_old_lines_once(
    server: GameServer, log: Path
) -> None:
    append(log, header("2026-02-07 19:00:00"), line("19:01:00", "A"), line("19:02:00", "B"))
    follow(server)
    log.write_text("")
    append(log, header("2026-02-07 19:00:00"), line("19:01:00", "A"))

    assert follow(server) == 0
    append(log, line("19:03:00", "D"))
    assert follow(server) == 1
    assert logged_gamertags() == ["A", "B", "D"]


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


def test_new_boot_under_the_same_name_and_longer_than_the_old_is_read_whole(
    server: GameServer, log: Path
) -> None:
    append(log, header("2026-02-07 19:00:00"), line("19:01:00", "A"))
    follow(server)
    log.unlink()
    append(log, header("2026-02-08 06:00:00"), *(line(f"06:0{n}:00", f"N{n}") for n in range(1, 6)))

    assert follow(server) == 5
    assert logged_times()[-1] == datetime(2026, 2, 8, 6, 5, tzinfo=UTC)


def test_new_boot_whose_header_is_half_written_is_not_lost(server: GameServer, log: Path) -> None:
    append(log, header("2026-02-07 19:00:00"), line("19:01:00", "A"))
    follow(server)
    log.write_text("AdminLog started on 2026-")
    assert follow(server) == 0
    append(log, "02-08 at 06:00:00", *(line(f"06:0{n}:00", f"N{n}") for n in range(1, 4)))

    assert follow(server) == 3
    assert logged_times()[-1] == datetime(2026, 2, 8, 6, 3, tzinfo=UTC)


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

    assert follow(server) == 4
    assert list(Placement.objects.order_by("pk").values_list("origin", flat=True)) == [
        "b.ADM",
        "a.adm",
        "c.Adm",
        "d.AdM",
    ]


def test_midnight_between_two_reads_is_the_next_day(server: GameServer, log: Path) -> None:
    append(log, header("2026-12-31 22:00:00"), line("23:59:59", "A"))
    follow(server)
    append(log, line("00:00:01", "B"))
    follow(server)
    append(log, line("23:30:00", "C"))
    follow(server)
    append(log, line("00:10:00", "D"), line("00:09:50", "E"))
    follow(server)

    assert logged_times() == [
        datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2027, 1, 1, 0, 0, 1, tzinfo=UTC),
        datetime(2027, 1, 1, 23, 30, tzinfo=UTC),
        datetime(2027, 1, 2, 0, 10, tzinfo=UTC),
        datetime(2027, 1, 2, 0, 9, 50, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("zone", "local", "utc"),
    [
        ("America/Sao_Paulo", "2026-02-07 16:45:00", "2026-02-07 19:45:00"),
        # Shown twice when the clock was put back: the first is meant.
        ("America/Sao_Paulo", "2018-02-17 23:30:00", "2018-02-18 01:30:00"),
        ("Europe/Berlin", "2026-03-29 02:30:00", "2026-03-29 01:30:00"),
        ("Asia/Kathmandu", "2026-01-01 00:00:00", "2025-12-31 18:15:00"),
    ],
)
def test_times_are_of_the_hosts_zone(server: GameServer, log: Path, zone: str, local: str, utc: str) -> None:
    server.time_zone = zone
    append(log, header(local), line(local[11:], "A"))
    follow(server)

    expected = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert logged_times() == [expected]
    assert LogFile.objects.get().last_event_at == expected


@pytest.mark.parametrize("year", ["1999", "2100"])
def test_year_of_a_broken_host_clock_makes_unusable_placements(
    server: GameServer, log: Path, year: str
) -> None:
    append(log, header(f"{year}-06-01 10:00:00"), line("10:01:00", "A"))

    assert follow(server) == 1
    assert (Placement.objects.get().state, Placement.objects.get().unusable_because) == (
        "unusable",
        "no_date",
    )


def test_lines_before_any_header_are_kept_without_a_date(server: GameServer, log: Path) -> None:
    append(log, line("10:01:00", "A"))
    assert follow(server) == 1
    append(log, header("2026-02-07 11:00:00"), line("11:01:00", "B"))
    assert follow(server) == 1

    assert list(Placement.objects.order_by("pk").values_list("state", "occurred_at")) == [
        ("unusable", None),
        ("pending", datetime(2026, 2, 7, 11, 1, tzinfo=UTC)),
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
