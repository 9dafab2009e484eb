"""What became of each row of an old database: taken over, unchanged, or refused with its reason."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.core.management.base import OutputWrapper
from django.utils.translation import gettext as _

from moving.reasons import Remark
from moving.source import OldRow
from territory.wording import shown

_COUNTED: Final = ("taken", "unchanged", "refused")
# What people know a row by, beside its key.
_NAMES: Final = ("name", "gamertag", "discord_id", "owner_id", "base_id", "clan_id", "nickname", "tank_name")
_HIDDEN: Final = "password_hash"

Entry = dict[str, Any]


class Report:
    """Counts by table, the rows that were refused, and the remarks on other rows.

    An entry has table, key, reason (a code), words (in the language that was active) and row (what the old system says).
    """

    def __init__(self, tables: Iterable[str]) -> None:
        self.counts: dict[str, Counter[str]] = {table: Counter() for table in tables}
        self.missing_tables: list[str] = []
        self.refused: list[Entry] = []
        self.noted: list[Entry] = []

    def refuse(self, raw: OldRow, remark: Remark) -> None:
        """Report a row that was not taken over."""
        self.counts[raw.table]["refused"] += 1
        self.refused.append(_entry(raw, remark))

    def settle(self, raw: OldRow, notes: Iterable[Remark] = (), *, is_taken: bool) -> None:
        """Count a row that was taken over or is unchanged, and report the remarks on it."""
        self.counts[raw.table]["taken" if is_taken else "unchanged"] += 1
        for remark in notes:
            self.note(raw, remark)

    def note(self, raw: OldRow, remark: Remark) -> None:
        """Report a remark on a row that was taken over."""
        self.noted.append(_entry(raw, remark))

    def print(self, out: OutputWrapper, *, as_json: bool, is_dry_run: bool, **about: object) -> None:
        """Print everything, as one JSON object or in words; `about` goes into the object only."""
        counts = {
            table: {"found": counted.total(), **{name: counted[name] for name in _COUNTED}}
            for table, counted in self.counts.items()
        }
        if as_json:
            head = {"dry_run": is_dry_run, **about, "missing_tables": self.missing_tables, "tables": counts}
            out.write(json.dumps(head | {"refused": self.refused, "noted": self.noted}))
            return
        if is_dry_run:
            out.write(_("This is what would be done; nothing was stored."))
        line = _(
            "%(table)s: %(found)d found, %(taken)d taken over, %(unchanged)d unchanged, %(refused)d refused"
        )
        missing = _("%(table)s: missing, or without the columns it should have")
        for table, numbers in counts.items():
            out.write((missing if table in self.missing_tables else line) % {"table": table, **numbers})
        not_taken = _(
            "Not taken over. A base protects nobody then, and a right lets nobody build: correct it in the old system "
            "and run this again, or enter it in the admin."
        )
        _print_list(out, not_taken, self.refused)
        _print_list(out, _("To be looked at:"), self.noted)


def _print_list(out: OutputWrapper, heading: str, entries: Sequence[Entry]) -> None:
    if entries:
        out.write(f"\n{heading}")
    for entry in entries:
        names = ", ".join(f"{column}={entry['row'][column]}" for column in _NAMES if entry["row"].get(column))
        title = f"{entry['table']} {entry['key']}".rstrip() + (f" ({names})" if names else "")
        out.write(f"  {title}: {entry['words']}")


def _entry(raw: OldRow, remark: Remark) -> Entry:
    row = {column: value and shown(value) for column, value in raw.values.items() if column != _HIDDEN}
    about = {"table": raw.table, "key": shown(raw.key), "reason": remark.reason.value}
    return {**about, "words": remark.words, "row": row}
