"""What waits for staff: cases, deliveries that failed, and how fresh the data are."""

from datetime import datetime
from typing import Any

from analytics.home.freshness import freshness
from clans.models import User
from justice.access import sees_cases
from justice.queue import oldest_at, waiting_count
from territory.models import BanDelivery


def staff_home(reader: User, now: datetime) -> dict[str, Any] | None:
    """Return what this member of staff may see, as the page names it, in a fixed number of queries; None for everybody else."""
    if not sees_cases(reader):
        return None
    return {
        "waiting": waiting_count(reader, now),
        "oldest_case_at": oldest_at(reader, now),
        "stuck_deliveries": BanDelivery.objects.stuck(now).count(),
        "fresh": freshness(now),
    }
