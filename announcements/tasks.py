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
    """Send what is due, a batch at a time, and go on with the rest when Discord takes more.

    A run that has nothing to send wakes no other, so however many are woken at once, as many go on as channels are due.
    """
    if services.deliver_due(limit=services.BATCH):
        pause = services.pause_before_more(timezone.now())
        if pause is not None:
            wake(sweep_announcements, after=pause)
