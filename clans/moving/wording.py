"""The report on moving in, in words and as JSON."""

import json
from collections.abc import Iterator
from typing import IO, Any

from django.utils.translation import gettext as _

from clans.moving.players import Destination
from clans.moving.report import Entry, Report

# How an entry is marked in the file that keeps them until the counts are known.
_REFUSED, _INCOMPLETE = "-", "+"
_KINDS = ("people", "memberships", "links", "players", "vehicles", "tanks", "snapshots")


def line(entry: Entry) -> str:
    """Return one line on a row that was not taken, or not whole."""
    values = {"table": entry.table, "key": entry.key, "words": entry.reason.label}
    if entry.is_refused:
        return _("%(table)s %(key)s: not taken. %(words)s") % values
    return _("%(table)s %(key)s: taken. %(words)s") % values


def summary(report: Report, to: Destination, *, is_dry: bool) -> str:
    """Return the counts, a line for each old table and one for each kind of row here."""
    lines = [
        _("%(table)s: %(found)d rows found, %(taken)d taken, %(unchanged)d unchanged, %(refused)d not taken.")
        % {
            "table": table,
            "found": counts.found,
            "taken": counts.taken,
            "unchanged": counts.unchanged,
            "refused": counts.refused,
        }
        for table, counts in report.tables.items()
    ]
    lines += [
        _("%(table)s: left out, for it is missing or has not the columns it should have.") % {"table": table}
        for table in report.left_out
    ]
    lines.append(
        _(
            "Realm %(realm)s, clan %(clan)s: %(people)d people, %(memberships)d memberships and %(links)d linked "
            "accounts; %(players)d players, %(vehicles)d vehicles, %(tanks)d vehicles of players and %(snapshots)d days "
            "of history written."
        )
        % {"realm": to.realm, "clan": to.clan or "-", **_written(report)}
    )
    if is_dry:
        lines.append(_("This was a trial: nothing of it was kept."))
    return "\n".join(lines)


def keep(entry: Entry, file: IO[str]) -> None:
    """Write an entry to a file, from which `json_of` takes it."""
    content = {
        "table": entry.table,
        "key": entry.key,
        "reason": entry.reason.value,
        "words": str(entry.reason.label),
        "row": entry.row,
    }
    file.write(
        (_REFUSED if entry.is_refused else _INCOMPLETE) + json.dumps(content, ensure_ascii=False) + "\n"
    )


def json_of(report: Report, to: Destination, entries: IO[str], *, is_dry: bool) -> Iterator[str]:
    """Return the pieces of one JSON object, so that the entries need not be held at once."""
    content: dict[str, Any] = {
        "dry_run": is_dry,
        "realm": to.realm.name,
        "clan": to.clan and to.clan.wargaming_id,
        "tables": {
            table: {
                "found": counts.found,
                "taken": counts.taken,
                "unchanged": counts.unchanged,
                "refused": counts.refused,
            }
            for table, counts in report.tables.items()
        },
        "left_out": report.left_out,
        "written": _written(report),
        "reasons": {reason.value: count for reason, count in sorted(report.reasons.items())},
    }
    yield json.dumps(content, ensure_ascii=False).removesuffix("}")
    for name, mark in {"refused": _REFUSED, "incomplete": _INCOMPLETE}.items():
        yield f', "{name}": ['
        yield from _listed(entries, mark)
        yield "]"
    yield "}"


def _written(report: Report) -> dict[str, int]:
    return {kind: report.written[kind] for kind in _KINDS}


def _listed(entries: IO[str], mark: str) -> Iterator[str]:
    entries.seek(0)
    separator = ""
    for entry in entries:
        if entry.startswith(mark):
            yield separator + entry[1:].rstrip("\n")
            separator = ", "
