"""Tasks of the workers. Every task reads its work from rows, so a task that runs twice or is lost does no harm."""

from celery import shared_task

from announcements.tasks import sweep_announcements
from common.outbox import wake
from justice.models import UndoRun
from justice.services import undoing
from justice.services.appeals import settle_appeals
from territory.tasks import deliver_bans


@shared_task(name="justice.settle_appeals", ignore_result=True)
def sweep_appeals() -> None:
    """Close appeals whose ban was lifted otherwise, and open those again whose granting was undone."""
    settle_appeals()


@shared_task(name="justice.go_on_undoing", ignore_result=True)
def go_on_undoing() -> None:
    """Go on with every undone period that is not finished: its worker died, or its page did not wait."""
    for run in UndoRun.objects.filter(finished_at=None).order_by("pk"):
        carry_on(run, seconds=120)


def carry_on(run: UndoRun, *, seconds: float) -> bool:
    """Take steps of a run for so long, and wake whoever carries out what follows; return whether it is finished."""
    is_finished = undoing.go_on(run, seconds=seconds)
    wake(deliver_bans)
    wake(sweep_announcements)
    return is_finished
