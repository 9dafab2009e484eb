"""The only door from a request to an object: what somebody may not see does not exist for them."""

from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from clans.models import User
from territory import selectors
from territory.models import Placement

Visitor = User | AnonymousUser


def may_see_verdicts(user: Visitor) -> bool:
    """Tell whether this is staff with the right to see placements, who also see coordinates and player ids."""
    return user.is_active and user.is_staff and user.has_perm("territory.view_placement")


def verdicts_or_404(user: Visitor) -> None:
    """Raise Http404 for everybody who may not see verdicts."""
    if not may_see_verdicts(user):
        raise Http404


def get_placement_or_404(user: Visitor, pk: int) -> Placement:
    """Return the placement with its server, base, person, infraction and ban."""
    verdicts_or_404(user)
    try:
        return selectors.placements_in_full().get(pk=pk)
    except Placement.DoesNotExist as error:
        raise Http404 from error
