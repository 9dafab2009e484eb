"""Connection tests over real sockets: each line in order, in doubt and failed, with the words that say what to do next."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import translation
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Response

from common.attempts import TooManyAttemptsError
from territory.hosts.nitrado import MAX_BYTES
from territory.models import BanList, GameServer, LogSource
from territory.pages.setup.words import line_words
from territory.services import connection_tests
from territory.services.connection_tests import Place, last_tests, run_tests
from territory.tests.factories import make_ban_list, make_log_source, make_server, player_id
from territory.tests.hosts.servers.ftp import PASSWORD, FtpHost
from territory.tests.hosts.servers.nitrado import GAME, SERVICE, TOKEN, NitradoHost
from territory.tests.logs import header, line

pytestmark = pytest.mark.django_db

NAME = "DayZServer_X1_x64_2026-02-07_19-00-00.ADM"
SOURCE = ["folder", "newest_log", "time_zone", "lines", "placements"]
LIST = ["list_read", "list_size", "dry_write"]
FTP, NITRADO = ["reach", "sign_in", "encryption"], ["reach", "sign_in", "token_end"]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    cache.clear()
    with translation.override("en"):
        yield


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="sul", time_zone="UTC")


@pytest.fixture
def nitrado(httpserver: HTTPServer, settings: Settings) -> NitradoHost:
    host = NitradoHost(httpserver)
    host.token_ends_at = f"{datetime.now(UTC) + timedelta(days=200):%Y-%m-%dT%H:%M:%S}"
    settings.NITRADO_API_URL = host.address.api_url
    return host


def log_text(*lines: str, ago: timedelta = timedelta(minutes=2)) -> bytes:
    """A log that began a while ago, with a placement unless other lines are given."""
    began = datetime.now(UTC) - ago
    clock = f"{began:%H:%M:%S}"
    lines = lines or (line(clock, "A"), line(clock, "B"))
    return "".join(f"{one}\n" for one in (header(f"{began:%Y-%m-%d %H:%M:%S}"), *lines)).encode()


def outcome(server: GameServer, place: Place) -> tuple[dict[str, str], str]:
    """Return each line's level, in order, and all its words."""
    assert run_tests(server, [place], by="1")
    test = last_tests([place])[place]
    words = [line_words(one.line, place.kind) for one in test.lines]
    text = " ".join(f"{one.sentence} {one.step}" for one in words)
    errors = " ".join(one.error for one in test.lines)
    levels = {one.line.subject.value: one.line.level.value for one in test.lines}
    assert list(levels) == [one.line.subject.value for one in test.lines]
    return levels, f"{text} {errors}"


def in_order(*subjects: str, **others: str) -> dict[str, str]:
    return dict.fromkeys(subjects, "ok") | others


# -- The log ------------------------------------------------------------------------------------------------------

DISCONNECT = f'{{time}} | Player "Ana" (id={player_id("Ana")} pos=<1.0, 2.0, 3.0>)'


def connected() -> str:
    return DISCONNECT.format(time=f"{datetime.now(UTC):%H:%M:%S}")


