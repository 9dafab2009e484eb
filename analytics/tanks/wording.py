"""Nations, types, tiers and badges in words. The game adds keys now and then: an unknown key is shown with a capital."""

from collections.abc import Iterable, Mapping

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from tanks.models import Mastery, Vehicle
from tanks.wording import Text

UNKNOWN = _("Unknown")
NATIONS: Mapping[str, Text] = {
    "ussr": _("USSR"),
    "germany": _("Germany"),
    "usa": _("USA"),
    "china": _("China"),
    "france": _("France"),
    "uk": _("United Kingdom"),
    "japan": _("Japan"),
    "czech": _("Czechoslovakia"),
    "sweden": _("Sweden"),
    "poland": _("Poland"),
    "italy": _("Italy"),
}
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI")
_TYPES = {kind.value: kind.label for kind in Vehicle.Type}


def tier_name(tier: int | None) -> str:
    """Return a tier as the game writes it: XI; None is a vehicle that the catalogue never listed."""
    if tier is None:
        return str(UNKNOWN)
    return _ROMAN[tier - 1] if 1 <= tier <= len(_ROMAN) else str(tier)


def nation_name(nation: str) -> str:
    """Return a nation in the reader's language; blank is a vehicle that the catalogue never listed."""
    return str(NATIONS.get(nation, capfirst(nation)) if nation else UNKNOWN)


def type_name(kind: str) -> str:
    """Return a type of vehicle in the reader's language; blank is one that the catalogue never listed."""
    return str(capfirst(str(_TYPES.get(kind, kind)))) if kind else str(UNKNOWN)


def badge_name(mark: int) -> str:
    """Return a mastery badge in the reader's language."""
    return str(capfirst(str(Mastery(mark).label)))


def nations_in_order(nations: Iterable[str]) -> list[str]:
    """Return the nations in the order of their names in the reader's language, without the unknown."""
    return sorted(filter(None, nations), key=lambda nation: (nation_name(nation).casefold(), nation))


def types_in_order(kinds: Iterable[str]) -> list[str]:
    """Return the types as the game orders them, then by key the new ones; without the unknown."""
    order = list(_TYPES)
    return sorted(
        filter(None, kinds), key=lambda kind: (order.index(kind) if kind in _TYPES else len(order), kind)
    )
