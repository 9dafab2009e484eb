"""The signed link of a ban: its announcement carries it, and it leads to the page where the ban is appealed against.

It holds the ban's number only, does not expire, and proves nobody: everybody reads the announcement.
"""

from django.conf import settings
from django.core import signing
from django.urls import reverse

_SALT = "territory.ban-link"


def ban_token(ban_id: int) -> str:
    """Return the signed number of a ban."""
    return signing.Signer(salt=_SALT).sign(str(ban_id))


def ban_of_token(token: str) -> int | None:
    """Return the number that was signed; None for a token that is not ours."""
    try:
        return int(signing.Signer(salt=_SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        return None


def ban_link(ban_id: int) -> str:
    """Return the address of the ban's page for the banned player; blank as long as SITE_URL is not set."""
    if not settings.SITE_URL:
        return ""
    return f"{settings.SITE_URL}{reverse('appeal', args=[ban_token(ban_id)])}"
