"""What waits for staff: cases, deliveries that failed, and how fresh the data are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from analytics.home.freshness import Freshness, freshness
from clans.models import User
from territory.models import BanDelivery, Infraction


@dataclass(frozen=True, slots=True)
class StaffHome:
    """What waits for staff at one moment."""

    waiting: int
    oldest_case_at: datetime | None
    stuck_deliveries: int
    fresh: Sequence[Freshness]


def staff_home(reader: User, now: datetime) -> StaffHome | None:
    """Read what this member of staff may see, in five queries; None for everybody else."""
    if not (reader.is_staff and reader.has_perm("territory.view_infraction")):
        return None
    cases = Infraction.objects.filter(status=Infraction.Status.REVIEW)
    oldest = cases.order_by("occurred_at").values_list("occurred_at", flat=True).first()
    return StaffHome(
        waiting=cases.count(),
        oldest_case_at=oldest,
        stuck_deliveries=BanDelivery.objects.stuck(now).count(),
        fresh=freshness(now),
    )
