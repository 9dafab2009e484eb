"""What is written down of a sync: how its sections went, and how it ended."""

from datetime import datetime
from typing import Any, Final

from tanks.models import Section, SyncedClan, SyncStatus, Trouble
from tanks.wargaming.errors import (
    ApiRefused,
    BadAnswer,
    CircuitOpen,
    NotConfigured,
    RateLimited,
    WargamingError,
)

# The answer was a good one; what it says is the trouble.
TOLD: Final = frozenset({Trouble.NONE, Trouble.HELD_BACK, Trouble.DISBANDED})
_LONGEST_ERROR: Final = 1000


def trouble_of(error: WargamingError) -> Trouble:
    """Name what went wrong."""
    kinds = (
        (NotConfigured, Trouble.NOT_CONFIGURED),
        (CircuitOpen, Trouble.SUSPENDED),
        (RateLimited, Trouble.RATE_LIMITED),
        (BadAnswer, Trouble.UNREADABLE),
        (ApiRefused, Trouble.REFUSED),
    )
    return next((trouble for kind, trouble in kinds if isinstance(error, kind)), Trouble.UNAVAILABLE)


def stops_all(error: WargamingError) -> bool:
    """Tell whether all other requests would end the same way: we are refused, or the breaker holds the source for dead."""
    return isinstance(error, NotConfigured | CircuitOpen)


def record(
    clan: SyncedClan,
    section: Section,
    *,
    at: datetime,
    rows: int,
    trouble: Trouble = Trouble.NONE,
    error: str = "",
    unreadable: int = 0,
) -> None:
    """Write down how a section went, with what it changed and how many parts of the answers could not be read."""
    values: dict[str, Any] = {
        "trouble": trouble.value,
        "next_due_at": clan.sync_due_at,
        "unreadable": unreadable,
    }
    if trouble in TOLD:
        values["last_success_at"] = at
    if trouble:
        values["last_error_at"] = at
    if trouble or error:
        values["last_error"] = error[:_LONGEST_ERROR]
    if rows:
        values["last_change_at"] = at
    SyncStatus.objects.update_or_create(clan=clan, section=section, defaults=values)
