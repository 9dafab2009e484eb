"""Ban lists, lock files and logs in whose place something else lies, and paths that lead out of the allowed folders."""

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from territory import files
from territory.hosts import banlist
from territory.hosts.file import edit_file, read_file
from territory.reach import HostError

ADDING = partial(banlist.fulfil, put=[banlist.Entry("A")], take=[])


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server, contextlib.chdir(path.parent):
        server.bind(path.name)  # an address of a socket has room for 107 letters


ODD: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,
    "socket": make_socket,
    "directory": Path.mkdir,
    "link to itself": lambda path: path.symlink_to(path),
}


@pytest.fixture(params=ODD, ids=lambda name: str(name).replace(" ", "-"))
def odd(request: pytest.FixtureRequest) -> Callable[[Path], object]:
    return ODD[request.param]


@pytest.fixture(autouse=True)
def at_once() -> object:
    """End the whole run rather than hang for ever."""
    timer = threading.Timer(20, os._exit, [99])
    timer.start()
    yield
    timer.cancel()


@pytest.mark.parametrize("name", ["ban.txt", ".ban.txt.lock"])
def test_something_else_in_the_place_of_list_or_lock_is_an_error_at_once(
    tmp_path: Path, odd: Callable[[Path], object], name: str
) -> None:
    odd(tmp_path / name)

    with pytest.raises(HostError, match=r"is not a file|leads nowhere") as caught:
        edit_file(tmp_path / "ban.txt", ADDING)

    assert caught.value.permanent is True


def test_something_else_is_not_read_either(tmp_path: Path, odd: Callable[[Path], object]) -> None:
    odd(tmp_path / "ban.txt")

    with pytest.raises(HostError):
        read_file(tmp_path / "ban.txt")
    with pytest.raises(HostError):
        files.open_regular(tmp_path / "ban.txt")


def test_device_is_no_file() -> None:
    with pytest.raises(HostError, match="is not a file but a device"):
        files.open_regular(Path("/dev/null"))


def test_pipe_swapped_in_between_two_reads_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "ban.txt"
    path.write_bytes(b"X\n")

    def swap(content: bytes) -> bytes:
        path.unlink()
        os.mkfifo(path)
        return ADDING(content)

    with pytest.raises(HostError, match="is not a file but a pipe"):
        edit_file(path, swap)


def test_link_to_nothing_makes_its_target_as_before(tmp_path: Path) -> None:
    (tmp_path / "ban.txt").symlink_to(tmp_path / "real.txt")

    edit_file(tmp_path / "ban.txt", ADDING)

    assert (tmp_path / "real.txt").read_bytes() == b"A\n"


@pytest.fixture
def allowed(tmp_path: Path) -> Path:
    """A folder that is allowed, beside one that is not; links lead from the one into the other."""
    for name in ("allowed", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "real.txt").write_bytes(b"X\n")
    (tmp_path / "allowed" / "inside.txt").symlink_to("real.txt")
    (tmp_path / "allowed" / "out.txt").symlink_to(tmp_path / "other" / "real.txt")
    (tmp_path / "allowed" / "folder").symlink_to(tmp_path / "other")
    (tmp_path / "door").symlink_to(tmp_path / "allowed")
    return tmp_path / "allowed"


@pytest.mark.parametrize("path", ["real.txt", "new.txt", "inside.txt", "../door/real.txt"])
def test_path_below_an_allowed_folder_is_used(allowed: Path, path: str) -> None:
    inside = Path(os.path.normpath(allowed / path))
    edit_file(inside, ADDING, roots=[allowed])
    # The setting may name a link too.
    assert read_file(inside, roots=[allowed.parent / "door"]).endswith(b"A\n")


@pytest.mark.parametrize(
    "path",
    [
        "../other/real.txt",
        "folder/../real.txt",
        "out.txt",
        "folder/real.txt",
        "../allowed2.txt",
        "/etc/x.txt",
    ],
)
def test_path_that_leads_out_of_the_allowed_folders_is_not_used(allowed: Path, path: str) -> None:
    for use in (partial(edit_file, edit=ADDING), read_file):
        with pytest.raises(HostError, match="GAME_FILES_ROOTS") as caught:
            use(allowed / path, roots=[allowed])
        assert caught.value.permanent is True
    assert (allowed.parent / "other" / "real.txt").read_bytes() == b"X\n"


@pytest.mark.parametrize("path", ["/a\0b.txt", "/\ud800.txt"], ids=["nul", "surrogate"])
def test_path_that_no_file_can_have_is_an_error(path: str) -> None:
    with pytest.raises(HostError):
        read_file(Path(path))


def test_nothing_is_allowed_without_folders(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="GAME_FILES_ROOTS"):
        read_file(tmp_path / "ban.txt", roots=[])
