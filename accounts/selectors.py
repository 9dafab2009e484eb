"""Reads for a person's own pages."""

from clans.models import AccountLink, User


def own_links(user: User, *kinds: AccountLink.Kind) -> list[AccountLink]:
    """Return a person's links of these kinds, the newest first."""
    return list(AccountLink.objects.filter(user=user, kind__in=kinds).order_by("-pk"))
