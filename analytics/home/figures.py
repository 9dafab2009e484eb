"""Public figures of the whole site, counted at most once a minute."""

import logging
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Sum
from redis import RedisError

from tanks.models import GarageTank, Player, SyncedClan
from territory.models import Base, Placement
from territory.pages.wall.entries import ban_counts, entries_by_week

logger = logging.getLogger(__name__)

KEY = "analytics:figures"
# Counting reads every placement; a public page must not be able to ask for that at each visit.
SECONDS = 60
HIGHEST_TIER = 10


@dataclass(frozen=True, slots=True)
class SiteFigures:
    """Figures that everybody may see. The clan is the first synced one; its figures are those of Wargaming's public API."""

    active_bases: int
    placements_judged: int
    infractions_week: int
    infractions_week_before: int
    bans: int
    bans_lifted: int
    clan: str = ""
    clan_players: int = 0
    clan_highest_tier: int = 0
    clan_battles: int = 0
    clan_wins: int = 0

    @property
    def clan_win_percent(self) -> float | None:
        """All wins by all battles of the clan's players, in percent; None without battles."""
        return 100 * self.clan_wins / self.clan_battles if self.clan_battles else None


def site_figures(now: datetime) -> SiteFigures:
    """Return the figures, at most a minute old; counted anew while the cache does not answer."""
    try:
        cached = cache.get(KEY)
        if cached is None:
            figures = count(now)
            cache.set(KEY, asdict(figures), SECONDS)
            return figures
        return SiteFigures(**cached)
    except RedisError as error:
        logger.warning("The cache does not answer: %s", error)
        return count(now)


def count(now: datetime) -> SiteFigures:
    """Count, in seven queries: five without a synced clan. Infractions are the wall's entries, by the time of the act."""
    week, before = entries_by_week(now)
    return SiteFigures(
        active_bases=Base.objects.active_at(now).count(),
        placements_judged=Placement.objects.filter(state=Placement.State.JUDGED).count(),
        infractions_week=week,
        infractions_week_before=before,
        **ban_counts(),
        **_clan(),
    )


def _clan() -> dict[str, Any]:
    clan = SyncedClan.objects.filter(disbanded_at=None).order_by("pk").first()
    if clan is None:
        return {}
    players = Player.objects.filter(clan=clan.clan_id)
    highest = GarageTank.objects.filter(
        player__clan=clan.clan_id, tank__tier=HIGHEST_TIER, withdrawn_at=None, battles__gt=0
    )
    sums = players.aggregate(
        clan_players=Count("pk"), clan_battles=Sum("battles", default=0), clan_wins=Sum("wins", default=0)
    )
    return {"clan": str(clan), "clan_highest_tier": highest.count(), **sums}
