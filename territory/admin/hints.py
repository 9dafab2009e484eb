"""Hints about a game server's log sources and ban lists, as this process sees them: workers may run elsewhere."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from django.utils.html import format_html
from django.utils.translation import gettext as _

from territory.models import BanList, LogSource
from territory.models.paths import list_trouble, source_trouble


def folder_hint(source: LogSource) -> str:
    """Return in words whether the watched folder can be read, safe for HTML."""
    trouble = _folder_trouble(Path(source.address)) or source_trouble(source.kind, source.address)
    return _shown(trouble, _("The folder is there and can be read."), source.last_error)


def ban_list_hint(ban_list: BanList) -> str:
    """Return in words whether the ban list can be edited, safe for HTML."""
    trouble = _list_trouble(Path(ban_list.address)) or list_trouble(ban_list.kind, ban_list.address)
    return _shown(trouble, _("The ban list can be edited."), ban_list.last_error)


def api_hint(source: LogSource) -> str:
    """Return in words whether programs can send placements, safe for HTML."""
    if source.token_hash:
        return _("Whoever has the token can send placements.")
    return _("Nobody can send placements yet: create a token on the game server's set-up page.")


def remote_source_hint(source: LogSource) -> str:
    """Return in words how a log source on the network fares, safe for HTML."""
    trouble = source_trouble(source.kind, source.address) or _secret_trouble(source)
    return _shown_of_workers(trouble, source)


def remote_list_hint(ban_list: BanList) -> str:
    """Return in words how a ban list on the network fares, safe for HTML."""
    return _shown_of_workers(
        list_trouble(ban_list.kind, ban_list.address) or _secret_trouble(ban_list), ban_list
    )


def _secret_trouble(row: LogSource | BanList) -> str:
    return "" if row.secret else _("The password or token is missing.")


def _shown_of_workers(trouble: str, row: LogSource | BanList) -> str:
    if trouble:
        return format_html('<span class="warning">{}</span>', trouble)
    well = _("A worker reached it.") if row.last_read_at else _("No worker has reached it yet.")
    return _shown("", well, row.last_error)


_SOURCE_HINTS: Mapping[str, Callable[[LogSource], str]] = {
    LogSource.Kind.FOLDER: folder_hint,
    LogSource.Kind.API: api_hint,
    LogSource.Kind.FTP: remote_source_hint,
    LogSource.Kind.NITRADO: remote_source_hint,
}
_LIST_HINTS: Mapping[str, Callable[[BanList], str]] = {
    BanList.Kind.FILE: ban_list_hint,
    BanList.Kind.FTP: remote_list_hint,
    BanList.Kind.NITRADO: remote_list_hint,
    BanList.Kind.BATTLEYE: remote_list_hint,
}


def host_hint(row: LogSource | BanList) -> str:
    """Return in words how a log source or a ban list fares, a dash for one that is not stored yet."""
    if row._state.adding:
        return "-"
    return _SOURCE_HINTS[row.kind](row) if isinstance(row, LogSource) else _LIST_HINTS[row.kind](row)


def _folder_trouble(folder: Path) -> str:
    try:
        if not folder.exists():
            return _("There is no such folder.")
        if not folder.is_dir():
            return _("This is a file, not a folder.")
    except (OSError, ValueError):
        return _("The path cannot be looked at from here.")
    if not os.access(folder, os.R_OK | os.X_OK):
        return _("The folder cannot be read from here.")
    return ""


def _list_trouble(path: Path) -> str:
    """Return why the list cannot be edited, or nothing; an edit replaces it by a new file beside it."""
    try:
        folder = path.resolve().parent
        if not folder.is_dir():
            return _("There is no folder for this file.")
        if path.exists() and not path.is_file():
            return _("This is no file.")
    except (OSError, RuntimeError, ValueError):
        return _("The path cannot be looked at from here.")
    if path.exists() and not os.access(path, os.R_OK):
        return _("The file cannot be read from here.")
    if not os.access(folder, os.W_OK | os.X_OK):
        return _("Nothing can be written into the file's folder from here.")
    return "" if path.exists() else _("There is no such file yet. The first ban makes it.")


def _shown(trouble: str, well: str, workers_error: str) -> str:
    if workers_error:
        text = _("A worker met an error: %(error)s") % {"error": workers_error}
        return format_html('<span class="warning">{}</span>', text)
    if not trouble:
        return well
    note = _("This is what the site's own process sees; workers may run elsewhere.")
    return format_html('<span class="warning">{}</span> {}', trouble, note)
