"""What was taken over and what was not, row by row, in little memory however many rows there are."""

import json
from collections import Counter
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import Any, Self

from territory.legacy.database import TABLES, Raw
from territory.legacy.trouble import Trouble
from territory.services.moving.words import in_words
from territory.wording import shown

_IN_MEMORY_BYTES = 1_000_000
COUNTED = ("found", "taken", "unchanged", "refused")

Entry = dict[str, Any]


class Entries:
    """Entries on disk once there are many."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - closed with the report

    def add(self, entry: Entry) -> None:
        """Keep an entry."""
        self._file.write(json.dumps(entry).encode() + b"\n")

    def __iter__(self) -> Iterator[Entry]:
        self._file.seek(0)
        for line in self._file:
            yield json.loads(line)
        self._file.seek(0, 2)

    def close(self) -> None:
        """Give the memory or the file back."""
        self._file.close()


class Report:
    """Counts by table, the rows that were refused, and what is to be said about others, until the block's end.

    An entry has table, key, reason (a code), words (in the language that was active) and row (what the file says).
    """

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {table: Counter() for table in TABLES}
        self.missing_tables: list[str] = []
        self.refused = Entries()
        self.noted = Entries()

    def count(self, table: str, what: str, number: int = 1) -> None:
        """Count rows; `what` is one of COUNTED."""
        self.counts[table][what] += number

    def refuse(self, raw: Raw, trouble: Trouble) -> None:
        """Tell that a row was not taken over."""
        self.count(raw.table, "refused")
        self.refused.add(_entry(raw, trouble))

    def note(self, raw: Raw, trouble: Trouble) -> None:
        """Tell something about a row that was taken over, or that was here."""
        self.noted.add(_entry(raw, trouble))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.refused.close()
        self.noted.close()


def _entry(raw: Raw, trouble: Trouble) -> Entry:
    return {
        "table": raw.table,
        "key": raw.key,
        "reason": trouble.reason.value,
        "words": in_words(trouble),
        "row": {column: _plain(value) for column, value in raw.values.items()},
    }


def _plain(value: object) -> object:
    """Return a value of the file as JSON holds it; long ones are cut."""
    if isinstance(value, bytes):
        return f"0x{value[:40].hex()}"
    if isinstance(value, float) and not -1e308 < value < 1e308:
        return str(value)
    return shown(value) if isinstance(value, str) else value
