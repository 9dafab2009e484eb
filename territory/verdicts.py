"""Reads of verdicts for the API and the commands."""

import uuid
from collections import Counter
from collections.abc import Sequence

from django.db.models import Count

from territory.models import Base, GameServer, Placement
from territory.rules.verdict import Outcome

_KEYS_A_QUERY = 10_000


def placement_of_event(server: GameServer, source_key: uuid.UUID) -> tuple[Placement, dict[int, str]] | None:
    """Return a placement and the names of the bases its verdict speaks of; None when nobody sent it. Two queries."""
    placement = (
        Placement.objects.select_related("base", "infraction")
        .filter(server=server, source_key=source_key)
        .first()
    )
    if placement is None:
        return None
    considered = (placement.reasons or {}).get("considered", [])
    ids = [one["base_id"] for one in considered]
    return placement, dict(Base.objects.filter(pk__in=ids).values_list("pk", "name"))


def verdict_counts(server: GameServer, keys: Sequence[uuid.UUID]) -> dict[str, int]:
    """Count the verdicts on these placements by outcome; every outcome is there, also with nought."""
    counts = Counter({outcome.value: 0 for outcome in Outcome})
    for start in range(0, len(keys), _KEYS_A_QUERY):
        part = Placement.objects.filter(
            server=server, source_key__in=keys[start : start + _KEYS_A_QUERY], state=Placement.State.JUDGED
        )
        counts.update(dict(part.order_by().values_list("outcome").annotate(Count("pk"))))
    return dict(counts)