@pytest.mark.parametrize(
    ("content", "age_s", "others", "words"),
    [
        pytest.param(log_text, 0, {}, "Saw 2 placements", id="in order"),
        pytest.param(lambda: log_text(ago=timedelta(hours=3)), 3 * 3600, {"newest_log": "warn"}, "3 hours ago", id="old"),
        pytest.param(lambda: log_text(connected()), 0, {"placements": "warn"}, "adminLogPlacement = 1", id="switch"),
        pytest.param(lambda: log_text(""), 0, {}, "Nobody has played", id="nobody"),
        pytest.param(
            lambda: log_text(ago=timedelta(hours=3)), 0, {"time_zone": "warn"}, "fit America/Sao_Paulo", id="zone"
        ),
        pytest.param(
            lambda: b"", 0, {"time_zone": "warn"}, "time zone cannot be told", id="empty"
        ),
        pytest.param(
            lambda: b"\x89PNG\r\nxyz\n", 0, {"time_zone": "warn", "lines": "fail"}, "None of its lines", id="no log"
        ),
        pytest.param(
            lambda: log_text(connected(), *["### mod"] * 5), 0, {"lines": "warn", "placements": "warn"}, "Many lines", id="odd"
        ),
    ],
)  # fmt: skip
def test_newest_log_of_a_folder_is_read(
    server: GameServer,
    *,
    tmp_path: Path,
    content: Callable[[], bytes],
    age_s: int,
    others: dict[str, str],
    words: str,
) -> None:
    path = tmp_path / "x.ADM"
    path.write_bytes(content())
    os.utime(path, (time.time() - age_s, time.time() - age_s))
    levels, text = outcome(server, make_log_source(server, tmp_path))
    assert levels == in_order("reach", *SOURCE, **others)
    assert words in text


def test_end_of_a_long_log_is_read_by_the_clock_of_its_beginning(server: GameServer, tmp_path: Path) -> None:
    lines = log_text(*[connected()] * 9_000, connected().replace(")", ") placed Fence Kit<FenceKit>"))
    (tmp_path / "a.ADM").write_bytes(lines.replace(b") placed", b") placed"))
    levels, text = outcome(server, make_log_source(server, tmp_path))
    assert len(lines) > 600 * 1024
    assert levels == in_order("reach", *SOURCE)
    assert "Saw 1 placement" in text


@pytest.mark.parametrize(
    ("folder", "levels"),
    [("nowhere", {"reach": "fail"}), ("", {"reach": "ok", "folder": "fail"})],
)
def test_folder_without_logs_fails(
    server: GameServer, tmp_path: Path, folder: str, levels: dict[str, str]
) -> None:
    assert outcome(server, make_log_source(server, tmp_path / folder))[0] == levels


# -- FTP ----------------------------------------------------------------------------------------------------------


def ftp_place(host: FtpHost, server: GameServer, path: str, **parts: str) -> Place:
    address = host.address(path, **parts)
    make = make_ban_list if path.endswith(".txt") else make_log_source
    return make(server, address.text, kind="ftp", secret=address.secret)


@pytest.fixture
def filled(folder: Path) -> Path:
    (folder / "a.ADM").write_bytes(log_text())
    (folder / "ban.txt").write_bytes(b"OTHER\r\n")
    return folder


@pytest.mark.parametrize(("path", "lines"), [("/", SOURCE), ("/ban.txt", LIST)])
def test_ftps_is_in_order_and_says_what_it_speaks(
    server: GameServer, ftps: FtpHost, filled: Path, path: str, lines: list[str]
) -> None:
    levels, text = outcome(server, ftp_place(ftps, server, path, scheme="ftps"))
    assert levels == in_order(*FTP, *lines)
    assert "Everything is encrypted: " in text
    assert "Signed in as \u2068jogador" in text
    assert {one.name for one in filled.iterdir()} == {"a.ADM", "ban.txt"}
    assert (filled / "ban.txt").read_bytes() == b"OTHER\r\n"


