"""What waits for staff: cases, deliveries that failed, and how fresh the data are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from analytics.home.freshness import Freshness, freshness
from clans.models import User
from justice.access import sees_cases
from justice.queue import oldest_at, waiting_count
from territory.models import BanDelivery


@dataclass(frozen=True, slots=True)
class StaffHome:
    """What waits for staff at one moment."""

    waiting: int
    oldest_case_at: datetime | None
    stuck_deliveries: int
    fresh: Sequence[Freshness]


def staff_home(reader: User, now: datetime) -> StaffHome | None:
    """Read what this member of staff may see, in a fixed number of queries; None for everybody else."""
    if not sees_cases(reader):
        return None
    return StaffHome(
        waiting=waiting_count(reader, now),
        oldest_case_at=oldest_at(reader, now),
        stuck_deliveries=BanDelivery.objects.stuck(now).count(),
        fresh=freshness(now),
    )
