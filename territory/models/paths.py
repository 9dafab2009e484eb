"""Errors of a typed path, in words. Files are opened by the same rule (territory.files)."""

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from territory import files
from territory.hosts import banlist, file
from territory.reach import HostError


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


_TROUBLE: Mapping[str, Callable[[str], str]] = {"folder": folder_trouble, "file": ban_list_trouble}


def address_trouble(kind: str, text: str) -> str:
    """Return the error of an address of this kind, or an empty text."""
    return _TROUBLE[kind](text) if kind in _TROUBLE else ""


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
    if not is_battleye:
        return ""
    return _(
        "This is BattlEye's list (GUID, minutes, reason). Name the game's own ban.txt, which lies in the server's main "
        "folder: one player id on each line."
    )
