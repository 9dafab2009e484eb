"""Following logs when things go wrong: strange files, readers that die, several readers at once."""

import os
import threading
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from territory import files, tasks
from territory.models import GameServer, LogFile, LogSource, Placement
from territory.services import logs, servers
from territory.services.logs import follow_source, import_file
from territory.tests.factories import make_server
from territory.tests.logs import append, follow, header, line, logged_gamertags

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(tmp_path: Path) -> GameServer:
    return make_server(log_folder=str(tmp_path), time_zone="UTC")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "DayZServer.ADM"


def test_file_with_a_name_that_is_no_text_is_read_like_any_other(server: GameServer, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.ADM")
    append(tmp_path / name, header("2026-02-07 10:00:00"), line("10:01:00", "A"))
    append(tmp_path / "other.ADM", header("2026-02-07 11:00:00"), line("11:01:00", "B"))

    assert follow(server) == 2
    assert follow(server) == 0
    assert LogFile.objects.count() == 2
    assert import_file(server, tmp_path / name).stored.duplicates == 1


@pytest.mark.parametrize(
    "error",
    [PermissionError(13, "Permission denied"), RuntimeError("an odd file"), SoftTimeLimitExceeded()],
    ids=repr,
)
def test_file_that_cannot_be_read_is_reported_and_keeps_no_other_from_being_read(
    server: GameServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    for name in ("bad.ADM", "good.ADM"):
        append(tmp_path / name, header("2026-02-07 10:00:00"), line("10:01:00", name))
    os.utime(tmp_path / "bad.ADM", (1, 1))
    # The superuser may read everything, so the refusal comes from the call itself.
    real_open = files.open_regular

    def refuse(path: Path) -> int:
        if path.name == "bad.ADM":
            raise error
        return real_open(path)

    monkeypatch.setattr(files, "open_regular", refuse)
    source = server.log_sources.get()
    tasks.follow_log(source.pk)
    bad = LogFile.objects.get(name="bad.ADM")
    assert bad.last_error == (str(error) or "SoftTimeLimitExceeded()")
    monkeypatch.undo()
    # Only a source that hung is left alone for a while.
    hung = isinstance(error, SoftTimeLimitExceeded)
    assert servers.sources_to_follow(timezone.now()) == ([] if hung else [source.pk])
    assert servers.sources_to_follow(timezone.now() + timedelta(minutes=6)) == [source.pk]
    assert Placement.objects.filter(gamertag="good.ADM").exists() is not hung

    tasks.follow_log(source.pk)
    assert LogFile.objects.get(name="bad.ADM").last_error == ""
    source.refresh_from_db()
    assert (source.last_error, Placement.objects.count()) == ("", 2)


@pytest.mark.parametrize("error", [RuntimeError("full"), KeyboardInterrupt()], ids=["fails", "dies"])
def test_reader_that_stops_between_storing_and_its_cursor_skips_no_line(
    server: GameServer, log: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    append(log, header("2026-02-07 10:00:00"), line("10:01:00", "A"))
    follow(server)
    append(log, line("10:02:00", "B"))

    def fail(*_args: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(LogFile, "save", fail)
    is_fault = isinstance(error, RuntimeError)
    with nullcontext() if is_fault else pytest.raises(KeyboardInterrupt):
        follow(server)
    assert LogFile.objects.get().last_error == ("full" if is_fault else "")
    assert logged_gamertags() == ["A"]
    monkeypatch.undo()

    assert follow(server) == 1
    assert logged_gamertags() == ["A", "B"]


def test_link_to_nothing_is_passed_over(server: GameServer, log: Path, tmp_path: Path) -> None:
    log.symlink_to(tmp_path / "gone")
    assert follow(server) == 0
    assert not LogFile.objects.exists()


def test_links_are_followed_below_the_allowed_folders_only(
    server: GameServer, tmp_path: Path, settings: Settings
) -> None:
    for name in ("logs", "real", "secret"):
        (tmp_path / name).mkdir()
    settings.GAME_FILES_ROOTS = [tmp_path / "logs", tmp_path / "real"]
    for name in ("real", "secret"):
        append(tmp_path / name / "x.log", header("2026-02-07 10:00:00"), line("10:01:00", name))
        (tmp_path / "logs" / f"{name}.ADM").symlink_to(tmp_path / name / "x.log")
    (tmp_path / "door").symlink_to(tmp_path / "logs")
    LogSource.objects.update(address=str(tmp_path / "logs"))

    assert follow(server) == 1
    assert logged_gamertags() == ["real"]
    assert "GAME_FILES_ROOTS" in LogFile.objects.get(name="secret.ADM").last_error

    LogSource.objects.update(address=str(tmp_path / "secret"))
    assert follow(server) == 0
    assert "GAME_FILES_ROOTS" in LogSource.objects.get().last_error


@pytest.mark.parametrize("folder", ["missing", "file"])
def test_folder_that_is_not_there_is_an_error_of_its_source(
    server: GameServer, tmp_path: Path, folder: str
) -> None:
    (tmp_path / "file").write_text("x")
    LogSource.objects.update(address=str(tmp_path / folder))

    assert follow(server) == 0
    source = LogSource.objects.get()
    assert "directory" in source.last_error
    assert source.last_read_at is None
    LogSource.objects.update(address=str(tmp_path))
    assert follow(server) == 0
    assert LogSource.objects.filter(last_error="", last_read_at__isnull=False).exists()


def test_large_file_is_read_in_several_chunks(
    server: GameServer, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 400
    monkeypatch.setattr(logs, "CHUNK_BYTES", 20 * 1024)
    append(log, header("2026-02-07 00:00:00"))
    append(log, *(line(f"{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}", f"Jogador{n}") for n in range(count)))

    chunks = [stored.new for stored in follow_source(server.log_sources.get())]

    assert len(chunks) >= 3
    assert sum(chunks) == count
    assert Placement.objects.values("source_key").distinct().count() == count
    assert follow(server) == 0


@pytest.mark.django_db(transaction=True)
def test_folder_held_by_another_reader_is_left_alone(server: GameServer, log: Path) -> None:
    append(log, header("2026-02-07 10:00:00"), line("10:01:00", "A"))
    holder = follow_source(server.log_sources.get())
    next(holder)
    found: list[int] = []

    def work() -> None:
        found.append(follow(server))
        connection.close()

    thread = threading.Thread(target=work)
    append(log, line("10:02:00", "B"))
    thread.start()
    thread.join()
    holder.close()

    assert found == [0]
    assert follow(server) == 1
