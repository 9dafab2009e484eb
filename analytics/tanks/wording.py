"""Nations, types, tiers and badges in words. The game adds keys now and then: an unknown key is shown with a capital."""

from collections.abc import Iterable

from django.utils.text import capfirst

from tanks.models import Mastery
from tanks.wording import NATIONS, TYPES, UNKNOWN, nation_name, tier_name, type_name

__all__ = [
    "NATIONS",
    "TYPES",
    "UNKNOWN",
    "badge_name",
    "nation_name",
    "nations_in_order",
    "tier_name",
    "type_name",
    "types_in_order",
]


def badge_name(mark: int) -> str:
    """Return a mastery badge in the reader's language."""
    return str(capfirst(str(Mastery(mark).label)))


def nations_in_order(nations: Iterable[str]) -> list[str]:
    """Return the nations in the order of their names in the reader's language, without the unknown."""
    return sorted(filter(None, nations), key=lambda nation: (nation_name(nation).casefold(), nation))


def types_in_order(kinds: Iterable[str]) -> list[str]:
    """Return the types as the game orders them, then by key the new ones; without the unknown."""
    order = list(TYPES)
    return sorted(
        filter(None, kinds), key=lambda kind: (order.index(kind) if kind in TYPES else len(order), kind)
    )
