"""Game servers' files that hang: no other list, log or message waits for them, and each error stands in its row."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_httpserver import HTTPServer

from announcements.models import Announcement
from announcements.tasks import sweep_announcements
from announcements.tests.factories import PATH, make_announcement, make_channel, respond
from common.outbox import wake
from territory import tasks
from territory.models import BanDelivery, GameServer, LogFile, Placement
from territory.tests.factories import ban_by_hand, make_server
from territory.tests.logs import append, header, line
from tests.conftest import Worker
from tests.test_end_to_end import wait_until

pytestmark = [pytest.mark.thorough, pytest.mark.django_db(transaction=True)]

HOLDER = """
    import fcntl, sys, time
    lock = open(sys.argv[1], "w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    print("held", flush=True)
    time.sleep(600)
"""


@contextmanager
def stopped_holder(lock: Path) -> Iterator[None]:
    """Another program holds the lock and was stopped in the middle, as a debugger or a full terminal does."""
    command = [sys.executable, "-c", textwrap.dedent(HOLDER), str(lock)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            holder.kill()


def make_list(tmp_path: Path, name: str) -> GameServer:
    """A game server with a ban that waits for its list."""
    (tmp_path / name).mkdir()
    path = tmp_path / name / "ban.txt"
    server = make_server(slug=name, ban_list=path)
    ban_by_hand(server, name)
    return server


def row(server: GameServer) -> BanDelivery:
    return BanDelivery.objects.get(ban__server=server)


def test_hung_list_delays_no_other_list_and_no_message(
    start_worker: Worker, tmp_path: Path, httpserver: HTTPServer
) -> None:
    respond(httpserver, 200)
    message = make_announcement(make_channel(webhook_url=httpserver.url_for(PATH)), not_before=timezone.now())
    pipe, stopped, well = (make_list(tmp_path, name) for name in ("a-pipe", "b-stopped", "c-well"))
    os.mkfifo(tmp_path / "a-pipe" / ".ban.txt.lock")

    with stopped_holder(tmp_path / "b-stopped" / ".ban.txt.lock"):
        start_worker()
        wake(tasks.sweep_bans)
        wake(sweep_announcements)
        wait_until(lambda: row(well).state == "applied")
        wait_until(lambda: Announcement.objects.get(pk=message.pk).state == "sent")
        assert row(stopped).state == "pending"
    assert (row(pipe).state, row(pipe).attempts) == ("failed", 1)
    assert "is not a file but a pipe" in row(pipe).last_error
    wait_until(lambda: row(stopped).state == "applied")


def test_worker_process_that_is_stopped_in_an_edit_holds_up_no_other_list(
    start_worker: Worker, tmp_path: Path
) -> None:
    stopped, well = make_list(tmp_path, "a-stopped"), make_list(tmp_path, "b-well")
    with stopped_holder(tmp_path / "a-stopped" / ".ban.txt.lock"):
        worker = start_worker()
        wake(tasks.deliver_ban_list, stopped.ban_lists.get().pk)
        wait_until(lambda: row(stopped).claimed_until is not None)
        child = _busy_child(worker.pid, tmp_path / "a-stopped")
        os.kill(child, signal.SIGSTOP)
        try:
            wake(tasks.sweep_bans)
            wait_until(lambda: row(well).state == "applied")
            # The list that hangs takes no second process, whatever else is due for it.
            BanDelivery.objects.update(claimed_until=None)
            wake(tasks.deliver_ban_list, stopped.ban_lists.get().pk)
            later = make_list(tmp_path, "c-later")
            wake(tasks.sweep_bans)
            wait_until(lambda: row(later).state == "applied")
            assert row(stopped).state == "pending"
        finally:
            os.kill(child, signal.SIGCONT)


def _busy_child(worker: int, folder: Path) -> int:
    """Return the worker's process that has a file of this folder open."""
    children = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
    for child in children:
        for link in Path(f"/proc/{child}/fd").iterdir():
            if str(folder) in str(link.readlink()):
                return int(child)
    raise AssertionError("no process is at that list")


def test_log_that_hangs_is_an_error_in_its_row_and_the_others_are_read(
    start_worker: Worker, tmp_path: Path
) -> None:
    bad, good = tmp_path / "bad", tmp_path / "good"
    for folder in (bad, good):
        folder.mkdir()
    os.mkfifo(bad / "a.ADM")
    for folder in (bad, good):
        append(folder / "b.ADM", header("2026-02-07 10:00:00"), line("10:01:00", folder.name))
        make_server(slug=folder.name, log_folder=str(folder), time_zone="UTC")
    start_worker()
    wake(tasks.follow_logs)

    wait_until(lambda: Placement.objects.count() == 2)
    assert "is not a file but a pipe" in LogFile.objects.get(name="a.ADM").last_error
    assert timezone.now() - LogFile.objects.get(name="a.ADM").last_read_at < timedelta(minutes=1)
