"""What a person lets the site read at Discord."""

from clans.models import User


def withdraw_connections(user: User) -> None:
    """Read no connections at the next sign-ins with Discord."""
    User.objects.filter(pk=user.pk).update(reads_connections=False)
