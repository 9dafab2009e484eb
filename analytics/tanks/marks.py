"""Nations, types and mastery badges for the eye; each mark says its words too."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from tanks import wording
from tanks.models import Mastery, Vehicle

_TYPE_ICONS: Mapping[str, str] = {
    Vehicle.Type.LIGHT: "t-light",
    Vehicle.Type.MEDIUM: "t-medium",
    Vehicle.Type.HEAVY: "t-heavy",
    Vehicle.Type.DESTROYER: "t-td",
    Vehicle.Type.ARTILLERY: "t-spg",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A name with its drawing in the sprite; blank for what has none, as a nation that the game has added."""

    name: str
    icon: str = ""


def nation_mark(nation: str) -> Mark:
    return Mark(wording.nation_name(nation), f"n-{nation}" if nation in wording.NATIONS else "")


def type_mark(kind: str) -> Mark:
    return Mark(wording.type_name(kind), _TYPE_ICONS.get(kind, ""))


def badge(mark: int) -> SafeString:
    """Draw a mastery badge; nothing for none."""
    if not mark:
        return SafeString()
    sign = "M" if mark == Mastery.ACE else str(Mastery.ACE - mark)
    return format_html(
        '<span class="mastery m{0}" role="img" aria-label="{1}" title="{1}">{2}</span>',
        mark,
        wording.badge_name(mark),
        sign,
    )
