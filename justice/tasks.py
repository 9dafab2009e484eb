"""Tasks of the workers. Every task reads its work from rows, so a task that runs twice or is lost does no harm."""

from celery import shared_task

from justice.services.appeals import settle_appeals


@shared_task(name="justice.settle_appeals", ignore_result=True)
def sweep_appeals() -> None:
    """Close appeals whose ban was lifted otherwise, and open those again whose granting was undone."""
    settle_appeals()