@pytest.mark.parametrize(
    ("path", "parts", "refused", "levels", "words"),
    [
        pytest.param("/", {}, {}, in_order(*FTP, *SOURCE, encryption="warn"), "in the clear", id="plain"),
        pytest.param(
            "/", {"scheme": "ftps"}, {}, {"reach": "ok", "encryption": "fail", "sign_in": "fail"}, "FTPS only", id="no TLS"
        ),
        pytest.param("/", {"password": "x"}, {}, {"reach": "ok", "sign_in": "fail"}, "the password anew", id="password"),
        pytest.param("/nowhere", {}, {}, in_order(*FTP, encryption="warn", folder="fail"), "Check the folder", id="folder"),
        pytest.param(
            "/", {}, {"RETR": "550 No"}, in_order(*FTP, "folder", encryption="warn", newest_log="fail"), "not read them", id="log"
        ),
        pytest.param(
            "/ban.txt", {}, {"RETR": "550 No"}, in_order(*FTP, encryption="warn", list_read="fail"), "may read it", id="list"
        ),
        pytest.param(
            "/ban.txt", {}, {"STOR": "550 No"},
            in_order(*FTP, *LIST, encryption="warn", dry_write="fail"), "Give the user the right", id="write",
        ),
    ],
)  # fmt: skip
def test_ftp_trouble_is_a_line(
    server: GameServer,
    *,
    ftp: FtpHost,
    filled: Path,
    path: str,
    parts: dict[str, str],
    refused: dict[str, str],
    levels: dict[str, str],
    words: str,
) -> None:
    ftp.refused |= refused
    seen, text = outcome(server, ftp_place(ftp, server, path, **parts))
    assert seen == levels
    assert words in text


def test_server_that_is_off_or_repeats_the_password(server: GameServer, ftp: FtpHost, filled: Path) -> None:
    place = make_log_source(server, "ftp://a@127.0.0.1:9/", kind="ftp", secret=PASSWORD)
    assert outcome(server, place)[0] == {"reach": "fail"}
    ftp.refused["PASS"] = f"530 {PASSWORD} is wrong"
    text = outcome(server, ftp_place(ftp, server, "/"))[1]
    assert "530 *** is wrong" in text
    assert PASSWORD not in text


# -- Nitrado ------------------------------------------------------------------------------------------------------


def nitrado_places(server: GameServer, secret: str = TOKEN) -> tuple[LogSource, BanList]:
    return (
        make_log_source(server, SERVICE, kind="nitrado", secret=secret),
        make_ban_list(server, SERVICE, kind="nitrado", secret=secret),
    )


def test_nitrado_is_in_order_and_nothing_is_posted(server: GameServer, nitrado: NitradoHost) -> None:
    nitrado.put(NAME, log_text(), round(time.time()))
    source, ban_list = nitrado_places(server)
    levels, text = outcome(server, source)
    assert levels == in_order(*NITRADO, *SOURCE)
    assert f"Found 1 .ADM file in \u2068{GAME}config" in text
    levels, text = outcome(server, ban_list)
    assert levels == in_order(*NITRADO, *LIST)
    assert "The ban list can be read: 2 lines" in text
    assert "nothing was written" in text
    assert nitrado.posted == []
    assert not [call for call in nitrado.asked if not call.startswith("GET")]


@pytest.mark.parametrize(
    ("fault", "levels", "words"),
    [
        pytest.param(
            lambda host: host.faults.update(gameservers=[Response(status=401)]),
            {"reach": "ok", "sign_in": "fail"}, "with the scope “service”", id="401",
        ),
        pytest.param(
            lambda host: setattr(host, "token_ends_at", f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%dT%H:%M:%S}"),
            in_order(*NITRADO, *LIST, token_end="warn"), "It ends soon", id="ends soon",
        ),
        pytest.param(
            lambda host: setattr(host, "token_ends_at", "2020-01-01T00:00:00"),
            in_order(*NITRADO, *LIST, token_end="fail"), "Make a new long-life token", id="ended",
        ),
        pytest.param(
            lambda host: setattr(host, "token_ends_at", ""), in_order(*NITRADO, *LIST), "end is not known", id="no end"
        ),
        pytest.param(
            lambda host: setattr(host, "scopes", ["user_info"]),
            in_order(*NITRADO, *LIST, dry_write="warn"), "no ban can be written", id="scope",
        ),
        pytest.param(
            lambda host: setattr(host, "bans", None), in_order(*NITRADO, list_read="fail"), "no ban list", id="no list"
        ),
        pytest.param(
            lambda host: setattr(host, "bans", "x" * (MAX_BYTES - 9)),
            in_order(*NITRADO, *LIST, list_size="warn"), "nearly full", id="nearly full",
        ),
        pytest.param(
            lambda host: setattr(host, "bans", "x" * MAX_BYTES),
            in_order(*NITRADO, *LIST, list_size="fail"), "It is full", id="full",
        ),
    ],
)  # fmt: skip
def test_nitrado_trouble_is_a_line(
    server: GameServer,
    nitrado: NitradoHost,
    fault: Callable[[NitradoHost], None],
    levels: dict[str, str],
    words: str,
) -> None:
    fault(nitrado)
    seen, text = outcome(server, nitrado_places(server)[1])
    assert seen == levels
    assert words in text
    assert TOKEN not in text


