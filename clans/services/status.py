"""What is written down of a sync: how its sections went, and how it ended."""

from datetime import datetime
from typing import Any, Final

from clans.models import Clan, Section, SyncStatus, Trouble
from clans.wargaming.errors import (
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
    """Tell whether further requests of this sync would end the same way: the source is down, or we are refused."""
    return not isinstance(error, ApiRefused | BadAnswer)


def record(
    clan: Clan, section: Section, *, at: datetime, rows: int, trouble: Trouble = Trouble.NONE, error: str = ""
) -> None:
    """Write down how a section went, with what it changed."""
    values: dict[str, Any] = {"trouble": trouble.value, "next_due_at": clan.sync_due_at}
    if trouble in TOLD:
        values["last_success_at"] = at
    if trouble:
        values |= {"last_error_at": at, "last_error": error[:_LONGEST_ERROR]}
    if rows:
        values["last_change_at"] = at
    SyncStatus.objects.update_or_create(clan=clan, section=section, defaults=values)
