"""Tasks of the workers for announcements. Every task finds its work in rows, so running it twice or never does no harm."""

from celery import shared_task
from django.utils import timezone

from announcements import services
from common.outbox import wake


# Both limits lie below the claim's length: a call that hangs is over before another worker may take the row.
@shared_task(name="announcements.deliver", soft_time_limit=40, time_limit=50)
def deliver(announcement_id: int) -> None:
    """Send one announcement."""
    services.deliver(announcement_id, timezone.now())


@shared_task(name="announcements.sweep_announcements")
def sweep_announcements() -> None:
    """Send what is due, a batch at a time so that bans on the same queue do not wait behind a flood of messages.

    It wakes itself after a full batch, whatever became of that: nothing in it is due any more, so this comes to an end.
    """
    if services.deliver_due(limit=services.BATCH) == services.BATCH:
        wake(sweep_announcements)
