"""Who may read and decide cases, and pages for people who are signed in. What somebody may not see answers 404."""

from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from clans.models import User
from territory.access import cases_in_sight
from territory.models import Ban, Case, PlayerIdentity

Visitor = User | AnonymousUser


def require(is_allowed: bool) -> None:  # noqa: FBT001
    """Raise Http404 unless the visitor may read the page."""
    if not is_allowed:
        raise Http404


def sees_cases(user: Visitor) -> bool:
    """Return whether this is staff with the right to read cases."""
    return user.is_active and user.is_staff and user.has_perm("territory.view_case")


def decides_cases(user: Visitor) -> bool:
    """Return whether this is staff with the right to decide cases, to ban and to lift."""
    return sees_cases(user) and user.has_perm("territory.change_case")


def bans_players(user: Visitor) -> bool:
    """Return whether this is staff with the right to ban players."""
    return decides_cases(user) and user.has_perm("territory.add_ban")


def runs_servers(user: Visitor) -> bool:
    """Return whether this is staff with the right to change game servers: to set breakers back, to enforce, to undo periods."""
    return user.is_active and user.is_staff and user.has_perm("territory.change_gameserver")


def case_in_sight_or_404(user: Visitor, pk: int) -> Case:
    """Return a case that the visitor may read in full or in part, with its server, base and ban."""
    case = cases_in_sight(user).select_related("server", "base__owner", "ban").filter(pk=pk).first()
    if case is None:
        raise Http404
    return case


def decided_case_or_404(user: Visitor, pk: int) -> Case:
    """Return a case for staff who may decide it."""
    require(decides_cases(user))
    return case_in_sight_or_404(user, pk)


def is_banned_player(user: Visitor, case: Case) -> bool:
    """Return whether a visitor is proven to be the player of a case with a ban."""
    return case.ban_id is not None and _is_player(user, case.player_id)


def owns_ban(user: Visitor, ban: Ban) -> bool:
    """Return whether a proven link says that the banned player is the visitor. One query."""
    return _is_player(user, ban.player_id)


def _is_player(user: Visitor, player_id: str) -> bool:
    if not isinstance(user, User) or not player_id:
        return False
    return PlayerIdentity.objects.filter(user=user, player_id=player_id).exists()
