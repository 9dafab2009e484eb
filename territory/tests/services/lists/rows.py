"""The rows and the ban list after a step of a test."""

from pathlib import Path

from announcements.models import Announcement
from territory.models import Ban, BanDelivery, BanList
from territory.services import deliveries, reconciling
from territory.tests.factories import player_id

BY_HAND = f"{player_id('X')} //banido pelo Ze, cheater\n"
BATTLEYE = "0123456789abcdef0123456789abcdef -1 Cheating\nfedcba9876543210fedcba9876543210 1440 Cooldown\n"


def delivery(ban: Ban) -> BanDelivery:
    return BanDelivery.objects.get(ban=ban)


def state(ban: Ban) -> str:
    return delivery(ban).state


def line(ban: Ban) -> str:
    return delivery(ban).line + "\n"


def reconcile(path: Path) -> None:
    """Compare the ban list with this path, and carry out what is due."""
    reconciling.reconcile(BanList.objects.get(address=str(path)).pk)
    deliveries.deliver_due()


def staff_announcements() -> list[str]:
    """The keys of all announcements but those of bans and pardons; none may be in another channel than the staff's."""
    about_lists = Announcement.objects.exclude(key__regex="^(infraction|pardon)-")
    assert not about_lists.exclude(channel__audience="staff").exists()
    return list(about_lists.values_list("key", flat=True))
