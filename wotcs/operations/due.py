"""Figures of rows that are due: for how long the oldest of each queue waits. Each costs a probe of an index."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from announcements.services import deliverable
from tanks.models import SyncedClan
from territory.models import BanDelivery, GameServer, Placement
from wotcs.operations.figures import Figure, figure

# A row that failed and waits for its next attempt is not due: `inspect_db` shows lists and channels that are down.
LATE_AFTER_SECONDS: Final = {"placements": 300, "ban_deliveries": 180, "announcements": 300, "syncs": 3600}


def figures(now: datetime) -> Iterator[Figure]:
    """Yield the age of each queue's oldest due row, None where nothing is due."""
    for name, rows in _due(now).items():
        since = next(iter(rows[:1]), (None,))[0]
        age = None if since is None else max(0, round((now - since).total_seconds()))
        is_late = (age or 0) > LATE_AFTER_SECONDS[name]
        yield figure(f"oldest_due_seconds:{name}", age, _("the oldest waits for"), look=is_late)


def _due(now: datetime) -> dict[str, QuerySet[Any, Any]]:
    """Return since when each queue's rows are due, the oldest first."""
    waiting = Placement.objects.filter(server=OuterRef("pk"), state=Placement.State.PENDING)
    next_one = waiting.order_by("occurred_at", "pk").values("received_at")[:1]
    servers = GameServer.objects.annotate(since=Subquery(next_one)).order_by(F("since").asc(nulls_last=True))
    messages = deliverable(now).order_by("not_before")
    clans = SyncedClan.objects.filter(sync_due_at__lte=now).order_by("sync_due_at")
    return {
        "placements": servers.values_list("since"),
        "ban_deliveries": BanDelivery.objects.due(now).order_by("not_before").values_list("not_before"),
        "announcements": messages.values_list("not_before"),
        "syncs": clans.values_list("sync_due_at"),
    }
