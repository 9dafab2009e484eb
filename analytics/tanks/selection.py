"""The players whose tanks somebody may see: every page about tanks begins with them."""

from tanks.access import ClanAccess, Visitor, own_players
from tanks.models import Player


def visible_players(user: Visitor, access: ClanAccess) -> dict[int, str]:
    """Return the names of the players whose tanks somebody may see in a clan, by key and in order. One query."""
    if not access.is_commander:
        return {player.pk: str(player) for player in own_players(user, access.clan)}
    members = Player.objects.filter(clan=access.clan).order_by().only("nickname", "account_id")
    return {player.pk: str(player) for player in sorted(members, key=_by_name)}


def _by_name(player: Player) -> tuple[str, int]:
    return str(player).casefold(), player.pk
