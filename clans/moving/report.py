"""What came of the rows of the old database: counts, and each row that could not be taken, as it happens."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from clans.moving.reasons import Reason
from clans.moving.source import Row

# Neither a password's hash nor a whole answer of the API belongs into a report.
_SHOWN: Final = frozenset(
    {
        "account_id",
        "battles",
        "last_updated",
        "mark_of_mastery",
        "nickname",
        "role",
        "tank_id",
        "tank_name",
        "username",
        "wins",
    }
)
_LONGEST_SHOWN: Final = 100


@dataclass(slots=True)
class Counts:
    """Rows of one old table; found = taken + unchanged + refused."""

    found: int = 0
    taken: int = 0
    unchanged: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that was not taken (`is_refused`), or was taken without something."""

    table: str
    key: str
    reason: Reason
    is_refused: bool
    row: dict[str, str | None]


@dataclass(slots=True)
class Report:
    """Counts by old table and by kind of row written here; entries go to `tell` one by one and are not kept."""

    tell: Callable[[Entry], None]
    tables: dict[str, Counts] = field(default_factory=dict)
    written: Counter[str] = field(default_factory=Counter)
    reasons: Counter[Reason] = field(default_factory=Counter)
    # Tables that are not there, or lack a column without which they tell nothing.
    left_out: list[str] = field(default_factory=list)

    def refuse(self, table: str, row: Row, reason: Reason) -> None:
        self.tables[table].refused += 1
        self._enter(table, row, reason, is_refused=True)

    def settle(self, table: str, row: Row, *, was_written: bool, notes: Iterable[Reason] = ()) -> None:
        """Count a row that was understood, and say what it was taken without."""
        counts = self.tables[table]
        counts.taken += was_written
        counts.unchanged += not was_written
        for reason in notes:
            self._enter(table, row, reason, is_refused=False)

    def _enter(self, table: str, row: Row, reason: Reason, *, is_refused: bool) -> None:
        self.reasons[reason] += 1
        shown = {name: shown_value(value) for name, value in row.items() if name in _SHOWN}
        self.tell(Entry(table, _key(table, shown), reason, is_refused, shown))


def shown_value(value: Any) -> str | None:
    """Return a value as a terminal may show it: short, and without characters that steer."""
    if value is None:
        return None
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    shown = "".join(
        sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text[:_LONGEST_SHOWN]
    )
    return f"{shown}…" if len(text) > _LONGEST_SHOWN else shown


def _key(table: str, shown: dict[str, str | None]) -> str:
    names = {"user": ("username",), "player": ("account_id",), "garagetank": ("account_id", "tank_id")}
    return " · ".join(shown.get(name) or "?" for name in names[table])
