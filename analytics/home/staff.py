"""What waits for staff: cases, deliveries that failed, and how fresh each log and each clan's data are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from clans.models import User
from face.parts import Kind, Text
from tanks.models import Section, SyncStatus
from territory.models import BanDelivery, Infraction, LogSource

# A log that nobody writes for so long is worth a look; a host publishes it every few minutes.
QUIET = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh one source of data is: `at` is the newest news, None if there never was any."""

    name: str
    at: datetime | None
    kind: Kind
    trouble: Text = ""


@dataclass(frozen=True, slots=True)
class StaffHome:
    """What waits for staff at one moment."""

    waiting: int
    oldest_case_at: datetime | None
    stuck_deliveries: int
    fresh: Sequence[Freshness]


def staff_home(reader: User, now: datetime) -> StaffHome | None:
    """Read what this member of staff may see, in at most five queries; None for everybody else."""
    if not (reader.is_staff and reader.has_perm("territory.view_infraction")):
        return None
    cases = Infraction.objects.filter(status=Infraction.Status.REVIEW)
    oldest = cases.order_by("detected_at").values_list("detected_at", flat=True).first()
    return StaffHome(
        waiting=cases.count(),
        oldest_case_at=oldest,
        stuck_deliveries=BanDelivery.objects.stuck(now).count(),
        fresh=[*_logs(now), *_clans()],
    )


def _logs(now: datetime) -> list[Freshness]:
    sources = LogSource.objects.filter(is_active=True).select_related("server").order_by("server__name", "pk")
    return [_log(source, now) for source in sources]


def _log(source: LogSource, now: datetime) -> Freshness:
    name = _("Log of %(server)s") % {"server": source.server}
    if source.last_error:
        return Freshness(name, source.last_event_at, "invasion", _("cannot be read"))
    if source.last_event_at is None or now - source.last_event_at > QUIET:
        return Freshness(name, source.last_event_at, "review", _("nothing new"))
    return Freshness(name, source.last_event_at, "allowed")


def _clans() -> list[Freshness]:
    statuses = SyncStatus.objects.filter(section=Section.TANKS).select_related("clan").order_by("clan__name")
    return [
        Freshness(
            _("Tanks of %(clan)s") % {"clan": status.clan},
            status.last_success_at,
            "invasion" if status.trouble else "allowed",
            _("the last sync failed") if status.trouble else "",
        )
        for status in statuses
    ]
