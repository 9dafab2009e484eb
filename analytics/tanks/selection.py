"""Which tanks are looked at: every page about tanks begins here."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from tanks.access import ClanAccess, Visitor, own_players
from tanks.models import GarageTank, Player, Realm


@dataclass(frozen=True, slots=True)
class TankSelection:
    """The tanks of these players, and of those only, with at least so many battles; an empty set restricts no further.

    `realm` is that of the clan, whose catalogue names the vehicles. In `tiers` None, and in `nations` and `types` a blank key, stand for vehicles that the catalogue never listed.
    """

    players: frozenset[int]
    tiers: frozenset[int | None] = frozenset()
    nations: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    least_battles: int = 0
    realm: Realm | None = None


def tanks_of(selection: TankSelection) -> QuerySet[GarageTank]:
    """Return the rows of a selection, unordered."""
    found = GarageTank.objects.filter(_of_vehicles(selection), player__in=selection.players).order_by()
    return found.filter(battles__gte=selection.least_battles) if selection.least_battles else found


def _of_vehicles(selection: TankSelection) -> Q:
    wanted = _of_tiers(selection.tiers) if selection.tiers else Q()
    if selection.nations:
        wanted &= Q(tank__nation__in=selection.nations)
    if selection.types:
        wanted &= Q(tank__type__in=selection.types)
    return wanted


def _of_tiers(tiers: Collection[int | None]) -> Q:
    listed = Q(tank__tier__in=[tier for tier in tiers if tier is not None])
    return listed | Q(tank__tier__isnull=True) if None in tiers else listed


def visible_players(user: Visitor, access: ClanAccess) -> dict[int, str]:
    """Return the names of the players whose tanks somebody may see in a clan, by key and in order. One query."""
    if not access.is_commander:
        return {player.pk: str(player) for player in own_players(user, access.clan)}
    members = Player.objects.filter(clan=access.clan).order_by().only("nickname", "account_id")
    return {player.pk: str(player) for player in sorted(members, key=_by_name)}


def _by_name(player: Player) -> tuple[str, int]:
    return str(player).casefold(), player.pk
