"""What workers do for territory. Every task finds its work in rows, so running it twice or never does no harm."""

import logging
import time
from contextlib import closing

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from announcements.tasks import sweep_announcements
from outbox import wake
from territory.models import GameServer
from territory.services import bans, deliveries, judging, logs, servers

logger = logging.getLogger(__name__)

# Well below the soft limit: what is still due goes to a fresh task, so that one busy server never blocks a worker.
_JUDGE_SECONDS = 60
_FOLLOW_SECONDS = 30


@shared_task(name="territory.judge_due")
def judge_due(server_id: int) -> None:
    """Judge all that is due for a game server, batch by batch."""
    until = time.monotonic() + _JUDGE_SECONDS
    bans_due = announcements_due = 0
    result = judging.judge_due(server_id, now=timezone.now())
    while result.judged:
        bans_due, announcements_due = bans_due + result.bans, announcements_due + result.announcements
        if time.monotonic() > until:
            wake(judge_due, server_id)
            break
        result = judging.judge_due(server_id, now=timezone.now())
    if bans_due:
        wake(deliver_bans)
    if announcements_due:
        wake(sweep_announcements)


@shared_task(name="territory.sweep_placements")
def sweep_placements() -> None:
    """Wake judging for every game server with placements that wait: for messages that were lost or never sent."""
    for server_id in servers.with_placements_waiting():
        wake(judge_due, server_id)


@shared_task(name="territory.deliver_bans")
def deliver_bans() -> None:
    """Carry out the ban deliveries that are due."""
    if deliveries.deliver_due().count == deliveries.BATCH:
        wake(deliver_bans)


@shared_task(name="territory.sweep_bans")
def sweep_bans() -> None:
    """Lift bans whose time is over, and carry out what was forgotten or has to be tried again."""
    now = timezone.now()
    bans.lift_ended_bans(now=now)
    for server in servers.with_ban_list():
        bans.enqueue_missing(server, now=now)
    deliver_bans()


@shared_task(name="territory.follow_logs")
def follow_logs() -> None:
    """Read what is new in the watched folders. One game server's trouble does not keep the others' from being read.

    Stops after a while: the next run, a few seconds later, goes on where this one stopped.
    """
    until = time.monotonic() + _FOLLOW_SECONDS
    for server in servers.with_watched_folder():
        try:
            _follow(server, until)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            logger.exception("The folder of game server %s could not be read", server.slug)


def _follow(server: GameServer, until: float) -> None:
    with closing(logs.follow_folder(server)) as chunks:
        for stored in chunks:
            if stored.new:
                wake(judge_due, server.pk)
            if time.monotonic() > until:
                return
