"""Moving in from the old territory system: one pass over its file, which may be repeated with the same or a newer copy."""

from contextlib import nullcontext
from datetime import datetime

from django.db import transaction

from territory.legacy import database
from territory.legacy.database import LegacyFile, Raw
from territory.legacy.trouble import Reason, Trouble, UnreadableError
from territory.models import GameServer
from territory.services.moving.clans import CLANS, clan_rows
from territory.services.moving.history import take_history
from territory.services.moving.identities import follow_renamed
from territory.services.moving.kinds import IN_ORDER
from territory.services.moving.report import Report
from territory.services.moving.source import refuse_other_source
from territory.services.moving.taking import Moving, lock, no_whole_tables, take_table
from territory.services.moving.unlinked import note_unlinked

__all__ = ["Report", "move_in"]


def move_in(
    server: GameServer,
    file: LegacyFile,
    report: Report,
    *,
    now: datetime,
    dry_run: bool = False,
    is_newer_copy: bool = False,
) -> None:
    """Take over what the file holds and report what became of each row; in a dry run nothing stays.

    Raises UnreadableError, and then nothing was taken over, for a file that is damaged or seems to be of another system
    than the one moved in to this server before; not so if somebody says that it `is_newer_copy`.
    """
    moving = Moving(server, now, report)
    report.missing_tables = [table for table in database.TABLES if not file.has(table)]
    with transaction.atomic() if dry_run else nullcontext():
        # Together: a base without its permissions, even for a moment, would turn friends into intruders.
        with transaction.atomic(), no_whole_tables():
            lock(server)
            if file.has(database.IDENTITIES):
                follow_renamed(moving, file.rows(database.IDENTITIES))
            if not is_newer_copy:
                refuse_other_source(moving, file)
            _take_rights(moving, file)
        _take_history(moving, file)
        if dry_run:
            transaction.set_rollback(True)


def _take_rights(moving: Moving, file: LegacyFile) -> None:
    for kind in IN_ORDER:
        if kind is CLANS:
            take_table(moving, kind, clan_rows(moving, file))
        elif file.has(kind.table):
            take_table(moving, kind, file.rows(kind.table))
        else:
            moving.report.note(Raw(kind.table, "", {}), Trouble(Reason.TABLE_MISSING))
    note_unlinked(moving)


def _take_history(moving: Moving, file: LegacyFile) -> None:
    if not file.has(database.INFRACTIONS):
        return
    try:
        take_history(moving, file.rows(database.INFRACTIONS))
    except UnreadableError as error:
        whole = Raw(database.INFRACTIONS, "", {})
        moving.report.note(whole, Trouble(Reason.UNREADABLE, {"error": error.detail}))
