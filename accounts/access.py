"""Who sees pages: people who are signed in; of links of others, commanders those of their clan's players, staff all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from clans.models import AccountLink, Clan, ClanMembership, User
from tanks.access import own_clans
from tanks.models import COMMANDING_ROLES, Player, SyncedClan

Visitor = User | AnonymousUser
View = TypeVar("View", bound=Callable[..., HttpResponse])


def person_of(request: HttpRequest) -> User:
    """Return the person who is signed in, on a page for people."""
    assert isinstance(request.user, User)
    return request.user


@dataclass(frozen=True, slots=True)
class ClanDesk:
    """A clan's accounts before somebody: the clan chosen, all there are to choose, and what may be done.

    `is_staff`: decides by a right of staff, which no clan binds.
    """

    clan: SyncedClan | None
    clans: Sequence[SyncedClan]
    may_decide: bool
    may_change_roles: bool
    is_staff: bool


def _with_right(user: Visitor, right: str) -> bool:
    return user.is_active and user.is_staff and user.has_perm(right)


def sees_links(user: Visitor) -> bool:
    """Return whether this is staff with the right to see whose account is whose."""
    return _with_right(user, "clans.view_accountlink")


def decides_links(user: Visitor) -> bool:
    """Return whether this is staff with the right to decide it."""
    return sees_links(user) and _with_right(user, "clans.change_accountlink")


def seems_to_command(user: Visitor) -> QuerySet[Clan]:
    """Return the synced clans that somebody commands at first sight, as one query for the navigation; pages look closer."""
    stays = ClanMembership.objects.filter(user=user.pk or 0, left_at=None)
    commands = Q(pk__in=stays.filter(role=ClanMembership.Role.COMMANDER).values("clan"))
    commands |= Q(
        pk__in=Player.objects.filter(user=user.pk or 0, role__in=COMMANDING_ROLES).values("clan")
    ) & ~Q(pk__in=stays.filter(role_by_hand=True).values("clan"))
    return Clan.objects.filter(commands, synced__isnull=False).order_by()


def desk_or_404(user: Visitor, clan_id: str | None) -> ClanDesk:
    """Return a clan's accounts, of the named clan or else the first; raise Http404 if it is not this person's to decide."""
    commanded = [one.clan for one in own_clans(user) if one.is_commander]
    is_staff = decides_links(user)
    clans = list(SyncedClan.objects.select_related("realm")) if sees_links(user) else commanded
    named = [clan for clan in clans if not clan_id or str(clan.pk) == clan_id]
    if not named and (clan_id or not sees_links(user)):
        raise Http404
    clan = named[0] if named else None
    is_own = clan in commanded
    return ClanDesk(
        clan,
        clans,
        may_decide=is_own or is_staff,
        may_change_roles=is_own or _with_right(user, "clans.change_clanmembership"),
        is_staff=is_staff,
    )


def link_to_decide_or_404(user: Visitor, pk: int) -> AccountLink:
    """Return a link that the visitor may decide about."""
    links: QuerySet[AccountLink] = AccountLink.objects.select_related("user", "decided_by")
    link = links.filter(pk=pk).first() if decides_links(user) else None
    if link is None:
        raise Http404
    return link
