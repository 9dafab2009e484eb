"""Figures for the pages."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.db.models import Count, Q
from django.utils import timezone

from territory.models import Ban, Base, Infraction, Placement


@dataclass(frozen=True, slots=True)
class TerritoryFigures:
    """Public figures of territory protection, as they were at `counted_at`."""

    active_bases: int
    placements_judged: int
    invasions_today: int
    invasions_7_days: int
    invasions_30_days: int
    active_bans: int
    counted_at: datetime

    def to_json(self) -> dict[str, Any]:
        """Return the figures as a value for the cache."""
        return asdict(self) | {"counted_at": self.counted_at.isoformat()}

    @classmethod
    def from_json(cls, cached: dict[str, Any]) -> Self:
        """Read what `to_json` returned."""
        return cls(**cached | {"counted_at": datetime.fromisoformat(cached["counted_at"])})


def territory_figures(now: datetime) -> TerritoryFigures:
    """Count, in four queries.

    Invasions are those that were confirmed, by the time of the act; today begins at midnight in the site's zone. A ban
    whose time is over counts no more, lifted yet or not.
    """
    invasions = _invasions(now)
    return TerritoryFigures(
        active_bases=Base.objects.active_at(now).count(),
        placements_judged=Placement.objects.filter(state=Placement.State.JUDGED).count(),
        invasions_today=invasions["today"],
        invasions_7_days=invasions["week"],
        invasions_30_days=invasions["month"],
        active_bans=Ban.objects.filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=now), lifted_at__isnull=True
        ).count(),
        counted_at=now,
    )


def _invasions(now: datetime) -> dict[str, int]:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = {"today": midnight, "week": now - timedelta(days=7), "month": now - timedelta(days=30)}
    counts = {
        name: Count("pk", filter=Q(occurred_at__gte=start, occurred_at__lte=now))
        for name, start in starts.items()
    }
    invasions = Infraction.objects.filter(
        infraction_type=Infraction.Type.TERRITORY_INVASION, status=Infraction.Status.CONFIRMED
    )
    return invasions.aggregate(**counts)
