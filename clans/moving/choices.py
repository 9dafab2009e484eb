"""What an old vehicle of a player changes in what is stored; pure.

A sync's word is never replaced by an older one. Figures only grow: an old row that says more than a later day is wrong.
"""

from dataclasses import dataclass
from datetime import date, datetime

from clans.moving.reasons import Reason
from clans.moving.rows import Figures, OldTank, Refused


@dataclass(frozen=True, slots=True)
class Stored:
    """A player's vehicle as it is stored; `read_at` is when a sync last read the player's vehicles."""

    pk: int
    figures: Figures
    first_seen: datetime
    last_changed: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class History:
    """The snapshots around the old row's day: the newest up to it, and the first after it."""

    day: date | None = None
    taken_at: datetime | None = None
    before: Figures | None = None
    after: Figures | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What to write: a new row, newer figures, an earlier first day, a snapshot (one across which a counter fell)."""

    insert: bool = False
    update: bool = False
    was_seen_earlier: bool = False
    snapshot: bool = False
    is_reset: bool = False

    @property
    def writes(self) -> bool:
        return self.insert or self.update or self.was_seen_earlier or self.snapshot


def choose(old: OldTank, stored: Stored | None, history: History, day: date | None) -> Choice:
    """Choose what to write; raise Refused if what is stored shows the row to be wrong. `day` is that of its time."""
    if old.figures and history.after and _exceeds(old.figures, history.after):
        raise Refused(Reason.CONTRADICTED)
    writes_snapshot = _is_new_to(history, old, day)
    return Choice(
        insert=stored is None,
        update=stored is not None and _is_newer(old, stored),
        was_seen_earlier=stored is not None and old.at is not None and old.at < stored.first_seen,
        snapshot=writes_snapshot,
        is_reset=bool(
            writes_snapshot and old.figures and history.before and _exceeds(history.before, old.figures)
        ),
    )


def _exceeds(figures: Figures, later: Figures) -> bool:
    return any(one > other for one, other in zip(figures, later, strict=True))


def _is_newer(old: OldTank, stored: Stored) -> bool:
    if old.figures in (None, stored.figures) or old.at is None:
        return False
    return old.at > max(stored.last_changed, stored.read_at or stored.last_changed)


def _is_new_to(history: History, old: OldTank, day: date | None) -> bool:
    """Tell whether the history lacks this state: a first one, or one that differs from what stood on that day."""
    if old.figures is None or old.at is None:
        return False
    if history.before is None or history.taken_at is None:
        return True
    if history.day == day and history.taken_at >= old.at:
        return False
    return history.before != old.figures
