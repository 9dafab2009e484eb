"""The records of a sync: how each section went, and which trouble ended it."""

from datetime import datetime
from typing import Any, Final

from tanks.models import Section, SyncedClan, SyncStatus, SyncTrouble
from tanks.wargaming.errors import (
    ApiRefusedError,
    BadAnswerError,
    CircuitOpenError,
    NotConfiguredError,
    RateLimitedError,
    WargamingError,
)

# The answer was a good one; what it says is the trouble.
ANSWERED: Final = frozenset({SyncTrouble.NONE, SyncTrouble.HELD_BACK, SyncTrouble.DISBANDED})
_LONGEST_ERROR: Final = 1000


def trouble_of(error: WargamingError) -> SyncTrouble:
    """Name what went wrong."""
    kinds = (
        (NotConfiguredError, SyncTrouble.NOT_CONFIGURED),
        (CircuitOpenError, SyncTrouble.SUSPENDED),
        (RateLimitedError, SyncTrouble.RATE_LIMITED),
        (BadAnswerError, SyncTrouble.UNREADABLE),
        (ApiRefusedError, SyncTrouble.REFUSED),
    )
    return next((trouble for kind, trouble in kinds if isinstance(error, kind)), SyncTrouble.UNAVAILABLE)


def stops_all(error: WargamingError) -> bool:
    """Return whether all other requests would end the same way: we are refused, or the breaker holds the source for dead."""
    return isinstance(error, NotConfiguredError | CircuitOpenError)


def record(
    clan: SyncedClan,
    section: Section,
    *,
    at: datetime,
    rows: int,
    trouble: SyncTrouble = SyncTrouble.NONE,
    error: str = "",
    unreadable: int = 0,
) -> None:
    """Write down how a section went, with what it changed and how many parts of the answers could not be read."""
    values: dict[str, Any] = {
        "trouble": trouble.value,
        "next_due_at": clan.sync_due_at,
        "unreadable": unreadable,
    }
    if trouble in ANSWERED:
        values["last_success_at"] = at
    if trouble:
        values["last_error_at"] = at
    if trouble or error:
        values["last_error"] = error[:_LONGEST_ERROR]
    if rows:
        values["last_change_at"] = at
    SyncStatus.objects.update_or_create(clan=clan, section=section, defaults=values)
