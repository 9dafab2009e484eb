"""What workers do for territory. Every task finds its work in rows, so running it twice or never does no harm."""

import logging
import time
from contextlib import closing
from datetime import timedelta

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from announcements.tasks import sweep_announcements
from common.outbox import wake
from territory.models import GameServer
from territory.services import bans, deliveries, judging, logs, reconciling, servers

logger = logging.getLogger(__name__)

# Well below the soft limit: what is still due goes to a fresh task, so that one busy server never blocks a worker.
_JUDGE_SECONDS = 60
_FOLLOW_SECONDS = 30
_PAUSE_AFTER_HANGING = timedelta(minutes=5)


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
        deliver_bans()
    if announcements_due:
        wake(sweep_announcements)


@shared_task(name="territory.sweep_placements")
def sweep_placements() -> None:
    """Wake judging for every game server with placements that wait: for messages that were lost or never sent."""
    for server_id in servers.with_placements_waiting():
        wake(judge_due, server_id)


@shared_task(name="territory.deliver_bans")
def deliver_bans() -> None:
    """Wake a worker for every ban list for which something is due."""
    for target in deliveries.due_targets(timezone.now()):
        wake(deliver_ban_list, target)


# Both limits lie below the claim's length: an edit that hangs is over before another worker may take its rows.
@shared_task(name="territory.deliver_ban_list", soft_time_limit=45, time_limit=55)
def deliver_ban_list(target: str) -> None:
    """Carry out what is due for one ban list: its host may hang, and no other list waits for it."""
    done = deliveries.deliver_to(target)
    if done.foreign:
        wake(sweep_announcements)
    if done.count == deliveries.BATCH:
        wake(deliver_ban_list, target)


@shared_task(name="territory.sweep_bans")
def sweep_bans() -> None:
    """Lift bans whose time is over, and carry out what was forgotten or has to be tried again."""
    now = timezone.now()
    bans.lift_ended_bans(now=now)
    for server in servers.with_ban_list():
        bans.enqueue_missing(server, now=now)
    deliver_bans()


@shared_task(name="territory.reconcile_bans")
def reconcile_bans() -> None:
    """Wake a worker for every ban list, to read it again: somebody may have reset, replaced or edited it."""
    for target in reconciling.present_targets():
        wake(reconcile_ban_list, target)


@shared_task(name="territory.reconcile_ban_list", soft_time_limit=45, time_limit=55)
def reconcile_ban_list(target: str) -> None:
    """Compare one ban list with what should stand in it, and mend it."""
    found = reconciling.reconcile(target)
    if found and found.are_due:
        wake(deliver_ban_list, target)
    if found and found.foreign:
        wake(sweep_announcements)


@shared_task(name="territory.follow_logs")
def follow_logs() -> None:
    """Wake a worker for every watched folder."""
    for server_id in servers.with_watched_folder(timezone.now()):
        wake(follow_log, server_id)


# A run that could not start soon is worth nothing: the next one comes in a few seconds.
@shared_task(name="territory.follow_log", soft_time_limit=60, time_limit=75, expires=10)
def follow_log(server_id: int) -> None:
    """Read what is new in one watched folder: its host may hang, and no other folder waits for it.

    Stops after a while: the next run, a few seconds later, goes on where this one stopped.
    """
    server = GameServer.objects.get(pk=server_id)
    until = time.monotonic() + _FOLLOW_SECONDS
    try:
        _follow(server, until)
    except Exception as error:  # whatever goes wrong, a time limit too, is told where staff look
        logger.exception("The folder of game server %s could not be read", server.slug)
        pause = _PAUSE_AFTER_HANGING if isinstance(error, SoftTimeLimitExceeded) else timedelta()
        logs.note_trouble(server, str(error) or type(error).__name__, pause=pause)


def _follow(server: GameServer, until: float) -> None:
    with closing(logs.follow_folder(server)) as chunks:
        for stored in chunks:
            if stored.new:
                wake(judge_due, server.pk)
            if time.monotonic() > until:
                return
