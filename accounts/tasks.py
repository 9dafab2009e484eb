"""Messages to people, sent beside the request."""

from collections.abc import Sequence

from celery import shared_task

from accounts.services.links import send_password_links


@shared_task(name="accounts.send_links", ignore_result=True)
def send_links(people: Sequence[int], site: str, language: str) -> None:
    """Send links to set a password. One that is lost is asked for again."""
    send_password_links(people, site, language)
