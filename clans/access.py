"""The only door from a request to a clan's data: what somebody may not see does not exist for them."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from clans.models import COMMANDING_ROLES, Clan, ClanMembership, Player, User

Visitor = User | AnonymousUser


@dataclass(frozen=True, slots=True)
class ClanAccess:
    """What somebody may see of a synced clan: as a commander all of it, else what is their own.

    `may_sync`: may have it synced at once.
    """

    clan: Clan
    is_commander: bool
    may_sync: bool


def sees_every_clan(user: Visitor) -> bool:
    """Tell whether this is staff with the right to see what players drive."""
    return user.is_active and user.is_staff and user.has_perm("clans.view_garagetank")


def clan_accesses(user: Visitor) -> list[ClanAccess]:
    """Return the synced clans that somebody may see something of, by name, in a fixed number of queries.

    Of a realm in which somebody's account is known, the game's roster decides, at once; else what staff entered.
    """
    if not user.is_authenticated or not user.is_active:
        return []
    synced = Clan.objects.filter(wargaming_id__isnull=False).select_related("realm").order_by("name", "pk")
    if sees_every_clan(user):
        may_sync = user.has_perm("clans.change_clan")
        return [ClanAccess(clan, is_commander=True, may_sync=may_sync) for clan in synced]
    roles, known_realms = _roles_in_the_game(user)
    for clan_id, is_commander in _roles_of_stays(user, known_realms).items():
        roles.setdefault(clan_id, is_commander)
    return [ClanAccess(clan, roles[clan.pk], roles[clan.pk]) for clan in synced.filter(pk__in=roles)]


def _roles_in_the_game(user: Visitor) -> tuple[dict[int, bool], set[int]]:
    """Return whether somebody commands, by the clans of their players, and the realms of all those players."""
    players = Player.objects.filter(user__pk=user.pk or 0).values_list("realm_id", "clan_id", "role")
    roles: dict[int, bool] = {}
    for _realm, clan_id, role in players:
        if clan_id is not None:
            roles[clan_id] = roles.get(clan_id, False) or role in COMMANDING_ROLES
    return roles, {realm for realm, _clan, _role in players}


def _roles_of_stays(user: Visitor, known_realms: set[int]) -> dict[int, bool]:
    """Return whether somebody commands, by the clans they are in by a membership in force."""
    now = timezone.now()
    in_force = Q(joined_at__lte=now) & (Q(left_at__isnull=True) | Q(left_at__gt=now))
    stays = ClanMembership.objects.filter(in_force, user__pk=user.pk or 0, follows_game=False)
    elsewhere = stays.exclude(clan__realm__in=known_realms)
    commander = ClanMembership.Role.COMMANDER.value
    # Of two stays the commander's counts: it comes last.
    found = dict(elsewhere.order_by("-role").values_list("clan_id", "role"))
    return {clan_id: role == commander for clan_id, role in found.items()}


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
