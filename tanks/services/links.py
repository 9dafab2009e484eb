"""Whose account a player is, and the memberships that people have through their players."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F

from clans.models import AccountLink, Clan, ClanMembership, User
from clans.services.account_links import note_proof
from clans.services.memberships import RosterPlace, end_followed_stay, follow_roster
from tanks.models import COMMANDING_ROLES, Player

_Role = ClanMembership.Role


def locked_player(pk: int) -> Player:
    """Return a player as the database holds it now, locked with the clan, whose memberships will follow.

    The clan first, as a sync does it.
    """
    clan_id = Player.objects.values_list("clan", flat=True).get(pk=pk)
    Clan.objects.select_for_update(no_key=True).filter(pk=clan_id).first()
    players = Player.objects.select_for_update(of=("self",)).select_related("clan", "user")
    return players.defer("access_token").get(pk=pk)


@transaction.atomic
def link_player(
    player: Player,
    user: User | None,
    *,
    at: datetime,
    proof: AccountLink.Proof = AccountLink.Proof.ENTERED,
    by: User | None = None,
) -> None:
    """Say whose account a player is and what proves it, or that nobody knows; memberships follow at once."""
    if player.clan_id is not None:  # first, as a sync does: two accounts of one person may be linked at once
        Clan.objects.select_for_update(no_key=True).get(pk=player.clan_id)
    player.user = user
    Player.objects.filter(pk=player.pk).update(user=user)
    if user is not None:
        note_proof(AccountLink.Kind.WARGAMING, player.link_key, proof=proof, by=by, at=at)
    if player.clan is not None:
        follow_game(player.clan, at=at)


def follow_game(clan: Clan, *, at: datetime, just_gone: Collection[int] = ()) -> int:
    """Make memberships follow the clan's roster, see `follow_roster`; return how many rows were written."""
    return follow_roster(clan, _places(clan), at=at, just_gone=just_gone)


def end_stays(moved: Iterable[Player], *, at: datetime) -> int:
    """End what the game gave in clans that these players, as they were until now, have left for another.

    Those clans may be silent for long: disbanded, or no longer in an answer. Their rosters are not locked for it, so nothing but
    the end is written. Somebody with another player there stays. Returns how many rows were written.
    """
    ended = 0
    for player in moved:
        if player.user_id is None or player.clan_id is None:
            continue
        others = Player.objects.filter(clan_id=player.clan_id, user_id=player.user_id).exclude(pk=player.pk)
        if not others.exists():
            ended += end_followed_stay(clan_id=player.clan_id, user_id=player.user_id, at=at)
    return ended


def _places(clan: Clan) -> dict[int, RosterPlace]:
    """Return the place of each person with a player on the roster; of several, the most of both."""
    places: dict[int, RosterPlace] = {}
    latest_first = F("joined_clan_at").desc(nulls_first=True)
    players = Player.objects.filter(clan=clan, user__isnull=False).order_by(latest_first, "pk")
    for user_id, role, joined_at in players.values_list("user_id", "role", "joined_clan_at"):
        assert user_id is not None
        before = places[user_id].role if user_id in places else _Role.MEMBER
        commands = role in COMMANDING_ROLES
        places[user_id] = RosterPlace(_Role.COMMANDER if commands else before, joined_at)
    return places
