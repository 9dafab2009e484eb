"""How fresh each log and each clan's data are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from face.parts import Kind, Text
from tanks.models import Section, SyncStatus
from territory.models import LogSource

# A log that nobody writes for so long is worth a look; a host publishes it every few minutes.
QUIET = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh one source of data is: `at` is the newest news, None if there never was any."""

    name: str
    at: datetime | None
    kind: Kind
    trouble: Text = ""


def freshness(now: datetime) -> list[Freshness]:
    """Return all active log sources by their server's name, then all synced clans that still exist. Two queries."""
    sources = LogSource.objects.filter(is_active=True, server__is_active=True).select_related("server")
    statuses = SyncStatus.objects.filter(section=Section.TANKS, clan__disbanded_at=None).select_related(
        "clan"
    )
    return [
        *(_log(source, now) for source in sources.order_by("server__name", "pk")),
        *(_clan(status) for status in statuses.order_by("clan__name")),
    ]


def _log(source: LogSource, now: datetime) -> Freshness:
    name = _("Log of %(server)s") % {"server": source.server}
    if source.last_error:
        return Freshness(name, source.last_event_at, "invasion", _("cannot be read"))
    if source.last_event_at is None or now - source.last_event_at > QUIET:
        return Freshness(name, source.last_event_at, "review", _("nothing new"))
    return Freshness(name, source.last_event_at, "allowed")


def _clan(status: SyncStatus) -> Freshness:
    name = _("Tanks of %(clan)s") % {"clan": status.clan}
    if status.trouble:
        return Freshness(name, status.last_success_at, "invasion", _("the last sync failed"))
    return Freshness(name, status.last_success_at, "allowed")
