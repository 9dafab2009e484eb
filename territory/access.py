"""Access to objects for requests: an object that the visitor may not see answers 404."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from clans.models import Clan, User
from clans.services.own_clans import stays_in_force
from territory.models import Base, Case, GameServer, Placement, PlayerIdentity
from territory.models.base import BaseQuerySet
from territory.services.permissions import may_manage, permissions_in_force

Visitor = User | AnonymousUser


def verdicts_or_404(user: Visitor) -> None:
    """Raise Http404 unless the visitor is staff with the right to see placements, with coordinates and player ids."""
    if not (user.is_active and user.is_staff and user.has_perm("territory.view_placement")):
        raise Http404


def get_placement_or_404(user: Visitor, pk: int) -> Placement:
    """Return the placement with its server, base, person, infraction and ban."""
    verdicts_or_404(user)
    related = ("server", "base", "user", "version", "infraction__ban")
    return get_object_or_404(Placement.objects.select_related(*related), pk=pk)


def adds_servers(user: Visitor) -> bool:
    """Return whether the visitor is staff with the right to add game servers."""
    return user.is_active and user.is_staff and user.has_perm("territory.add_gameserver")


def server_to_set_up_or_404(user: Visitor, slug: str, *rights: str) -> GameServer:
    """Return a game server for staff who may change it, and have these further rights of the app."""
    needed = [f"territory.{right}" for right in ("change_gameserver", *rights)]
    if not (user.is_active and user.is_staff and user.has_perms(needed)):
        raise Http404
    return get_object_or_404(GameServer, slug=slug)


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
    permissions = permissions_in_force(at=at).filter(user=person)
    clans = stays_in_force(at=at).filter(user=person).values("clan")
    is_known = Q(owner=person) | Q(clan__in=clans) | Q(pk__in=permissions.values("base"))
    return Base.objects.active_at(at).filter(is_known)


def get_known_base_or_404(person: User, pk: int, *, at: datetime) -> Base:
    """Return a base whose place the person may know, with its server."""
    bases = Base.objects.active_at(at) if sees_positions(person) else bases_known_to(person, at=at)
    return get_object_or_404(bases.select_related("server"), pk=pk)


def bases_in_sight(user: Visitor, *, at: datetime) -> QuerySet[Base]:
    """Return the bases whose name a visitor may read: those the person knows of, for staff who see bases all."""
    if not isinstance(user, User):
        return Base.objects.none()
    if user.is_active and user.is_staff and user.has_perm("territory.view_base"):
        return Base.objects.all()
    return bases_known_to(user, at=at)


def own_base_or_404(user: Visitor, pk: int, *, at: datetime) -> Base:
    """Return a base in force that belongs to the visitor, with its game server and clan."""
    bases = Base.objects.active_at(at).select_related("server", "clan", "owner")
    return get_object_or_404(bases, pk=pk, owner=user.pk)


def managed_base_or_404(user: Visitor, pk: int, *, at: datetime) -> Base:
    """Return a base in force whose permissions the visitor manages: the own, or by a permission `admin`."""
    base = get_object_or_404(Base.objects.active_at(at).select_related("server", "clan", "owner"), pk=pk)
    if not manages(user, base, at=at):
        raise Http404
    return base


def manages(user: Visitor, base: Base, *, at: datetime) -> bool:
    """Return whether the visitor manages a base's permissions and alarms."""
    return isinstance(user, User) and may_manage(user, base, at=at)


def watched_base_or_404(user: Visitor, pk: int, *, at: datetime) -> Base:
    """Return a base in force that the visitor manages; for staff who see placements, any base."""
    if user.is_active and user.is_staff and user.has_perm("territory.view_placement"):
        return get_object_or_404(Base.objects.select_related("server", "clan", "owner"), pk=pk)
    return managed_base_or_404(user, pk, at=at)


def cases_in_sight(user: Visitor) -> QuerySet[Case]:
    """Return the cases that a visitor may read: for staff with the right all, for others those that concern them.

    These are the cases with a ban of a player that the visitor is proven to be, and those in a base of the visitor.
    """
    if not isinstance(user, User) or not user.is_active:
        return Case.objects.none()
    if user.is_staff and user.has_perm("territory.view_case"):
        return Case.objects.all()
    ids = PlayerIdentity.objects.filter(user=user, player_id__isnull=False).values("player_id")
    return Case.objects.filter(Q(player_id__in=ids, ban__isnull=False) | Q(base__owner=user))


def clan_in_sight_or_404(user: Visitor, pk: int, *, at: datetime) -> Clan:
    """Return a clan that the visitor is a member of; for staff who see clans any."""
    clans = Clan.objects.filter(pk=pk)
    if not (user.is_active and user.is_staff and user.has_perm("clans.view_clan")):
        clans = clans.filter(pk__in=stays_in_force(at=at).filter(user=user.pk).values("clan"))
    return get_object_or_404(clans)


def chosen_server_or_404(
    request: HttpRequest, servers: Sequence[GameServer], present: GameServer | None = None
) -> GameServer:
    """Return the game server that the address names; if it names none, the present one or the first."""
    slug = request.GET.get("server") or (present or servers[0]).slug if servers else ""
    chosen = next((one for one in servers if one.slug == slug), None)
    if chosen is None:
        raise Http404
    return chosen
