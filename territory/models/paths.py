"""Errors of a typed path, in words. Files are opened by the same rule (territory.files)."""

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.utils.translation import gettext as _

from territory import files
from territory.hosts import banlist, file
from territory.reach import HostError
from territory.reach.ftp import FtpAddress


def folder_trouble(text: str) -> str:
    """Return why a folder of logs cannot be watched, or an empty text."""
    if not Path(text).is_absolute():
        return _("Write the whole path of the folder, from the root of this machine.")
    return _place_trouble(Path(text))


def ban_list_trouble(text: str) -> str:
    """Return why a file cannot be a ban list, or an empty text. Deliveries must never edit any other file."""
    if not text:
        return ""
    path = Path(text)
    if not path.is_absolute() or not text.endswith(".txt"):
        return _("Write the whole path of the file, from the root of this machine; it ends in .txt.")
    return _place_trouble(path) or _battleye_trouble(path)


def ftp_trouble(text: str) -> str:
    """Return why a text is no address on an FTP server, or an empty text."""
    try:
        FtpAddress.parse(text)
    except HostError:
        return _(
            "Write an address like ftp://user@host:port/path, with ftps:// if nothing may go in the clear."
        )
    return ""


def ftp_list_trouble(text: str) -> str:
    """Return why a file on an FTP server cannot be a ban list, or an empty text."""
    if words := ftp_trouble(text):
        return words
    address = FtpAddress.parse(text)
    if f".{address.host}".endswith(_HOSTS_OF_NITRADO):
        return _(
            "A running server at Nitrado sets an uploaded ban list back within seconds. Choose Nitrado's settings instead, with "
            "the number of the service and a token."
        )
    path = PurePosixPath(address.path)
    if path.suffix != ".txt":
        return _("Name the file itself: the path ends in .txt.")
    return _of_battleye() if path.parent.name.lower() == "battleye" else ""


def nitrado_trouble(text: str) -> str:
    """Return why a text names no service of Nitrado, or an empty text."""
    number, _slash, folder = text.partition("/")
    if number.isdecimal() and number.isascii() and folder.isprintable():
        return ""
    return _("Write the number of the service, which stands in the address of its page at Nitrado.")


_HOSTS_OF_NITRADO = (".nitrado.net", ".nitrado.com", ".nitrado.cloud", ".gamedata.io")
_SOURCES: Mapping[str, Callable[[str], str]] = {
    "folder": folder_trouble,
    "ftp": ftp_trouble,
    "nitrado": nitrado_trouble,
}
_LISTS: Mapping[str, Callable[[str], str]] = {
    "file": ban_list_trouble,
    "ftp": ftp_list_trouble,
    "nitrado": nitrado_trouble,
}


def source_trouble(kind: str, text: str) -> str:
    """Return the error of the address of a log source of this kind, or an empty text."""
    return _SOURCES[kind](text) if kind in _SOURCES else ""


def list_trouble(kind: str, text: str) -> str:
    """Return the error of the address of a ban list of this kind, or an empty text."""
    return _LISTS[kind](text) if kind in _LISTS else ""


def _place_trouble(path: Path) -> str:
    try:
        files.real_path(path, settings.GAME_FILES_ROOTS)
    except (HostError, OSError):
        return _(
            "Only folders that the setting GAME_FILES_ROOTS names, and what lies below them, may be used."
        )
    return ""


def _battleye_trouble(path: Path) -> str:
    is_battleye = path.parent.name.lower() == "battleye"
    # Other errors may be this machine's only; the delivery shows them.
    with contextlib.suppress(HostError):
        is_battleye |= banlist.is_of_battleye(file.read_file(path, roots=settings.GAME_FILES_ROOTS))
    return _of_battleye() if is_battleye else ""


def _of_battleye() -> str:
    return _(
        "This is BattlEye's list (GUID, minutes, reason). Name the game's own ban.txt, which lies in the server's main "
        "folder: one player id on each line."
    )
