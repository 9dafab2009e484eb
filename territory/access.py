"""Access to objects for requests: an object that the visitor may not see answers 404."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import Http404, HttpRequest

from clans.models import ClanMembership, User
from territory.models import Base, BasePermission, Placement
from territory.models.base import BaseQuerySet
from territory.services.permissions import may_manage

Visitor = User | AnonymousUser


def verdicts_or_404(user: Visitor) -> None:
    """Raise Http404 unless the visitor is staff with the right to see placements, with coordinates and player ids."""
    if not (user.is_active and user.is_staff and user.has_perm("territory.view_placement")):
        raise Http404


def get_placement_or_404(user: Visitor, pk: int) -> Placement:
    """Return the placement with its server, base, person, infraction and ban."""
    verdicts_or_404(user)
    try:
        return Placement.objects.select_related("server", "base", "user", "infraction__ban").get(pk=pk)
    except Placement.DoesNotExist as error:
        raise Http404 from error


def signed_in(request: HttpRequest) -> User:
    """Return the visitor of a page that asks visitors to sign in."""
    assert isinstance(request.user, User)
    return request.user


def sees_positions(user: Visitor) -> bool:
    """Return whether the visitor is staff with the rights to see where all bases and placements are."""
    return (
        user.is_active
        and user.is_staff
        and user.has_perms(["territory.view_base", "territory.view_placement"])
    )


def bases_known_to(person: User, *, at: datetime) -> BaseQuerySet:
    """Return the bases in force whose place a person may know: the own ones, those of the own clans, those with a permission."""
    in_force = Q(revoked_at=None) | Q(revoked_at__gt=at)
    permissions = BasePermission.objects.filter(in_force, user=person, granted_at__lte=at)
    stays = ClanMembership.objects.filter(Q(left_at=None) | Q(left_at__gt=at), user=person, joined_at__lte=at)
    is_known = Q(owner=person) | Q(clan__in=stays.values("clan")) | Q(pk__in=permissions.values("base"))
    return Base.objects.active_at(at).filter(is_known)


def get_known_base_or_404(person: User, pk: int, *, at: datetime) -> Base:
    """Return a base whose place the person may know, with its server."""
    bases = Base.objects.active_at(at) if sees_positions(person) else bases_known_to(person, at=at)
    try:
        return bases.select_related("server").get(pk=pk)
    except Base.DoesNotExist as error:
        raise Http404 from error


def own_base_or_404(user: Visitor, pk: int, *, at: datetime) -> Base:
    """Return a base in force that belongs to the visitor, with its game server and clan."""
    bases = Base.objects.active_at(at).select_related("server", "clan", "owner")
    try:
        return bases.get(pk=pk, owner=user.pk)
    except Base.DoesNotExist as error:
        raise Http404 from error


def managed_base_or_404(user: Visitor, pk: int, *, at: datetime) -> Base:
    """Return a base in force whose permissions the visitor manages: the own, or by a permission `admin`."""
    base = Base.objects.active_at(at).select_related("server", "clan", "owner").filter(pk=pk).first()
    if base is None or not isinstance(user, User) or not may_manage(user, base, at=at):
        raise Http404
    return base