def test_nitrado_that_is_off_cannot_be_reached(server: GameServer, settings: Settings) -> None:
    settings.NITRADO_API_URL = "http://127.0.0.1:9"
    assert outcome(server, nitrado_places(server)[0])[0] == {"reach": "fail"}


# -- A file -------------------------------------------------------------------------------------------------------


def test_file_is_in_order_and_stays_as_it_is(server: GameServer, tmp_path: Path) -> None:
    path = tmp_path / "ban.txt"
    path.write_bytes(b"OTHER\n\n")
    levels, text = outcome(server, make_ban_list(server, path))
    assert levels == in_order("reach", *LIST)
    assert "1 line" in text
    assert path.read_bytes() == b"OTHER\n\n"
    assert {one.name for one in tmp_path.iterdir()} == {"ban.txt", ".ban.txt.lock"}


@pytest.mark.parametrize(
    ("make", "levels"),
    [
        pytest.param(lambda path: path.parent.rmdir(), {"reach": "fail"}, id="no folder"),
        pytest.param(lambda path: path.mkdir(), {"reach": "fail"}, id="a folder"),
        pytest.param(lambda _path: None, in_order("reach", *LIST), id="no file yet"),
        pytest.param(
            lambda path: (path.parent / ".ban.txt.new").mkdir(), in_order("reach", *LIST, dry_write="fail"), id="no draft"
        ),
        pytest.param(
            lambda path: path.write_bytes(b"\n" * 17_000_000), {"reach": "ok", "list_read": "fail"}, id="too large"
        ),
    ],
)  # fmt: skip
def test_file_trouble_is_a_line(
    server: GameServer, tmp_path: Path, make: Callable[[Path], object], levels: dict[str, str]
) -> None:
    (tmp_path / "game").mkdir()
    path = tmp_path / "game" / "ban.txt"
    make(path)
    assert outcome(server, make_ban_list(server, path))[0] == levels


# -- The run ------------------------------------------------------------------------------------------------------


def test_host_that_hangs_ends_by_the_deadline_and_delays_no_other(
    server: GameServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_tests, "DEADLINE_SECONDS", 0.3)
    (tmp_path / "a.ADM").write_bytes(log_text())
    with socket.create_server(("127.0.0.1", 0)) as mute:
        hung = make_log_source(server, f"ftp://a@127.0.0.1:{mute.getsockname()[1]}/", kind="ftp", secret="x")
        fine = make_log_source(server, tmp_path)
        began = time.monotonic()
        assert run_tests(server, [hung, fine], by="1")
        assert time.monotonic() - began < 2
    tests = last_tests([hung, fine])
    assert tests[hung].lines[-1].line.level == "fail"
    assert tests[hung].lines[-1].error == "No answer in time"
    assert {one.line.level for one in tests[fine].lines} == {"ok"}


def test_test_is_of_the_address_and_secret_that_it_was_made_with(server: GameServer, tmp_path: Path) -> None:
    place = make_log_source(server, tmp_path)
    assert run_tests(server, [place], by="1")
    assert place in last_tests([place])
    place.secret = "other"
    assert last_tests([place]) == {}


def test_nobody_tests_too_often(server: GameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_tests, "MOST_TESTS", 1)
    assert run_tests(server, [], by="1")
    with pytest.raises(TooManyAttemptsError):
        run_tests(server, [], by="1")
    assert run_tests(server, [], by="2")
