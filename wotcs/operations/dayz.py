"""Figures of DayZ: each game server's logs, clock and waiting placements; bans and announcements on their way."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from announcements.models import Announcement
from territory.models import Ban, BanDelivery, BanList, GameServer, Infraction, LogFile, LogSource, Placement
from territory.services import staff_alarms
from territory.services.clocks import shift_in_words
from wotcs.operations.figures import Figure, figure, trouble

_MOST_WAITING: Final = 100_000
_NOT_READ_LATELY: Final = timedelta(hours=1)


def servers(now: datetime) -> Iterator[Figure]:
    """Yield the figures of each game server."""
    waiting = _waiting()
    for server in _servers():
        of, shift = server.slug, server.log_shift or server.sender_shift or 0
        yield from _logs(server, now, is_watched=server.is_active and server.has_source)
        clock = lazy(shift_in_words, str)(server, shift) if shift else ""
        yield trouble(f"clock_shift_minutes:{of}", shift, _("clock wrong by (min)"), hint=clock)
        yield figure(f"placements_waiting:{of}", waiting.get(server.pk, 0), _("placements waiting"))
        yield figure(f"oldest_placement_at:{of}", server.oldest, _("the oldest of them"))
        yield trouble(f"ban_list_unreadable:{of}", server.has_list_trouble, _("ban list unreadable"))


def _servers() -> QuerySet[Any, Any]:
    """Return the game servers with what their logs, clocks and waiting placements say, in one query."""
    pending = Placement.objects.filter(server=OuterRef("pk"), state=Placement.State.PENDING)
    newest_log = LogFile.objects.filter(source__server=OuterRef("pk")).order_by("-last_read_at")
    sources = LogSource.objects.filter(server=OuterRef("pk"), is_active=True).exclude(kind=LogSource.Kind.API)
    lists = BanList.objects.filter(server=OuterRef("pk"), is_active=True)
    return GameServer.objects.order_by("slug").annotate(
        has_source=Exists(sources),
        has_source_trouble=Exists(sources.exclude(last_error="")),
        has_list_trouble=Exists(lists.exclude(last_error="")),
        files=Count("log_sources__log_files"),
        files_unreadable=Count("log_sources__log_files", filter=~Q(log_sources__log_files__last_error="")),
        read_at=Max("log_sources__log_files__last_read_at"),
        event_at=Max("log_sources__log_files__last_event_at"),
        **staff_alarms.SEEN,
        log_shift=Subquery(newest_log.values("clock_shift_min")[:1]),
        sender_shift=Max("log_sources__clock_shift_min", filter=Q(log_sources__kind=LogSource.Kind.API)),
        oldest=Subquery(pending.order_by("occurred_at", "pk").values("occurred_at")[:1]),
    )


def _waiting() -> dict[int, int]:
    """Count waiting placements by server, _MOST_WAITING at most."""
    few = Placement.objects.filter(state=Placement.State.PENDING).order_by().values("pk")[:_MOST_WAITING]
    return dict(Placement.objects.filter(pk__in=few).order_by().values_list("server").annotate(Count("pk")))


def _logs(server: Any, now: datetime, *, is_watched: bool) -> Iterator[Figure]:
    """Yield what the logs say; only those of an active server with a watched folder need a look."""
    of, files, unreadable = server.slug, server.files, server.files_unreadable
    is_old = is_watched and server.read_at and server.read_at < now - _NOT_READ_LATELY
    yield figure(f"log_files:{of}", files, _("logs"), look=is_watched and not files)
    yield figure(f"logs_unreadable:{of}", unreadable, _("logs unreadable"), look=is_watched and unreadable)
    yield figure(f"log_read_at:{of}", server.read_at, _("last read"), look=is_old)
    yield figure(f"log_event_at:{of}", server.event_at, _("last event"))
    is_unreadable = is_watched and server.has_source_trouble
    yield trouble(f"log_folder_unreadable:{of}", is_unreadable, _("folder unreadable"))
    silent, is_silent = staff_alarms.silence(server)
    seconds, label = (
        None if silent is None else round(silent.total_seconds()),
        _("players without a placement for"),
    )
    yield figure(f"placements_silent_seconds:{of}", seconds, label, look=is_watched and is_silent)


def alarms(now: datetime) -> Iterator[Figure]:
    """Yield how many alarms staff have, and each with what to do."""
    raised = staff_alarms.alarms(now)
    yield figure("alarms", len(raised), _("alarms"))
    for one in raised:
        name = "alarm_failing" if one.is_failing else "alarm"
        yield figure(f"{name}:{one.key}", one.sentence, _("alarm"), look=True, hint=one.next_step)


def bans(now: datetime) -> Iterator[Figure]:
    """Count bans and deliveries that are due, failed, or failed at least once and are tried again."""
    rows, state = BanDelivery.objects.all(), BanDelivery.State
    tried = rows.filter(state__in=[state.PENDING, state.LIFTING], attempts__gt=0).exclude(last_error="")
    failed, foreign = rows.filter(state=state.FAILED), rows.filter(state=state.FOREIGN)
    ending = Ban.objects.filter(lifted_at__isnull=True, ends_at__lte=now)
    review = Infraction.objects.filter(status=Infraction.Status.REVIEW)
    yield figure("bans_to_end", ending.count(), _("bans whose end has come"))
    yield trouble("infractions_for_staff", review.count(), _("infractions that wait for staff"))
    yield figure("ban_deliveries_due", rows.due(now).count(), _("ban deliveries due"))
    yield trouble("ban_deliveries_failed", failed.count(), _("ban deliveries failed"))
    yield trouble("ban_deliveries_in_trouble", tried.count(), _("ban deliveries tried in vain so far"))
    yield trouble("foreign_lines", foreign.count(), _("lifted bans that go on by a foreign line"))


def announcements(now: datetime) -> Iterator[Figure]:
    """Count announcements that are due, given up, or tried in vain so far."""
    rows, state = Announcement.objects.all(), Announcement.State
    tried = rows.filter(state=state.PENDING, attempts__gt=0).exclude(last_error="")
    failed = rows.filter(state=state.FAILED)
    yield figure("announcements_due", rows.due(now).count(), _("announcements due"))
    yield trouble("announcements_failed", failed.count(), _("announcements failed"))
    yield trouble("announcements_in_trouble", tried.count(), _("announcements tried in vain so far"))
