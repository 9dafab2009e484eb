"""Syncs of clans: asking for one, claiming it, and writing down how it ended. What it does stands in `sections`."""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from clans.models import User
from common.locks import LockKind, try_lock
from tanks.models import Section, SyncedClan, SyncRun, SyncTrouble
from tanks.services.realms import client_of
from tanks.services.sections import OnStep, Sync, do_sections
from tanks.services.status import record, trouble_of
from tanks.wargaming.archive import Archive
from tanks.wargaming.errors import WargamingError

logger = logging.getLogger(__name__)

State = SyncRun.State
FULL_PASS_EVERY: Final = timedelta(hours=24)
# A run that began so long ago may have died: whoever can take its lock finds out.
_DOUBTFUL_AFTER: Final = timedelta(seconds=60)


class SyncRunningError(Exception):
    """Another process syncs this clan at this moment."""


def request_sync(
    clan: SyncedClan, *, trigger: SyncRun.Trigger, by: User | None = None, is_full: bool = False
) -> SyncRun:
    """Return the clan's waiting or running sync, or a new waiting row. Idempotent; enqueues nothing."""
    with transaction.atomic():
        SyncedClan.objects.select_for_update().get(pk=clan.pk)  # two people may ask at once
        # One that has been running for long may be dead: another may wait behind it.
        alive = Q(state=State.RUNNING, started_at__gte=timezone.now() - _DOUBTFUL_AFTER)
        under_way = SyncRun.objects.filter(Q(state=State.WAITING) | alive, clan=clan)
        run = under_way.order_by("-pk").first()
        if run is None:
            return SyncRun.objects.create(clan=clan, trigger=trigger, requested_by=by, is_full=is_full)
        if is_full and run.state == State.WAITING and not run.is_full:
            run.is_full = True
            run.save(update_fields=["is_full"])
        return run


def due_clans(now: datetime) -> list[int]:
    """Return the clans a worker has to look at: due, asked for, or with a run that may have died."""
    runs = SyncRun.objects.filter(clan=OuterRef("pk"))
    asked_for = runs.filter(state=State.WAITING)
    doubtful = runs.filter(state=State.RUNNING, started_at__lt=now - _DOUBTFUL_AFTER)
    due = SyncedClan.objects.filter(Q(sync_due_at__lte=now) | Exists(asked_for) | Exists(doubtful))
    return list(due.order_by("sync_due_at", "pk").values_list("pk", flat=True))


def sync_if_due(clan: SyncedClan) -> SyncRun | None:
    """Sync a clan that is due or asked for; None if it is neither, or is being synced already."""
    try:
        return _sync(clan, SyncRun.Trigger.SCHEDULE, lambda *_: None, only_if_due=True)
    except SyncRunningError:
        return None


def sync_now(clan: SyncedClan, *, trigger: SyncRun.Trigger, is_full: bool, on_step: OnStep) -> SyncRun:
    """Sync a clan in the foreground; raise SyncRunningError if another process does."""
    run = _sync(clan, trigger, on_step, is_full=is_full)
    assert run is not None
    return run


def _sync(
    clan: SyncedClan,
    trigger: SyncRun.Trigger,
    on_step: OnStep,
    *,
    is_full: bool = False,
    only_if_due: bool = False,
) -> SyncRun | None:
    """Claim and do a run, holding the clan's lock; None if nothing is due."""
    with try_lock(LockKind.CLAN_SYNC, clan.pk) as is_ours:
        if not is_ours:
            raise SyncRunningError
        run = _claim(clan.pk, trigger, is_full=is_full, only_if_due=only_if_due)
        return run and _perform(run, on_step)


@transaction.atomic
def _claim(clan_id: int, trigger: SyncRun.Trigger, *, is_full: bool, only_if_due: bool) -> SyncRun | None:
    now = timezone.now()
    clan = SyncedClan.objects.select_for_update().get(pk=clan_id)
    runs = SyncRun.objects.filter(clan=clan)
    # We hold the lock, so whoever else is written down as running is dead.
    dead = runs.filter(state=State.RUNNING).update(state=State.ABANDONED, ended_at=now)
    run = runs.filter(state=State.WAITING).first()
    if run is None and only_if_due and not dead and clan.sync_due_at > now:
        return None
    run = run or SyncRun(clan=clan, trigger=trigger)
    run.is_full = run.is_full or is_full or _is_full_pass_due(clan, now)
    run.state, run.started_at = State.RUNNING, now
    run.save()
    clan.sync_due_at = now + timedelta(minutes=settings.WOT_SYNC_MINUTES)
    if run.is_full:
        clan.full_pass_at = now
    clan.save(update_fields=["sync_due_at", "full_pass_at"])
    run.clan = clan
    return run


def _is_full_pass_due(clan: SyncedClan, now: datetime) -> bool:
    return clan.full_pass_at is None or now >= clan.full_pass_at + FULL_PASS_EVERY


def _perform(run: SyncRun, on_step: OnStep) -> SyncRun:
    """Do a claimed run and write down how it ended, whatever happens."""
    try:
        realm = run.clan.realm
        with client_of(realm, keep=Archive(settings.WOT_CACHE_DIR, realm.name).keep) as client:
            if run.trigger != SyncRun.Trigger.SCHEDULE:
                client.probe_now()
            sync = Sync(run, run.clan, realm, client, on_step)
            try:
                do_sections(sync)
            finally:
                _count(run, sync)
    except WargamingError as error:  # before the first section: nothing can be sent at all
        _note_failure(run, trouble_of(error), str(error))
        record(
            run.clan, Section.MEMBERS, at=timezone.now(), rows=0, trouble=trouble_of(error), error=str(error)
        )
    except BaseException as error:
        _note_failure(run, SyncTrouble.INTERNAL, f"{type(error).__name__}: {error}")
        _end(run)
        raise
    _end(run)
    return run


def _count(run: SyncRun, sync: Sync) -> None:
    run.calls, run.bytes = sync.client.calls, sync.client.bytes
    run.changes = {section.value: rows for section, rows in sync.rows.items() if rows}
    run.rows_changed = sum(sync.rows.values())
    if sync.troubles:
        trouble, error = next(iter(sync.troubles.values()))
        run.trouble, run.error = trouble, error[:1000]
    if sync.failed:
        run.state = State.FAILED if len(sync.failed) == len(sync.attempted) else State.PARTIAL


def _note_failure(run: SyncRun, trouble: SyncTrouble, error: str) -> None:
    run.state, run.trouble, run.error = State.FAILED, trouble, error[:1000]


def _end(run: SyncRun) -> None:
    if run.state == State.RUNNING:
        run.state = State.DONE
    run.ended_at = timezone.now()
    run.save()
    logger.info(
        "Sync of %s: %s, %d calls, %d rows changed.", run.clan, run.state, run.calls, run.rows_changed
    )
