"""DayZ: logs read, placements that wait, and what is to be delivered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Max, Min, Q

from announcements.models import Announcement
from territory.models import Ban, BanDelivery, GameServer, Infraction, LogFile, Placement, SenderClock
from territory.services.clocks import shift_in_words

MOST_WAITING: Final = 100_000


@dataclass(frozen=True, slots=True)
class ServerState:
    """A game server: its logs, and its placements that wait to be judged (MOST_WAITING are counted).

    The oldest waiting one is that which is judged next; `waiting_since` is when it was received. `clock` says what is wrong
    with the clock of a source, blank where nothing is. `players_since` and `players_until` are the first and the last time
    that a followed log showed a player.
    """

    server: str
    is_active: bool
    is_watched: bool
    log_files: int
    log_files_in_trouble: int
    last_read_at: datetime | None
    last_event_at: datetime | None
    waiting: int
    oldest_occurred_at: datetime | None
    waiting_since: datetime | None
    clock: str
    players_since: datetime | None
    players_until: datetime | None
    last_placement_at: datetime | None
    folder_in_trouble: bool
    ban_list_in_trouble: bool


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What is due to be carried out and what was given up; counts."""

    bans_to_end: int
    infractions_for_staff: int
    ban_deliveries_due: int
    ban_deliveries_failed: int
    ban_deliveries_in_trouble: int
    foreign_lines: int
    announcements_due: int
    announcements_failed: int
    announcements_in_trouble: int


def server_states() -> list[ServerState]:
    """Return every game server."""
    return [_server_state(server) for server in GameServer.objects.order_by("slug")]


def _server_state(server: GameServer) -> ServerState:
    logs = LogFile.objects.filter(source__server=server).aggregate(
        files=Count("pk"),
        trouble=Count("pk", filter=~Q(last_error="")),
        read_at=Max("last_read_at"),
        event_at=Max("last_event_at"),
        players_since=Min("players_since"),
        players_until=Max("players_until"),
        placement_at=Max("last_placement_at"),
    )
    waiting = Placement.objects.filter(server=server, state=Placement.State.PENDING)
    first = waiting.order_by("occurred_at", "pk").values_list("occurred_at", "received_at").first()
    oldest, received = first or (None, None)
    return ServerState(
        server.slug,
        server.is_active,
        server.log_sources.filter(is_active=True).exists(),
        logs["files"],
        logs["trouble"],
        logs["read_at"],
        logs["event_at"],
        waiting.order_by()[:MOST_WAITING].count(),
        oldest,
        received,
        _clock(server),
        logs["players_since"],
        logs["players_until"],
        logs["placement_at"],
        server.log_sources.filter(is_active=True).exclude(last_error="").exists(),
        server.ban_lists.filter(is_active=True).exclude(last_error="").exists(),
    )


def _clock(server: GameServer) -> str:
    """Return what is wrong with the clock of the log read last, or of the sender."""
    log = (
        LogFile.objects.filter(source__server=server)
        .order_by("-last_read_at")
        .values_list("clock_shift_min", flat=True)
    )
    sender = SenderClock.objects.filter(server=server).values_list("clock_shift_min", flat=True)
    shift_min = next((minutes for minutes in (*log[:1], *sender) if minutes), 0)
    return shift_in_words(server, shift_min) if shift_min else ""


def deliveries(now: datetime) -> Deliveries:
    """Count what is due and what failed; in trouble is what failed at least once and is tried again."""
    sent, said = BanDelivery.objects.all(), Announcement.objects.all()
    to_do = [BanDelivery.State.PENDING, BanDelivery.State.LIFTING]
    due_announcements = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    pending = said.filter(state=Announcement.State.PENDING)
    return Deliveries(
        bans_to_end=Ban.objects.filter(lifted_at__isnull=True, ends_at__lte=now).count(),
        infractions_for_staff=Infraction.objects.filter(status=Infraction.Status.REVIEW).count(),
        ban_deliveries_due=BanDelivery.objects.due(now).count(),
        ban_deliveries_failed=sent.filter(state=BanDelivery.State.FAILED).count(),
        ban_deliveries_in_trouble=sent.filter(state__in=to_do, attempts__gt=0).exclude(last_error="").count(),
        foreign_lines=sent.filter(state=BanDelivery.State.FOREIGN).count(),
        announcements_due=pending.filter(due_announcements, not_before__lte=now).count(),
        announcements_failed=said.filter(state=Announcement.State.FAILED).count(),
        announcements_in_trouble=pending.filter(attempts__gt=0).exclude(last_error="").count(),
    )
