"""World of Tanks: how fresh each clan is, what its syncs did, what belongs to nothing, and the answers kept on disk."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db.models import Exists, OuterRef

from clans.models import ClanMembership
from tanks import wargaming
from tanks.models import GarageTank, Player, Realm, SyncedClan, SyncRun, SyncStatus, Vehicle

RUNS_SHOWN: Final = 3
# The hard limit of the task that syncs a clan is 11 minutes.
LONGEST_RUN: Final = timedelta(minutes=11)


@dataclass(frozen=True, slots=True)
class Section:
    section: str
    last_success_at: datetime | None
    next_due_at: datetime | None
    trouble: str
    error: str


@dataclass(frozen=True, slots=True)
class Run:
    number: int
    state: str
    requested_at: datetime
    started_at: datetime | None
    seconds: float | None
    calls: int
    rows_changed: int
    trouble: str
    error: str


@dataclass(frozen=True, slots=True)
class ClanState:
    """A synced clan: its sections, and its newest runs with the newest first."""

    clan: str
    realm: str
    number: int
    sync_due_at: datetime
    disbanded_at: datetime | None
    sections: tuple[Section, ...]
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Orphans:
    """Rows that lack what they usually belong to; counts."""

    unlisted_vehicles_of_players: int
    players_without_clan: int
    memberships_without_player: int
    members_hidden: int
    members_refused: int
    members_never_read: int
    tanks_of_members_never_read: int
    runs_left_running: int
    runs_left_waiting: int


@dataclass(frozen=True, slots=True)
class Breaker:
    """Whether requests to a realm are suspended: closed, open, half-open (the next request probes), or unknown why."""

    realm: str
    state: str
    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class DiskCache:
    """The last good answers on disk."""

    folder: str
    files: int
    bytes: int
    newest_at: datetime | None
    error: str = ""


def clan_states() -> list[ClanState]:
    """Return every clan of the game with its sections and newest runs."""
    clans = SyncedClan.objects.select_related("realm").order_by("name", "pk")
    return [_clan_state(clan) for clan in clans]


def _clan_state(clan: SyncedClan) -> ClanState:
    statuses = SyncStatus.objects.filter(clan=clan).order_by("pk")
    runs = SyncRun.objects.filter(clan=clan).order_by("-pk")[:RUNS_SHOWN]
    return ClanState(
        str(clan),
        clan.realm.name,
        clan.wargaming_id,
        clan.sync_due_at,
        clan.disbanded_at,
        tuple(_section(status) for status in statuses),
        tuple(_run(run) for run in runs),
    )


def _section(row: SyncStatus) -> Section:
    return Section(row.section, row.last_success_at, row.next_due_at, row.trouble, row.last_error)


def _run(run: SyncRun) -> Run:
    return Run(
        run.pk,
        run.state,
        run.requested_at,
        run.started_at,
        round(run.duration.total_seconds(), 1) if run.duration else None,
        run.calls,
        run.rows_changed,
        run.trouble,
        run.error,
    )


def orphans(now: datetime) -> Orphans:
    """Count what belongs to nothing."""
    members = Player.objects.filter(clan__isnull=False)
    never_read = members.filter(garage_read_at__isnull=True, hidden_since__isnull=True, refused_since=None)
    runs = SyncRun.objects.all()
    dead = runs.filter(state=SyncRun.State.RUNNING, started_at__lt=now - LONGEST_RUN)
    unheard = runs.filter(state=SyncRun.State.WAITING, requested_at__lt=now - LONGEST_RUN)
    return Orphans(
        unlisted_vehicles_of_players=_unlisted_vehicles(),
        players_without_clan=Player.objects.filter(clan__isnull=True).count(),
        memberships_without_player=_memberships_without_player(),
        members_hidden=members.filter(hidden_since__isnull=False).count(),
        members_refused=members.filter(refused_since__isnull=False).count(),
        members_never_read=never_read.count(),
        tanks_of_members_never_read=GarageTank.objects.filter(
            player__in=members.filter(garage_read_at=None)
        ).count(),
        runs_left_running=dead.count(),
        runs_left_waiting=unheard.count(),
    )


def _unlisted_vehicles() -> int:
    owned = GarageTank.objects.filter(tank=OuterRef("pk"))
    return Vehicle.objects.filter(Exists(owned), not_in_catalogue_since__isnull=False).count()


def _memberships_without_player() -> int:
    """Count people who are members of a clan of the game, and none of whose known accounts is."""
    own = Player.objects.filter(clan=OuterRef("clan"), user=OuterRef("user"))
    stays = ClanMembership.objects.filter(left_at__isnull=True, clan__synced__isnull=False)
    return stays.exclude(Exists(own)).count()


def breakers(now: datetime) -> list[Breaker]:
    """Return for each realm whether requests are suspended; sends nothing to the API."""
    return [_breaker(realm, now) for realm in Realm.objects.order_by("name")]


def _breaker(realm: Realm, now: datetime) -> Breaker:
    try:
        with wargaming.open_client(realm.url, realm.asked_as, redis_url=settings.REDIS_URL) as client:
            state = client.breaker_state()
    except wargaming.WargamingError as error:
        return Breaker(realm.name, "unknown", type(error).__name__, None)
    if state.reason is None:
        return Breaker(realm.name, "closed", "", None)
    wait = timedelta(seconds=state.retry_after_seconds)
    return Breaker(
        realm.name, "open" if wait else "half-open", state.reason.name.lower(), now + wait if wait else None
    )


def disk_cache() -> DiskCache:
    """Return how many answers are kept, and how new the newest is."""
    folder = Path(settings.WOT_CACHE_DIR)
    try:
        found = list(_files(folder)) if folder.exists() else []
    except OSError as error:
        return DiskCache(str(folder), 0, 0, None, type(error).__name__)
    newest = max((stat.st_mtime for stat in found), default=None)
    newest_at = None if newest is None else datetime.fromtimestamp(newest, tz=UTC)
    return DiskCache(str(folder), len(found), sum(stat.st_size for stat in found), newest_at)


def _files(folder: Path) -> Iterator[os.stat_result]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path))
            elif entry.name.endswith(".json.gz"):
                yield entry.stat()
