"""The only door from a request to a clan's data: what somebody may not see does not exist for them."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from clans.models import AccountLink, ClanMembership, User
from clans.services.account_links import claimed_keys
from clans.services.own_clans import stays_in_force
from tanks.models import Player, SyncedClan

Visitor = User | AnonymousUser


@dataclass(frozen=True, slots=True)
class ClanAccess:
    """What somebody may see of a synced clan: as a commander all of it, else what is their own.

    `may_sync`: may have it synced at once.
    """

    clan: SyncedClan
    is_commander: bool
    may_sync: bool


def sees_every_clan(user: Visitor) -> bool:
    """Return whether this is staff with the right to see what players drive."""
    return user.is_active and user.is_staff and user.has_perm("tanks.view_garagetank")


def clan_accesses(user: Visitor) -> list[ClanAccess]:
    """Return the synced clans that somebody may see something of, by name, in a fixed number of queries."""
    if sees_every_clan(user):
        may_sync = user.has_perm("clans.change_clan")
        return [ClanAccess(clan, is_commander=True, may_sync=may_sync) for clan in _synced()]
    return own_clans(user)


def own_clans(user: Visitor) -> list[ClanAccess]:
    """Return the synced clans that somebody belongs to, whatever staff may see besides.

    Of a realm in which somebody's account is known, the game's roster decides, at once; else what staff entered.
    """
    if not user.is_authenticated or not user.is_active:
        return []
    given = _roles_given(user)
    roles = _roles(list(_players_of(user)), _claimed_players(user), given)
    return [ClanAccess(clan, roles[clan.pk], roles[clan.pk]) for clan in _synced().filter(pk__in=roles)]


def _synced() -> QuerySet[SyncedClan]:
    return SyncedClan.objects.select_related("realm").order_by("name", "pk")


@dataclass(frozen=True, slots=True)
class _Given:
    """A stay that staff entered in a clan, which may have no roster yet because no sync has read it.

    With `follows_game` it is one that the game gave, in a role that it does not; `is_by_hand` is such a role of either.
    """

    clan_id: int
    realm_id: int | None
    commands: bool
    has_roster: bool
    follows_game: bool
    is_by_hand: bool


def _roles(players: list[Player], claimed: list[Player], given: list[_Given]) -> dict[int, bool]:
    """Return by clan whether somebody commands.

    The roster of the game decides where somebody's account is known and the roster has been read; a role given by hand
    wins over the game's. An account that is only claimed opens nothing by itself: of what staff gave, it leaves what its
    place on the roster allows.
    """
    commanded = {stay.clan_id for stay in given if stay.commands}
    by_hand = {stay.clan_id: stay.commands for stay in given if stay.is_by_hand}
    stays = [stay for stay in given if not stay.follows_game]
    roles: dict[int, bool] = {}
    for player in players:
        if player.clan_id is not None:
            roles[player.clan_id] = roles.get(player.clan_id, False) or player.commands
    roles |= {clan_id: commands for clan_id, commands in by_hand.items() if clan_id in roles}
    realms = {player.realm_id for player in (*players, *claimed)}
    claims = {player.clan_id: player.commands for player in claimed}
    for stay in stays:
        if stay.clan_id in claims or stay.realm_id not in realms or not stay.has_roster:
            commands = stay.clan_id in commanded and claims.get(stay.clan_id, True)
            roles.setdefault(stay.clan_id, commands)
    return roles


def _players_of(user: Visitor) -> QuerySet[Player]:
    return Player.objects.filter(user__pk=user.pk or 0).only("realm_id", "clan_id", "role")


def _claimed_players(user: Visitor) -> list[Player]:
    """Return the accounts that somebody only says are theirs."""
    keys = claimed_keys(user.pk or 0, AccountLink.Kind.WARGAMING)
    return list(Player.objects.of_keys(keys).only("realm_id", "clan_id", "role")) if keys else []


def _roles_given(user: Visitor) -> list[_Given]:
    """Return the stays in force that staff entered, or that came with somebody from an old site."""
    entered = Q(follows_game=False) | Q(role_by_hand=True)
    stays = stays_in_force(at=timezone.now()).filter(entered, user__pk=user.pk or 0)
    # A clan that was disbanded has had one: who left with it does not come back through what staff once entered.
    has_roster = Exists(Player.objects.filter(clan=OuterRef("clan"))) | Q(
        clan__synced__disbanded_at__isnull=False
    )
    rows = stays.annotate(has_roster=has_roster).values_list(
        "clan_id", "clan__synced__realm_id", "role", "has_roster", "follows_game", "role_by_hand"
    )
    commander = ClanMembership.Role.COMMANDER.value
    return [_Given(clan, realm, role == commander, *more) for clan, realm, role, *more in rows]


def disbanded_clans(user: Visitor) -> list[SyncedClan]:
    """Return the clans somebody belonged to that are no more, the last one first."""
    ended = SyncedClan.objects.filter(disbanded_at__isnull=False, memberships__user__pk=user.pk or 0)
    return list(ended.exclude(players__isnull=False).order_by("-disbanded_at", "pk").distinct())


def visible_players(user: Visitor, access: ClanAccess) -> dict[int, str]:
    """Return the names of the players whose vehicles somebody may see in a clan, by key and in order. One query."""
    players = Player.objects.filter(clan=access.clan).order_by().only("nickname", "account_id")
    if not access.is_commander:
        players = players.filter(user__pk=user.pk or 0)
    return {player.pk: str(player) for player in sorted(players, key=_by_name)}


def _by_name(player: Player) -> tuple[str, int]:
    return str(player).casefold(), player.pk
