"""Undo a period: the plan that somebody agreed to becomes a run, whose steps are taken one by one and never twice."""

import time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clans.models import User
from common.causes import cause
from common.locks import LockKind, try_lock
from justice.models import UndoRun
from justice.services.undo_plans import UndoPlan
from territory.models import Ban, Case, CaseAct
from territory.services.deciding import lift_case, undo_act
from territory.services.errors import NotPossibleError


def start(plan: UndoPlan, *, digest: str, by: User, reason: str) -> UndoRun:
    """Store the run of a plan. Raises NotPossibleError if the plan has another digest or no step."""
    if digest != plan.digest:
        raise NotPossibleError(_("Something has changed since you read what would happen. Read it again."))
    if not plan.steps:
        raise NotPossibleError(_("There is nothing to undo."))
    scope = plan.scope
    return UndoRun.objects.create(
        scope=scope.kind,
        subject=scope.subject,
        name=scope.name,
        since=scope.since,
        until=scope.until,
        by=by,
        reason=reason,
        steps=[step.stored for step in plan.steps],
    )


def go_on(run: UndoRun, *, seconds: float | None = None) -> bool:
    """Take the run's steps that are left, for so long; return whether it is finished. Only one worker does so at a time.

    Each step is noted in its own transaction: a worker that dies has either taken it or not, and another goes on.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    with try_lock(LockKind.UNDO, run.pk) as is_ours:
        while is_ours:
            run.refresh_from_db()
            if run.done >= len(run.steps):
                break
            if deadline is not None and time.monotonic() >= deadline:
                return False
            _take(run, run.steps[run.done])
    if is_ours:
        UndoRun.objects.filter(pk=run.pk, finished_at=None).update(finished_at=timezone.now())
        run.refresh_from_db()
    return run.finished_at is not None


def _take(run: UndoRun, step: dict[str, int]) -> None:
    troubles = dict(run.troubles)
    try:
        with transaction.atomic(), cause(reason=run.reason):
            _undo(run, step["act"]) if "act" in step else _lift(run, step["lift"])
            UndoRun.objects.filter(pk=run.pk).update(done=run.done + 1)
    except NotPossibleError as error:
        troubles[str(run.done)] = str(error)
        UndoRun.objects.filter(pk=run.pk).update(done=run.done + 1, troubles=troubles)


def _undo(run: UndoRun, number: int) -> None:
    undo_act(CaseAct.objects.get(pk=number), by=run.by, reason=run.reason, run=run.run)


def _lift(run: UndoRun, number: int) -> None:
    """Lift the rule's ban as a mistake, unless a person has decided about the case since the run began."""
    case = Case.objects.get(pk=number)
    if case.acts.filter(by__isnull=False, at__gte=run.started_at).exclude(run=run.run).exists():
        raise NotPossibleError(_("Somebody has decided about this case meanwhile."))
    lift_case(case, by=run.by, kind=Ban.LiftKind.MISTAKE, reason=run.reason, seen=case.version, run=run.run)
