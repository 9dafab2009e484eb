"""Syncing clans: each minute whoever is due, and at once whoever is asked for."""

import logging

from celery import shared_task
from django.utils import timezone

from common.outbox import wake
from tanks.models import SyncedClan
from tanks.services import realms, sync
from tanks.wargaming.errors import NotConfiguredError

logger = logging.getLogger(__name__)


@shared_task(name="tanks.sync_clan", ignore_result=True, soft_time_limit=600, time_limit=660)
def sync_clan(clan_id: int) -> None:
    """Sync a clan, if it is due or asked for and nobody else is at it."""
    sync.sync_if_due(SyncedClan.objects.get(pk=clan_id))


@shared_task(name="tanks.sync_due_clans", ignore_result=True)
def sync_due_clans() -> None:
    """Wake a worker for every clan that is due, was asked for, or was left in the middle."""
    try:
        realms.default_clan()
    except NotConfiguredError as error:
        logger.warning("The settings name no clan to sync: %s", error)
    for clan_id in sync.due_clans(timezone.now()):
        wake(sync_clan, clan_id)
