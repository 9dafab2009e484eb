"""Who may read and decide cases. What somebody may not see answers 404."""

from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from clans.models import User
from territory.models import Case

Visitor = User | AnonymousUser


def sees_cases(user: Visitor) -> bool:
    """Return whether this is staff with the right to read cases."""
    return user.is_active and user.is_staff and user.has_perm("territory.view_case")


def decides_cases(user: Visitor) -> bool:
    """Return whether this is staff with the right to decide cases, to ban and to lift."""
    return sees_cases(user) and user.has_perm("territory.change_case")


def case_or_404(user: Visitor, pk: int) -> Case:
    """Return a case with its server, base and ban, for staff who may read cases."""
    if not sees_cases(user):
        raise Http404
    try:
        return Case.objects.select_related("server", "base__owner", "ban").get(pk=pk)
    except Case.DoesNotExist as error:
        raise Http404 from error
