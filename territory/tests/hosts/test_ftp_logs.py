"""Logs on a real FTP server: found, read on, and never spliced or read half."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from territory import tasks
from territory.models import GameServer, LogFile, LogSource, Placement
from territory.reach import HostAwayError, HostError
from territory.sources.ftp import FtpSource
from territory.tests.factories import make_log_source, make_server
from territory.tests.hosts.servers.ftp import PASSWORD, FtpHost, ftp_host
from territory.tests.logs import append, follow, header, line

ONE = "DayZServer_x64_2026-02-07_19-00-00.ADM"
OTHER = "DayZServer_x64_2026-02-07_23-00-00.ADM"
# More than the part at a log's beginning that each look reads.
MUCH = [line(f"19:{number // 60:02}:{number % 60:02}", f"P{number}") for number in range(60, 1_000)]
# As many bytes in each line.
OTHERS = [line(f"19:{number // 60:02}:{number % 60:02}", f"Q{number}") for number in range(60, 660)]


def names(host: FtpHost, path: str = "/") -> list[str]:
    return [log.name for log in FtpSource(host.address(path)).list_logs()]


def put(folder: Path, name: str = ONE, content: bytes = b"x\n", age_s: float = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    os.utime(folder / name, (time.time() - age_s,) * 2)
    return folder / name


# -- Finding ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["", "MLSD", "full names", "promised only"])
def test_logs_of_a_folder_are_listed_oldest_first(ftp: FtpHost, folder: Path, answer: str) -> None:
    put(folder, OTHER, b"23\n", age_s=10)
    put(folder, ONE, b"1\n", age_s=500)
    put(folder, "server.RPT")
    if answer == "promised only":
        ftp.refused = {"MLSD": "500 Unknown"}
    elif answer:
        ftp.hides_mlsd, ftp.lists_full_names = True, answer == "full names"
    logs = FtpSource(ftp.address("/")).list_logs()
    assert [(log.name, log.size) for log in logs] == [(ONE, 2), (OTHER, 3)]
    assert time.time() - logs[-1].written_at == pytest.approx(10, abs=3)


def test_server_that_tells_of_one_log_at_a_time_is_asked_for_changed_ones_only(
    ftp: FtpHost, folder: Path
) -> None:
    ftp.hides_mlsd = True
    put(folder, ONE, age_s=500)
    log = put(folder, OTHER, age_s=300)
    names(ftp)
    assert ftp.asked["MDTM"] == 2
    append(log, "more")
    assert FtpSource(ftp.address("/")).list_logs()[-1].size == 7
    assert ftp.asked["MDTM"] == 3


@pytest.mark.parametrize("place", ["", "profiles", "config", "dayzxb/config", "dayzps/config"])
def test_logs_are_found_in_the_usual_folders(ftp: FtpHost, folder: Path, place: str) -> None:
    put(folder / place)
    assert names(ftp) == [ONE]


def test_the_usual_folder_with_the_newest_log_counts(ftp: FtpHost, folder: Path) -> None:
    put(folder / "config", "old.ADM", age_s=90_000)
    put(folder / "profiles", "new.ADM")
    assert names(ftp) == ["new.ADM"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/meu%20jogo", [ONE, OTHER]), ("/meu jogo/", [ONE, OTHER]), (f"/meu jogo/{OTHER}", [OTHER])],
)
def test_path_that_was_typed_counts(ftp: FtpHost, folder: Path, path: str, expected: list[str]) -> None:
    put(folder, "elsewhere.ADM")
    put(folder / "meu jogo", ONE, age_s=9)
    put(folder / "meu jogo", OTHER)
    assert names(ftp, path) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_names_with_accents_are_read(folder: Path, encoding: str) -> None:
    put(folder / "Ação", "Sessão.ADM", b"abc")
    with ftp_host(folder, encoding=encoding) as host:
        source = FtpSource(host.address("/Ação"))
        [log] = source.list_logs()
        with source.open_log(log) as opened:
            assert (log.name, opened.read(0, 9)) == ("Sessão.ADM", b"abc")


@pytest.mark.parametrize("path", ["/", "/nowhere"])
def test_server_without_logs_says_so(ftp: FtpHost, path: str) -> None:
    with pytest.raises(HostAwayError):
        names(ftp, path)


# -- Reading ------------------------------------------------------------------------------------------------------


def read(host: FtpHost, *parts: tuple[int, int]) -> list[bytes]:
    source = FtpSource(host.address("/"))
    with source.open_log(source.list_logs()[-1]) as log:
        return [log.read(*part) for part in parts]


LONG = bytes(range(256)) * 2_000


def test_log_is_read_from_an_offset_in_one_transfer(ftp: FtpHost, folder: Path) -> None:
    put(folder, content=LONG)
    parts = [(0, 100), (400_000, 50), (400_010, 200_000), (500_000, 9), (len(LONG), 9)]
    assert read(ftp, *parts) == [LONG[start : start + count] for start, count in parts]
    assert (ftp.asked["RETR"], ftp.asked["REST"]) == (2, 1)


def test_server_without_rest_sends_all_and_the_beginning_is_dropped(ftp: FtpHost, folder: Path) -> None:
    put(folder, content=LONG)
    ftp.refused["REST"] = "502 Not here"
    assert read(ftp, (400_000, 200_000)) == [LONG[400_000:]]


@pytest.mark.parametrize("fault", ["resets_after", "truncates_after"])
def test_transfer_that_breaks_off_goes_on_behind_the_break(ftp: FtpHost, folder: Path, fault: str) -> None:
    put(folder, content=LONG)
    getattr(ftp, fault).extend([100_000, 100_000])
    assert read(ftp, (0, len(LONG))) == [LONG]


def test_listing_and_log_without_end_are_not_read_to_it(
    ftp: FtpHost, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(folder / ONE, *MUCH * 2)
    source = FtpSource(ftp.address("/"))
    monkeypatch.setattr("territory.sources.fetched._MOST_AT_ONCE", 70_000)
    with source.open_log(source.list_logs()[0]) as log, pytest.raises(HostError, match="too large"):
        log.read(0, log.size)
    monkeypatch.setattr("territory.reach.ftp._MOST_OF_A_LISTING", 10)
    with pytest.raises(HostAwayError, match="has no end"):
        source.list_logs()


def test_log_that_is_replaced_during_a_break_is_not_spliced(ftp: FtpHost, folder: Path) -> None:
    path = put(folder, content=LONG)
    source = FtpSource(ftp.address("/"))
    with source.open_log(source.list_logs()[-1]) as log:
        ftp.resets_after.append(200_000)
        ftp.after["REST"] = lambda: path.write_bytes(b"another log\n" * 90_000)
        with pytest.raises(HostAwayError, match="replaced"):
            log.read(0, len(LONG))


def test_log_on_a_server_with_encryption_is_read(ftps: FtpHost, folder: Path) -> None:
    put(folder, content=LONG)
    assert read(ftps, (0, 70_000), (300_000, 300_000)) == [LONG[:70_000], LONG[300_000:]]


# -- Following ----------------------------------------------------------------------------------------------------


@pytest.fixture
def server(ftp: FtpHost) -> GameServer:
    server = make_server(time_zone="UTC")
    address = ftp.address("/")
    make_log_source(server, address.text, kind="ftp", secret=address.secret)
    return server


pytest_db = pytest.mark.django_db


@pytest_db
def test_logs_of_two_servers_with_one_name_are_two_logs(ftp: FtpHost, folder: Path) -> None:
    servers = [make_server(time_zone="UTC") for _ in range(2)]
    for server, place in zip(servers, ("a", "b"), strict=True):
        (folder / place).mkdir()
        make_log_source(server, ftp.address(f"/{place}/").text, kind="ftp", secret=PASSWORD)
    for minute in (1, 2):
        for place in ("a", "b"):
            log = folder / place / ONE
            opening = [] if log.exists() else [header("2026-02-07 19:00:00")]
            append(log, *opening, line(f"19:0{minute}:00", place))
        assert [follow(server) for server in servers] == [1, 1]
    stored = Placement.objects.values_list("server", "gamertag").distinct()
    assert set(stored) == {(servers[0].pk, "a"), (servers[1].pk, "b")}


@pytest_db
@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([header("2026-02-08 19:00:00"), line("19:59:00", "N")], id="shorter"),
        pytest.param([header("2026-02-08 19:00:00"), *MUCH[::-1], line("19:59:00", "N")], id="longer"),
        pytest.param([header("2026-02-07 19:00:00"), *MUCH[::-1], line("19:59:00", "N")], id="same header"),
        pytest.param([header("2026-02-07 19:00:00"), *OTHERS, line("19:59:00", "N")], id="same line ends"),
    ],
)
def test_log_that_is_replaced_is_read_from_its_beginning(
    server: GameServer, folder: Path, lines: list[str]
) -> None:
    log = folder / ONE
    append(log, header("2026-02-07 19:00:00"), *MUCH[:600])
    follow(server)
    log.unlink()
    append(log, *lines)
    follow(server)
    assert Placement.objects.filter(gamertag="N").count() == 1
    assert set(Placement.objects.values_list("gamertag", flat=True)) >= {
        text.split('"')[1] for text in lines[1:]
    }


@pytest_db
def test_log_that_breaks_off_is_read_at_the_next_look_and_once(
    server: GameServer, ftp: FtpHost, folder: Path
) -> None:
    append(folder / ONE, header("2026-02-07 19:00:00"), *MUCH)
    ftp.truncates_after.extend([600] * 9)
    assert follow(server) == 0
    assert "ended at byte" in LogFile.objects.get().last_error
    ftp.truncates_after.clear()
    assert follow(server) == len(MUCH)
    assert LogFile.objects.get().last_error == ""


@pytest_db
@pytest.mark.parametrize(("old_min", "wait_s"), [(1, 60), (59, 60), (61, 180)])
def test_host_is_left_alone_between_looks_and_longer_where_nothing_happens(
    server: GameServer, folder: Path, old_min: int, wait_s: int
) -> None:
    at = timezone.now() - timedelta(minutes=old_min)
    append(folder / ONE, header(f"{at:%Y-%m-%d %H:%M:%S}"), line(f"{at:%H:%M:%S}", "A"))
    source = LogSource.objects.get()
    tasks.follow_log(source.pk)
    source.refresh_from_db()
    assert source.not_before is not None
    wait = source.not_before - timezone.now()
    assert timedelta(seconds=wait_s - 20) < wait <= timedelta(seconds=wait_s)
