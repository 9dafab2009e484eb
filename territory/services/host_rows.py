"""How the row of a log source or a ban list fares: its host's last error, and since when the host refuses the secret."""

from datetime import datetime

from celery.exceptions import SoftTimeLimitExceeded

from territory.models.host import HostRow
from territory.reach import HostError

_LONGEST_ERROR = 1_000


def error_in_words(error: Exception) -> str:
    """Return an error as staff read it in a row."""
    if isinstance(error, SoftTimeLimitExceeded):
        return "The host did not answer in time"
    return (str(error) or type(error).__name__)[:_LONGEST_ERROR]


def values_after(row: HostRow, error: Exception | None, now: datetime) -> dict[str, object]:
    """Return the columns of a row after its host answered, or failed; the first of several refusals counts."""
    is_refused = isinstance(error, HostError) and error.is_refused
    return {
        "last_error": error_in_words(error) if error else "",
        "refused_at": (row.refused_at or now) if is_refused else None,
    }
