"""Telling a newer copy of the file from another system's file, whose numbers mean other things."""

from territory.legacy import database, rows
from territory.legacy.database import LegacyFile, Raw
from territory.legacy.trouble import RefusedError, UnreadableError
from territory.models import ImportedRow
from territory.services.moving.taking import Moving, known_rows, plain

_NAMES = {"name": "name", "x": "x", "z": "z", "since": "registered_at"}


def refuse_other_source(moving: Moving, file: LegacyFile) -> None:
    """Raise UnreadableError if more of the bases known by number are others than are the same.

    Taken for a newer copy, another system's file would move bases and give them to other people.
    """
    known = known_rows(moving.server, database.BASES)
    if not known or not file.has(database.BASES):
        return
    others = [_is_other(moving, raw, known[raw.key]) for raw in file.rows(database.BASES) if raw.key in known]
    if others.count(True) > others.count(False):
        raise UnreadableError("another_file")


def _is_other(moving: Moving, raw: Raw, row: ImportedRow) -> bool:
    """Tell whether nothing that a base is known by is as it was."""
    try:
        told = rows.base_of(raw, moving.now)
    except RefusedError:
        return False
    return all(plain(getattr(told, name)) != row.kept.get(column) for name, column in _NAMES.items())
