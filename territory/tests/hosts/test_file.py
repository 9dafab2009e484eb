import errno
import fcntl
import os
import signal
import stat
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from territory.hosts import banlist
from territory.hosts.file import edit_file
from territory.reach import HostError
from tests.forked import PROCESSES

FOREIGN = b"".join(b"FOREIGN%04d // put here by hand\r\n" % number for number in range(500))


def adding(line: str) -> Callable[[bytes], bytes]:
    return partial(banlist.fulfil, put=[banlist.Entry(line)], take=[])


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ban list with one line that ends."""
    path = tmp_path / "ban.txt"
    path.write_bytes(b"X\n")
    return path


def test_edit_file_changes_the_file_and_writes_nothing_when_nothing_is_to_do(path: Path) -> None:
    edit_file(path, adding("A"))
    before = path.stat()
    edit_file(path, adding("A"))

    assert path.read_bytes() == b"X\nA\n"
    assert names(path.parent) == {"ban.txt", ".ban.txt.lock"}
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_edit_file_that_is_missing_makes_it_for_a_line_only(path: Path) -> None:
    path.unlink()

    edit_file(path, lambda content: content)
    assert not path.exists()
    edit_file(path, adding("A"))
    assert path.read_bytes() == b"A\n"


def test_edit_file_through_links_keeps_them(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "bans").write_bytes(b"X\n")
    (tmp_path / "second.txt").symlink_to(Path("real") / "bans")
    link = tmp_path / "ban.txt"
    link.symlink_to("second.txt")

    edit_file(link, adding("A"))

    assert link.is_symlink()
    assert (tmp_path / "second.txt").is_symlink()
    assert (tmp_path / "real" / "bans").read_bytes() == b"X\nA\n"
    assert names(tmp_path / "real") == {"bans", ".bans.lock"}


def test_edit_file_keeps_mode_and_owner(path: Path) -> None:
    path.chmod(0o664)
    if os.geteuid() == 0:
        os.chown(path, 4321, 8765)
    before = path.stat()

    edit_file(path, adding("A"))

    after = path.stat()
    assert stat.S_IMODE(after.st_mode) == 0o664
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


def test_edit_file_that_ends_in_mid_line_long_ago_gets_an_end(path: Path) -> None:
    path.write_bytes(b"X")
    os.utime(path, (1_700_000_000, 1_700_000_000))

    edit_file(path, adding("A"))

    assert path.read_bytes() == b"X\nA\n"


def test_edit_file_over_what_a_crash_left_ignores_it(path: Path) -> None:
    (path.parent / ".ban.txt.new").write_bytes(b"half a li")
    (path.parent / ".ban.txt.new").chmod(0o400)

    edit_file(path, adding("A"))

    assert path.read_bytes() == b"X\nA\n"
    assert names(path.parent) == {"ban.txt", ".ban.txt.lock"}


def test_edit_file_without_its_folder_says_so_and_may_be_tried_again(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=r"there is no folder .*/gone") as caught:
        edit_file(tmp_path / "gone" / "ban.txt", adding("A"))

    assert caught.value.permanent is False


def test_edit_file_that_is_too_large_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "server.log"
    with path.open("wb") as file:
        file.truncate(17 * 1024 * 1024)

    with pytest.raises(HostError, match="too large"):
        edit_file(path, adding("A"))
    assert path.stat().st_size == 17 * 1024 * 1024


def test_edit_file_while_the_lock_is_held_gives_up_in_time(path: Path) -> None:
    with (path.parent / ".ban.txt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(HostError, match="Somebody holds") as caught:
            edit_file(path, adding("A"), timeout=timedelta(milliseconds=100))

    assert caught.value.permanent is False
    assert path.read_bytes() == b"X\n"
    edit_file(path, adding("A"), timeout=timedelta(milliseconds=100))
    assert path.read_bytes() == b"X\nA\n"


def test_edit_file_changed_by_a_writer_without_lock_edits_the_new_bytes(path: Path) -> None:
    seen: list[bytes] = []

    def edit(content: bytes) -> bytes:
        seen.append(content)
        if len(seen) == 1:
            path.write_bytes(b"X\nFROM THE PANEL\n")
        return adding("A")(content)

    edit_file(path, edit)
    assert seen == [b"X\n", b"X\nFROM THE PANEL\n"]
    assert path.read_bytes() == b"X\nFROM THE PANEL\nA\n"


def test_edit_file_set_back_at_once_is_edited_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fsync, set_back = os.fsync, [b"X\nFROM THE PANEL\n"]

    def sync(descriptor: int) -> None:
        fsync(descriptor)
        if set_back and stat.S_ISDIR(os.fstat(descriptor).st_mode):  # the list is in place
            path.write_bytes(set_back.pop())

    monkeypatch.setattr(os, "fsync", sync)
    edit_file(path, adding("A"))
    assert path.read_bytes() == b"X\nFROM THE PANEL\nA\n"


def test_edit_file_that_never_rests_is_busy(path: Path) -> None:
    def edit(content: bytes) -> bytes:
        path.write_bytes(content + b"more\n")
        return content + b"A\n"

    with pytest.raises(HostError, match="changes faster"):
        edit_file(path, edit)
    assert b"A\n" not in path.read_bytes()


def test_edit_file_just_emptied_by_a_writer_waits_for_the_lines(path: Path) -> None:
    path.write_bytes(FOREIGN)
    emptied = threading.Event()

    def write_slowly() -> None:
        with path.open("wb") as file:
            emptied.set()
            time.sleep(0.2)
            file.write(FOREIGN)

    writer = threading.Thread(target=write_slowly)
    writer.start()
    emptied.wait()
    edit_file(path, adding("A"))
    writer.join()

    assert path.read_bytes() == FOREIGN + b"A\r\n"


@pytest.mark.parametrize("code", [errno.EBUSY, errno.EXDEV, errno.EPERM])
@pytest.mark.parametrize("last", ["A", "FOREIGN0499 // put here by hand"])
def test_edit_file_that_cannot_be_replaced_is_overwritten(
    path: Path, monkeypatch: pytest.MonkeyPatch, code: int, last: str
) -> None:
    path.write_bytes(FOREIGN + b"A\r\n")
    inode = path.stat().st_ino

    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "replace", refuse)
    edit = partial(banlist.fulfil, put=[banlist.Entry("B")], take=[banlist.Entry(last)])
    edit_file(path, edit)

    assert path.read_bytes() == edit(FOREIGN + b"A\r\n")
    assert path.stat().st_ino == inode
    assert names(path.parent) == {"ban.txt", ".ban.txt.lock"}


def test_edit_file_on_a_failing_disk_says_why(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(HostError, match=r"Cannot edit .*ban\.txt: No space left"):
        edit_file(path, adding("A"))
    assert path.read_bytes() == b"X\n"
    assert names(path.parent) == {"ban.txt", ".ban.txt.lock"}


def test_edit_file_whose_edit_fails_frees_the_lock(path: Path) -> None:
    with pytest.raises(ValueError, match="Not one line"):
        edit_file(path, adding(""))
    edit_file(path, adding("A"), timeout=timedelta())


def put_and_take_thirty(path: Path, who: str) -> None:
    for number in range(30):
        put, take = ([banlist.Entry(f"{who}-{n}")] for n in (number, number - 2))
        edit_file(path, partial(banlist.fulfil, put=put, take=take))


@pytest.mark.slow
def test_edit_file_by_four_processes_loses_nothing(path: Path) -> None:
    path.write_bytes(FOREIGN)
    workers = [PROCESSES.Process(target=put_and_take_thirty, args=(path, who)) for who in "ABCD"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert [worker.exitcode for worker in workers] == [0] * 4
    lines = path.read_bytes()
    assert lines.startswith(FOREIGN)
    ours = lines.removeprefix(FOREIGN).decode().split()
    assert sorted(ours) == sorted(f"{who}-{number}" for who in "ABCD" for number in (28, 29))


def edit_for_ever(path: Path, running: Event) -> None:
    edit_file(path, partial(banlist.fulfil, put=[banlist.Entry("0")], take=[]))
    running.set()
    for number in count():
        put, take = [banlist.Entry(f"{number + 1}")], [banlist.Entry(f"{number}")]
        edit_file(path, partial(banlist.fulfil, put=put, take=take))


@pytest.mark.slow
def test_edit_file_killed_at_any_moment_keeps_the_foreign_lines(path: Path) -> None:
    path.write_bytes(FOREIGN)
    reads = 0
    for delay in range(6):
        running = PROCESSES.Event()
        worker = PROCESSES.Process(target=edit_for_ever, args=(path, running))
        worker.start()
        assert running.wait(60)
        deadline = time.monotonic() + 0.02 + delay * 0.006
        while time.monotonic() < deadline:
            assert path.read_bytes().startswith(FOREIGN)
            reads += 1
        worker.kill()
        worker.join()
        assert worker.exitcode == -signal.SIGKILL
        assert path.read_bytes().startswith(FOREIGN)
    edit_file(path, lambda _: FOREIGN, timeout=timedelta(seconds=1))

    assert reads > 6
    assert path.read_bytes() == FOREIGN
    assert names(path.parent) == {"ban.txt", ".ban.txt.lock"}
