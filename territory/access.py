"""Access to objects for requests: an object that the visitor may not see answers 404."""

from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from clans.models import User
from territory import selectors
from territory.models import Placement

Visitor = User | AnonymousUser


def may_see_verdicts(user: Visitor) -> bool:
    """Tell whether the visitor is staff with the right to see placements, with coordinates and player ids."""
    return user.is_active and user.is_staff and user.has_perm("territory.view_placement")


def verdicts_or_404(user: Visitor) -> None:
    """Raise Http404 for a visitor who may not see verdicts."""
    if not may_see_verdicts(user):
        raise Http404


def get_placement_or_404(user: Visitor, pk: int) -> Placement:
    """Return the placement with its server, base, person, infraction and ban."""
    verdicts_or_404(user)
    try:
        return selectors.placements_in_full().get(pk=pk)
    except Placement.DoesNotExist as error:
        raise Http404 from error
