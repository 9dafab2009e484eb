"""Tasks of the workers. Every task reads its work from rows, so a task that runs twice or is lost does no harm."""

import logging
import time
from contextlib import closing
from datetime import timedelta

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from announcements.tasks import sweep_announcements
from common.outbox import wake
from territory.models import LogSource
from territory.services import (
    bans,
    deciding,
    deliveries,
    guids,
    judging,
    logs,
    nets,
    questions,
    reconciling,
    room,
    servers,
    sleeping,
    staff_alarms,
    token_ends,
    versions,
)

logger = logging.getLogger(__name__)

# Well below the soft limit: the rest goes to a new task, so that one busy server never blocks a worker.
_JUDGE_SECONDS = 60
_FOLLOW_SECONDS = 30
_PAUSE_AFTER_HANGING = timedelta(minutes=5)


@shared_task(name="territory.judge_due")
def judge_due(server_id: int) -> None:
    """Judge the due placements of a game server, batch by batch."""
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
    """Wake judging for every game server with due placements, in case a message was lost; note what changed in the rule."""
    versions.note_versions()
    for server_id in servers.with_placements_waiting():
        wake(judge_due, server_id)


@shared_task(name="territory.deliver_bans")
def deliver_bans() -> None:
    """Wake a worker for every ban list with due deliveries, or with players whose GUID is not known."""
    for ban_list_id in sorted({*deliveries.due_lists(timezone.now()), *guids.lists_without_guids()}):
        wake(deliver_ban_list, ban_list_id)


# Both limits are shorter than a claim: an edit that hangs is over before another worker may claim its rows.
@shared_task(name="territory.deliver_ban_list", soft_time_limit=45, time_limit=55)
def deliver_ban_list(ban_list_id: int) -> None:
    """Carry out the due deliveries of one ban list. Its host may hang; no other list waits for it."""
    guids.learn_guids(ban_list_id, now=timezone.now())
    done = deliveries.deliver_to(ban_list_id)
    if done[deliveries.State.FOREIGN]:
        wake(sweep_announcements)
    if done.total() == deliveries.BATCH:
        wake(deliver_ban_list, ban_list_id)


@shared_task(name="territory.sweep_bans")
def sweep_bans() -> None:
    """Lift bans that have reached their end, store missing deliveries, wake delivery, and have fresh lines looked at again."""
    now = timezone.now()
    deciding.lift_ended_bans(now=now)
    room.put_back(now)
    for ban_list in servers.active_ban_lists():
        bans.enqueue_missing(ban_list, now=now)
    deliver_bans()
    for ban_list_id in reconciling.to_read_again(now):
        wake(reconcile_ban_list, ban_list_id)


@shared_task(name="territory.reconcile_bans")
def reconcile_bans() -> None:
    """Wake a worker for every ban list to compare it: somebody may have reset, replaced or edited it."""
    for ban_list in servers.active_ban_lists():
        wake(reconcile_ban_list, ban_list.pk)


@shared_task(name="territory.reconcile_ban_list", soft_time_limit=45, time_limit=55)
def reconcile_ban_list(ban_list_id: int) -> None:
    """Compare one ban list with its deliveries, and correct it."""
    differences = reconciling.reconcile(ban_list_id)
    if differences and (differences.missing or differences.returned):
        wake(deliver_ban_list, ban_list_id)
    if differences and differences.removed:
        deliver_bans()
    if differences and (differences.foreign or differences.removed):
        wake(sweep_announcements)


@shared_task(name="territory.follow_logs")
def follow_logs() -> None:
    """Wake a worker for every log source."""
    for source_id in servers.sources_to_follow(timezone.now()):
        wake(follow_log, source_id)


# A run that starts late is useless: the next one comes in a few seconds.
@shared_task(name="territory.follow_log", soft_time_limit=60, time_limit=75, expires=10)
def follow_log(source_id: int) -> None:
    """Read the new lines of one log source. Its host may hang; no other source waits for it.

    It stops after a while; the next run, a few seconds later, reads on.
    """
    source = LogSource.objects.select_related("server").get(pk=source_id)
    until = time.monotonic() + _FOLLOW_SECONDS
    try:
        with closing(logs.follow_source(source)) as chunks:
            for stored in chunks:
                if stored.new:
                    wake(judge_due, source.server_id)
                if time.monotonic() > until:
                    return
    except Exception as error:  # also a time limit: the source's row shows every error to staff
        logger.exception("A log source of game server %s could not be read", source.server.slug)
        pause = _PAUSE_AFTER_HANGING if isinstance(error, SoftTimeLimitExceeded) else timedelta()
        logs.note_look(source, error, pause=pause)


@shared_task(name="territory.forget_questions", ignore_result=True)
def forget_questions() -> None:
    """Forget old questions about places, and the names of logs that say nothing any more."""
    questions.forget_questions(now=timezone.now())
    guids.forget_names(now=timezone.now())


@shared_task(name="territory.release_sleepers")
def release_sleepers() -> None:
    """Warn of bases that fall asleep, and release those whose owners were warned."""
    sleeping.release_sleepers(now=timezone.now())


@shared_task(name="territory.watch_bans")
def watch_bans() -> None:
    """Tell staff of bans that do not hold."""
    if nets.warn_of_bans_not_holding(now=timezone.now()):
        wake(sweep_announcements)


@shared_task(name="territory.raise_alarms")
def raise_alarms() -> None:
    """Tell staff what is wrong with game servers and their hosts."""
    if staff_alarms.announce(now=timezone.now()):
        wake(sweep_announcements)


@shared_task(name="territory.note_token_ends")
def note_token_ends() -> None:
    """Wake a worker for every token whose host tells when it ends."""
    for kind, pk in token_ends.rows_with_tokens():
        wake(note_token_end, kind, pk)


@shared_task(name="territory.note_token_end", soft_time_limit=45, time_limit=55)
def note_token_end(kind: str, pk: int) -> None:
    """Ask one host when a token ends. It may hang; nothing else waits for it."""
    token_ends.note_token_end(kind, pk)
