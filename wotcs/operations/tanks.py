"""Figures of World of Tanks: each clan's syncs, incomplete rows, suspended requests, and the answers kept on disk."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from clans.models import ClanMembership
from tanks import wargaming
from tanks.models import GarageTank, Player, Realm, SyncedClan, SyncRun, SyncStatus, Vehicle
from tanks.wording import trouble_in_words
from wotcs.operations.figures import Figure, figure, trouble

_LATE: Final = timedelta(minutes=10)
# The hard limit of the task that syncs a clan is 11 minutes.
_LONGEST_SYNC: Final = timedelta(minutes=11)
_trouble_in_words = lazy(trouble_in_words, str)


def clans(now: datetime) -> Iterator[Figure]:
    """Yield for each clan of the game its next sync and the freshness of its sections; a disbanded one needs no sync."""
    rows = SyncedClan.objects.select_related("realm").order_by("name", "pk")
    for clan in rows.prefetch_related("sync_statuses"):
        of, is_disbanded = f"{clan} · {clan.realm} · {clan.wargaming_id}", clan.disbanded_at is not None
        disbanded, sections = _trouble_in_words("disbanded"), clan.sync_statuses.all()
        is_late = not is_disbanded and clan.sync_due_at < now - _LATE
        yield trouble(f"clan_disbanded:{of}", is_disbanded, _("disbanded"), hint=disbanded)
        yield trouble(f"clan_never_synced:{of}", not is_disbanded and not sections, _("never synced"))
        yield figure(f"sync_due_at:{of}", clan.sync_due_at, _("next sync"), look=is_late)
        for row in sections:
            yield from _section(f"{of} · {row.section}", row, now, is_disbanded=is_disbanded)


def _section(of: str, row: SyncStatus, now: datetime, *, is_disbanded: bool) -> Iterator[Figure]:
    oldest = now - 3 * timedelta(minutes=settings.WOT_SYNC_MINUTES)
    is_stale = not row.trouble and (row.last_success_at is None or row.last_success_at < oldest)
    words, hint = ": ".join(filter(None, (row.trouble, row.last_error))), _trouble_in_words(row.trouble)
    look = not is_disbanded and is_stale
    yield figure(f"section_success_at:{of}", row.last_success_at, _("last success"), look=look)
    yield figure(f"section_due_at:{of}", row.next_due_at, _("next due"))
    look = not is_disbanded and bool(row.trouble)
    yield figure(f"section_trouble:{of}", row.trouble and words, _("trouble"), look=look, hint=hint)


def incomplete(now: datetime) -> Iterator[Figure]:
    """Count rows without the rows that they usually belong to, and syncs that do not end."""
    members, tanks, syncs = Player.objects.filter(clan__isnull=False), GarageTank.objects, SyncRun.objects
    unread, long_ago = members.filter(garage_read_at=None), now - _LONGEST_SYNC
    never_read = unread.filter(hidden_since=None, refused_since=None)
    owned = Exists(tanks.filter(tank=OuterRef("pk")))
    unlisted = Vehicle.objects.filter(owned, not_in_catalogue_since__isnull=False)
    own = Exists(Player.objects.filter(clan=OuterRef("clan"), user=OuterRef("user")))
    stays = ClanMembership.objects.filter(~own, left_at=None, clan__synced__isnull=False)
    running = syncs.filter(state=SyncRun.State.RUNNING, started_at__lt=long_ago)
    waiting = syncs.filter(state=SyncRun.State.WAITING, requested_at__lt=long_ago)
    lost, hidden = Player.objects.filter(clan=None), members.exclude(hidden_since=None)
    refused, stored = members.exclude(refused_since=None), tanks.filter(player__in=unread)
    yield figure("unlisted_vehicles_of_players", unlisted.count(), _("owned vehicles not in the catalogue"))
    yield figure("players_without_clan", lost.count(), _("players without a clan"))
    yield figure("memberships_without_player", stays.count(), _("memberships without a linked player"))
    yield figure("members_hidden", hidden.count(), _("members of whom the API tells nothing"))
    yield figure("members_refused", refused.count(), _("members whose number the API refuses"))
    yield trouble("members_never_read", never_read.count(), _("members whose vehicles were never read"))
    yield figure("tanks_of_members_never_read", stored.count(), _("vehicles of members that were never read"))
    yield trouble("runs_left_running", running.count(), _("syncs left running"))
    yield trouble("runs_left_waiting", waiting.count(), _("syncs left waiting"))


def requests(now: datetime) -> Iterator[Figure]:
    """Yield for each realm whether requests are suspended, None if Redis cannot tell; sends nothing to the API."""
    for realm in Realm.objects.order_by("name"):
        is_suspended, until = None, None
        try:
            with wargaming.open_client(realm.url, realm.asked_as, redis_url=settings.REDIS_URL) as client:
                state = client.breaker_state()
        except wargaming.WargamingError as error:
            is_refused = isinstance(error, wargaming.NotConfiguredError)
        else:
            is_refused, is_suspended = (
                state.reason is wargaming.BreakerReason.NOT_CONFIGURED,
                bool(state.reason),
            )
            until = now + timedelta(seconds=state.retry_after_seconds) if is_suspended else None
        look = is_suspended is not False and not is_refused
        yield trouble(f"application_refused:{realm}", is_refused, _("application refused"))
        yield figure(f"requests_suspended:{realm}", is_suspended, _("requests suspended"), look=look)
        yield figure(f"requests_suspended_until:{realm}", until, _("until"))


def disk_cache(_now: datetime) -> Iterator[Figure]:
    """Yield how many of the API's last good answers are kept on disk, their bytes, and when the newest was written."""
    errors: list[OSError] = []
    stats = []
    for folder, _folders, names in os.walk(settings.WOT_CACHE_DIR, onerror=errors.append):
        try:
            stats += [Path(folder, name).stat() for name in names if name.endswith(".json.gz")]
        except OSError as error:
            errors.append(error)
    newest = max((stat.st_mtime for stat in stats), default=None)
    is_unreadable = any(not isinstance(error, FileNotFoundError) for error in errors)
    has_read = SyncStatus.objects.exclude(last_success_at=None).exists()
    yield figure("cache_folder", str(settings.WOT_CACHE_DIR), _("folder"))
    yield trouble("cache_unreadable", is_unreadable, _("unreadable"))
    yield figure(
        "cache_files", len(stats), _("answers kept"), look=has_read and not stats and not is_unreadable
    )
    yield figure("cache_bytes", sum(stat.st_size for stat in stats), _("size"))
    newest_at = None if newest is None else datetime.fromtimestamp(newest, tz=UTC)
    yield figure("cache_newest_at", newest_at, _("newest"))
