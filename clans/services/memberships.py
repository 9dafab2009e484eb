"""Memberships that follow the roster of a game: the app of the game says who is on it."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest

from clans.models import Clan, ClanMembership, User

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RosterPlace:
    """A person's place on a clan's roster; `joined_at` is empty while the game never gave it."""

    role: ClanMembership.Role
    joined_at: datetime | None


@transaction.atomic
def follow_roster(
    clan: Clan, places: Mapping[int, RosterPlace], *, at: datetime, just_gone: Collection[int] = ()
) -> int:
    """Begin, change and end the memberships that follow the game; return how many rows were written.

    `places` and `just_gone` go by people's keys. A stay that staff entered is staff's: it is neither ended nor changed. Who
    has `just_gone` keeps the stay until the next reading of the roster: it is a right to build, and one answer may be wrong.
    """
    stays = ClanMembership.objects.select_for_update().filter(clan=clan, left_at__isnull=True)
    open_stays = {stay.user_id: stay for stay in stays}
    begun = [
        _begin(clan, user_id, place, at) for user_id, place in places.items() if user_id not in open_stays
    ]
    ClanMembership.objects.bulk_create(begun)
    followers = [stay for stay in open_stays.values() if stay.follows_game and stay.user_id not in just_gone]
    changed = [stay for stay in followers if _change(stay, places.get(stay.user_id), at)]
    ClanMembership.objects.bulk_update(changed, ["role", "left_at"])
    return len(begun) + len(changed)


def set_role_by_hand(stay: ClanMembership, role: ClanMembership.Role | None, *, by: User) -> None:
    """Give an open stay, which is locked, a role that the game does not change, or with None leave the role to the game."""
    stay.role, stay.role_by_hand = role or stay.role, role is not None
    stay.save(update_fields=["role", "role_by_hand"])
    logger.info("Membership %s: role %s by person %s.", stay.pk, role or "of the game", by.pk)


def end_followed_stay(*, clan_id: int, user_id: int, at: datetime) -> int:
    """End the membership that a game gave a person in a clan; return how many rows were written."""
    stays = ClanMembership.objects.filter(
        clan_id=clan_id, user_id=user_id, left_at__isnull=True, follows_game=True
    )
    return stays.update(left_at=Greatest(F("joined_at"), Value(at)))


def _begin(clan: Clan, user_id: int, place: RosterPlace, at: datetime) -> ClanMembership:
    joined_at = min(place.joined_at or at, at)
    return ClanMembership(clan=clan, user_id=user_id, role=place.role, joined_at=joined_at, follows_game=True)


def _change(stay: ClanMembership, place: RosterPlace | None, at: datetime) -> bool:
    """Bring one open stay up to date; return whether that changed it."""
    before = (stay.role, stay.left_at)
    if place is None:
        stay.left_at = max(at, stay.joined_at)
    elif not stay.role_by_hand:
        stay.role = place.role
    return (stay.role, stay.left_at) != before
