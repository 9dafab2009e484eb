"""Telling a newer copy of the file from another system's file, whose numbers mean other things."""

from dataclasses import dataclass

from territory.legacy import database
from territory.legacy.database import LegacyFile
from territory.legacy.trouble import RefusedError, UnreadableError
from territory.services.moving.kinds import IN_ORDER
from territory.services.moving.sameness import COMPARED, holders, is_other
from territory.services.moving.taking import Kind, Moving, known_rows


@dataclass(frozen=True, slots=True)
class _Tally:
    """Of a table: how many rows were known before, how many of them the file has, as they were or as others, and its rows."""

    known: int = 0
    same: int = 0
    others: int = 0
    rows: int = 0


def refuse_other_source(moving: Moving, file: LegacyFile) -> None:
    """Raise UnreadableError if the file does not look like a newer copy of the one moved in before.

    Taken for one, another system's file would give bases, gamertags and memberships to other people. It looks like one
    if of all rows known before at least half are in it as they were, and of the bases at least one, and no fewer than
    have become others.
    """
    tallies = {kind.table: _tally(moving, file, kind) for kind in IN_ORDER if kind.table in COMPARED}
    bases, every = tallies[database.BASES], tallies.values()
    are_bases_others = bases.known and bases.rows and (not bases.same or bases.others > bases.same)
    are_most_gone = 2 * sum(one.same for one in every) < sum(one.known for one in every)
    if are_bases_others or are_most_gone:
        raise UnreadableError("another_file")


def _tally(moving: Moving, file: LegacyFile, kind: Kind) -> _Tally:
    """Count; a table that the file does not have says nothing."""
    known = known_rows(moving.server, kind.table)
    if not known or not file.has(kind.table):
        return _Tally()
    discord_ids = holders(row.kept for row in known.values())
    same = others = rows = 0
    for raw in file.rows(kind.table):
        rows += 1
        if raw.key not in known:
            continue
        try:
            told = kind.read(raw, moving.now)
        except RefusedError:
            same += 1  # spoilt, but not another's
            continue
        is_same = not is_other(kind.table, told, known[raw.key].kept, discord_ids)
        same, others = same + is_same, others + (not is_same)
    return _Tally(len(known), same, others, rows)
