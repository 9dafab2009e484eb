"""Sleeping bases: none of whose builders was seen in the log for the days that the game server's setting says.

The owner is warned a quarter of that time before, then the base is released. Only days count on which the server's log came:
otherwise nobody could be seen. An owner's leave stops the clock, and so does an owner whom no log can show.
"""

import logging
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Max
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _

from clans.services.own_clans import stays_in_force
from common.errors import NotPossibleError
from territory.models import Base, GamertagUse, GameServer, LogFile, Placement, PlayerIdentity
from territory.services.bases import remove_base
from territory.services.permissions import permissions_in_force

logger = logging.getLogger(__name__)

LONGEST_LEAVE_DAYS = 90


def set_leave(base: Base, *, days: int, at: datetime) -> None:
    """Set for how many days from now the base does not fall asleep; 0 ends the leave. Raises NotPossibleError beyond 90."""
    if not 0 <= days <= LONGEST_LEAVE_DAYS:
        raise NotPossibleError(_("A leave lasts at most 90 days."))
    until = at + timedelta(days=days) if days else None
    Base.objects.filter(pk=base.pk).update(away_until=until, sleeps_at=None)


def release_sleepers(*, now: datetime) -> tuple[int, int]:
    """Warn of the bases that fall asleep and release those that were warned of in time; return how many of both.

    A base that wakes up is warned of no longer.
    """
    warned = released = 0
    for server in GameServer.objects.filter(sleep_after_days__isnull=False, is_active=True):
        for base, quiet in _quiet_days(server, now).items():
            is_asleep = _settle(base, quiet, server.sleep_after_days or 0, now)
            warned += is_asleep is False
            released += is_asleep is True
    return warned, released


def _settle(base: Base, quiet: int, days: int, now: datetime) -> bool | None:
    """Bring a base to what its quiet days say; return True if that released it, False if its owner is warned, else None."""
    notice = math.ceil(days / 4)
    if quiet < days - notice:
        Base.objects.filter(pk=base.pk, sleeps_at__isnull=False).update(sleeps_at=None)
        return None
    if base.sleeps_at is not None and base.sleeps_at <= now and quiet >= days:
        return _release(base, now)
    if base.sleeps_at is None or base.sleeps_at <= now:
        # Nobody is released without a warning, however long the base slept before the setting was made.
        left = notice if base.sleeps_at is None else days - quiet
        Base.objects.filter(pk=base.pk).update(sleeps_at=now + timedelta(days=left))
    return False


def _release(base: Base, now: datetime) -> bool | None:
    try:
        remove_base(base, at=now)
    except NotPossibleError:
        return None  # somebody was faster
    logger.info("Base %s was released: none of its builders was seen", base.pk)
    return True


def _quiet_days(server: GameServer, now: datetime) -> dict[Base, int]:
    """Return on how many days since a builder was last seen the log came, of each base whose clock runs."""
    bases = list(Base.objects.active_at(now).filter(server=server).select_related("clan"))
    knowable = _knowable(base.owner_id for base in bases)
    running = [
        base
        for base in bases
        if base.owner_id in knowable and not (base.away_until is not None and base.away_until > now)
    ]
    seen = _last_seen(running, now)
    since = {base: _began(base, seen.get(base.pk)) for base in running}
    days = _days_of_the_log(server, min(since.values(), default=now), now)
    return {base: sum(timezone.localtime(at).date() < day for day in days) for base, at in since.items()}


def _began(base: Base, seen_at: datetime | None) -> datetime:
    """Return when the clock of a base began: the last of its registration, its leave, and a builder's last sighting."""
    moments = (base.registered_at, base.away_until, seen_at)
    return max(moment for moment in moments if moment is not None)


def _knowable(people: Iterable[int]) -> set[int]:
    """Return who of these would be seen: a log shows a player id, and one of theirs is known."""
    known = PlayerIdentity.objects.filter(user__in=set(people), player_id__isnull=False)
    return {user_id for user_id in known.values_list("user", flat=True) if user_id}


def _last_seen(bases: Sequence[Base], now: datetime) -> dict[int, datetime]:
    """Return when a builder of each base was last seen, on whatever game server, by base."""
    builders: Mapping[int, set[int]] = _builders(bases, now)
    people = set().union(*builders.values())
    uses = GamertagUse.objects.filter(identity__user__in=people).values_list("identity__user")
    seen = dict(uses.annotate(Max("last_seen_at")))
    moments = {pk: [seen[one] for one in who if one in seen] for pk, who in builders.items()}
    return {pk: max(of_base) for pk, of_base in moments.items() if of_base}


def _builders(bases: Sequence[Base], now: datetime) -> dict[int, set[int]]:
    """Return who may build in each base now, by base: the owner, by permission, by the clan."""
    builders = {base.pk: {base.owner_id} for base in bases}
    permissions = permissions_in_force(at=now).filter(base__in=bases)
    for base_id, user_id in permissions.values_list("base", "user"):
        builders[base_id].add(user_id)
    members: dict[int, set[int]] = defaultdict(set)
    clans = {base.clan_id for base in bases if base.clan_id}
    for clan_id, user_id in stays_in_force(at=now).filter(clan__in=clans).values_list("clan", "user"):
        members[clan_id].add(user_id)
    for base in bases:
        builders[base.pk] |= members.get(base.clan_id or 0, set())
    return builders


def _days_of_the_log(server: GameServer, since: datetime, now: datetime) -> set[date]:
    """Return the days on which the server's log came: a file showed players, or something was placed."""
    placed = Placement.objects.filter(server=server, occurred_at__range=(since, now))
    days = set(placed.order_by().values_list(TruncDate("occurred_at"), flat=True).distinct())
    files = LogFile.objects.filter(source__server=server, players_until__gte=since)
    for first, last in files.values_list("players_since", "players_until"):
        if last is not None:
            days |= _days_between(max(first or last, since), min(last, now))
    return days


def _days_between(first: datetime, last: datetime) -> set[date]:
    day, end = timezone.localtime(first).date(), timezone.localtime(last).date()
    return {day + timedelta(days=number) for number in range((end - day).days + 1)}
