"""Who belongs to a clan as a person, because of the player they are in the game."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest

from clans.models import COMMANDING_ROLES, Clan, ClanMembership, Player, User

Role = ClanMembership.Role


@transaction.atomic
def link_player(player: Player, user: User | None, *, at: datetime, is_claim: bool = False) -> None:
    """Say whose account a player is, or that nobody knows; memberships follow at once.

    With `is_claim` it is only what the person says, and commands nothing by itself.
    """
    if player.clan_id is not None:  # first, as a sync does: two accounts of one person may be linked at once
        Clan.objects.select_for_update(no_key=True).get(pk=player.clan_id)
    player.user, player.is_claim = user, is_claim and user is not None
    Player.objects.filter(pk=player.pk).update(user=user, is_claim=player.is_claim)
    if player.clan is not None:
        follow_game(player.clan, at=at)


@transaction.atomic
def follow_game(clan: Clan, *, at: datetime, just_gone: Collection[int] = ()) -> int:
    """Make the memberships that the game gave follow the clan's roster; return how many rows were written.

    A stay that staff entered is staff's: the game neither ends nor changes it. Who has `just_gone` (people's keys) keeps
    the stay until the next reading of the roster: it is a right to build, and one answer may be wrong.
    """
    linked = _linked(clan)
    stays = ClanMembership.objects.select_for_update().filter(clan=clan, left_at__isnull=True)
    open_stays = {stay.user_id: stay for stay in stays}
    begun = [
        ClanMembership(
            clan=clan, user_id=user_id, role=role, joined_at=min(joined_at or at, at), follows_game=True
        )
        for user_id, (role, joined_at) in linked.items()
        if user_id not in open_stays
    ]
    ClanMembership.objects.bulk_create(begun)
    followers = [stay for stay in open_stays.values() if stay.follows_game and stay.user_id not in just_gone]
    changed = [stay for stay in followers if _change(stay, linked, at)]
    ClanMembership.objects.bulk_update(changed, ["role", "left_at"])
    return len(begun) + len(changed)


def end_stays(moved: Iterable[Player], *, at: datetime) -> int:
    """End what the game gave in clans that these players, as they were until now, have left for another.

    Those clans may be silent for long: disbanded, or no longer told. Their rosters are not locked for it, so nothing but
    the end is written. Somebody with another player there stays. Returns how many rows were written.
    """
    ended = 0
    for player in moved:
        if player.user_id is None or player.clan_id is None:
            continue
        others = Player.objects.filter(clan_id=player.clan_id, user_id=player.user_id).exclude(pk=player.pk)
        stays = ClanMembership.objects.filter(
            clan_id=player.clan_id, user_id=player.user_id, left_at__isnull=True, follows_game=True
        )
        if not others.exists():
            ended += stays.update(left_at=Greatest(F("joined_at"), Value(at)))
    return ended


def _linked(clan: Clan) -> dict[int, tuple[str, datetime | None]]:
    """Return role and date of joining of each person with a player on the roster; of several, the most of both."""
    found: dict[int, tuple[str, datetime | None]] = {}
    latest_first = F("joined_clan_at").desc(nulls_first=True)
    players = Player.objects.filter(clan=clan, user__isnull=False).order_by(latest_first, "pk")
    told = players.values_list("user_id", "role", "is_claim", "joined_clan_at")
    for user_id, role, is_claim, joined_at in told:
        assert user_id is not None
        before, _ = found.get(user_id, (Role.MEMBER.value, None))
        commands = role in COMMANDING_ROLES and not is_claim
        found[user_id] = (Role.COMMANDER.value if commands else before, joined_at)
    return found


def _change(stay: ClanMembership, linked: dict[int, tuple[str, datetime | None]], at: datetime) -> bool:
    """Bring one open stay up to date; return whether that changed it."""
    before = (stay.role, stay.left_at)
    if stay.user_id in linked:
        stay.role = linked[stay.user_id][0]
    else:
        stay.left_at = max(at, stay.joined_at)
    return (stay.role, stay.left_at) != before
