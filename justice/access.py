"""Who may read and decide cases. What somebody may not see answers 404."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from clans.models import User
from territory.access import cases_in_sight
from territory.models import Case, GameServer, PlayerIdentity

Visitor = User | AnonymousUser


def sees_cases(user: Visitor) -> bool:
    """Return whether this is staff with the right to read cases."""
    return user.is_active and user.is_staff and user.has_perm("territory.view_case")


def decides_cases(user: Visitor) -> bool:
    """Return whether this is staff with the right to decide cases, to ban and to lift."""
    return sees_cases(user) and user.has_perm("territory.change_case")


def bans_players(user: Visitor) -> bool:
    """Return whether this is staff with the right to ban players."""
    return decides_cases(user) and user.has_perm("territory.add_ban")


def case_or_404(user: Visitor, pk: int) -> Case:
    """Return a case with its server, base and ban, for staff who may read cases."""
    if not sees_cases(user):
        raise Http404
    return _get_or_404(Case.objects.all(), pk)


def case_in_sight_or_404(user: Visitor, pk: int) -> Case:
    """Return a case that the visitor may read in full or in part (see `territory.access.cases_in_sight`)."""
    return _get_or_404(cases_in_sight(user), pk)


def is_banned_player(user: Visitor, case: Case) -> bool:
    """Return whether a visitor is proven to be the player of a case with a ban."""
    return (
        isinstance(user, User)
        and case.ban_id is not None
        and PlayerIdentity.objects.filter(user=user, player_id=case.player_id).exclude(player_id="").exists()
    )


def decided_case_or_404(user: Visitor, pk: int) -> Case:
    """Return a case for staff who may decide it."""
    if not decides_cases(user):
        raise Http404
    return _get_or_404(Case.objects.all(), pk)


def _get_or_404(cases: QuerySet[Case], pk: int) -> Case:
    try:
        return cases.select_related("server", "base__owner", "ban").get(pk=pk)
    except Case.DoesNotExist as error:
        raise Http404 from error


def runs_servers(user: Visitor) -> bool:
    """Return whether this is staff with the right to change game servers: to set breakers back, to enforce, to undo periods."""
    return user.is_active and user.is_staff and user.has_perm("territory.change_gameserver")


def run_servers_or_404(user: Visitor) -> None:
    """Raise Http404 unless the visitor may change game servers."""
    if not runs_servers(user):
        raise Http404


def server_or_404(user: Visitor, slug: str) -> GameServer:
    """Return a game server for staff who may change it."""
    run_servers_or_404(user)
    return get_object_or_404(GameServer, slug=slug)


def rejudging_or_404(user: Visitor) -> None:
    """Raise Http404 unless this is staff who read cases and placements."""
    if not (sees_cases(user) and user.has_perm("territory.view_placement")):
        raise Http404
