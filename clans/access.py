"""The only door from a request to a clan's data: what somebody may not see does not exist for them."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from clans.models import Clan, ClanMembership, Player, User

Visitor = User | AnonymousUser


@dataclass(frozen=True, slots=True)
class ClanAccess:
    """What somebody may see of a synced clan: as a commander all of it, else what is their own."""

    clan: Clan
    is_commander: bool


def sees_every_clan(user: Visitor) -> bool:
    """Tell whether this is staff with the right to see what players drive."""
    return user.is_active and user.is_staff and user.has_perm("clans.view_garagetank")


def clan_accesses(user: Visitor) -> list[ClanAccess]:
    """Return the synced clans that somebody may see something of, by name; one query for the clans."""
    if not user.is_authenticated or not user.is_active:
        return []
    synced = Clan.objects.filter(wargaming_id__isnull=False).select_related("realm").order_by("name", "pk")
    if sees_every_clan(user):
        return [ClanAccess(clan, is_commander=True) for clan in synced]
    now = timezone.now()
    in_force = Q(joined_at__lte=now) & (Q(left_at__isnull=True) | Q(left_at__gt=now))
    stays = ClanMembership.objects.filter(in_force, user=user)
    # Of two stays the commander's counts: it comes last.
    roles = dict(stays.order_by("-role").values_list("clan_id", "role"))
    commander = ClanMembership.Role.COMMANDER.value
    return [ClanAccess(clan, roles[clan.pk] == commander) for clan in synced.filter(pk__in=roles)]


def get_clan_access_or_404(user: Visitor, clan_id: str | None) -> ClanAccess:
    """Return the named clan, or the first one somebody may see; raise Http404 if there is none."""
    found = clan_accesses(user)
    if clan_id:
        found = [access for access in found if str(access.clan.pk) == clan_id]
    if not found:
        raise Http404
    return found[0]


def own_players(user: Visitor, clan: Clan) -> list[Player]:
    """Return somebody's own accounts in a clan."""
    if user.pk is None:
        return []
    players = Player.objects.filter(user__pk=user.pk, clan=clan).only("account_id", "nickname")
    return list(players.order_by("nickname", "pk"))
