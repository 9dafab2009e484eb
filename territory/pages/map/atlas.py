"""The map page: the bases that a reader may see on a game server, and for staff its placements of a time.

What a reader may not see is never read here, so that it reaches neither the page nor its JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clans.models import User
from face.game_maps import circle_data
from face.maps import Circle
from face.parts import Text
from territory import wording
from territory.access import bases_known_to, sees_positions
from territory.fields import MomentField
from territory.models import Base, GameServer
from territory.pages.map.sheets import circle_of

MOST_CIRCLES = 2_000
PRESETS: Mapping[str, Text] = {
    "1": gettext_lazy("1 h"),
    "24": gettext_lazy("24 h"),
    "168": gettext_lazy("7 d"),
    "720": gettext_lazy("30 d"),
}
LAYERS: Mapping[str, Text] = {
    "base": gettext_lazy("Bases"),
    "invasion": gettext_lazy("Invasions"),
    "forbidden": gettext_lazy("Forbidden items"),
    "review": gettext_lazy("In review"),
    "allowed": gettext_lazy("Allowed"),
    "observed": gettext_lazy("Others"),
}
# Of one of them, for its card and its row of the table.
SHAPES: Mapping[str, Text] = {
    "base": "",
    "invasion": gettext_lazy("Invasion"),
    "forbidden": gettext_lazy("Forbidden item"),
    "review": gettext_lazy("In review"),
    "allowed": gettext_lazy("Allowed"),
    "observed": gettext_lazy("Only observed"),
}


class MapFilter(forms.Form):
    """What staff look at: a time on the server's clock, layers, and a name."""

    hours = forms.ChoiceField(required=False, choices=list(PRESETS.items()), widget=forms.HiddenInput)
    since = MomentField(label=gettext_lazy("From"), required=False, max_length=40)
    until = MomentField(label=gettext_lazy("Until"), required=False, max_length=40)
    layer = forms.MultipleChoiceField(required=False, choices=list(LAYERS.items()))
    q = forms.CharField(
        label=gettext_lazy("Player, owner or base"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    def __init__(self, data: QueryDict, *, server: GameServer) -> None:
        super().__init__(data)
        self._server = server
        for name in ("since", "until"):
            self.fields[name].server = server  # type: ignore[attr-defined]

    def chosen(self, now: datetime) -> "MapChoice":
        """Return what is looked at; wrong values are ignored."""
        self.is_valid()
        given = self.cleaned_data
        hours = int(given.get("hours") or 24)
        until = given.get("until") or now
        since = given.get("since") or until - timedelta(hours=hours)
        if since >= until:
            since = until - timedelta(hours=hours)
        is_preset = not (given.get("since") or given.get("until"))
        layers = frozenset(given.get("layer") or LAYERS)
        return MapChoice(
            self._server, since, until, layers, given.get("q", ""), str(hours) if is_preset else ""
        )


@dataclass(frozen=True, slots=True)
class MapChoice:
    """A game server, a time, layers and a name; `hours` is the preset that the time comes from, if it does."""

    server: GameServer
    since: datetime
    until: datetime
    layers: frozenset[str]
    q: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the map in metres."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def read(cls, query: QueryDict, side_m: float) -> "Box":
        """Return the part that a query string names, or the whole map."""
        try:
            sides = [float(query.get(name, "")) for name in ("west", "south", "east", "north")]
        except ValueError:
            sides = [0.0, 0.0, side_m, side_m]
        return cls(*(min(max(side, 0.0), side_m) if isfinite(side) else 0.0 for side in sides))

    @property
    def longest_m(self) -> float:
        """The length of the longer side."""
        return max(self.east - self.west, self.north - self.south, 1.0)


# -- Bases --------------------------------------------------------------------------------------------------------


def bases_for(reader: User, server: GameServer, *, at: datetime, q: str = "") -> list[Base]:
    """Return the bases in force whose place the reader may see, by name. One query."""
    bases = Base.objects.active_at(at) if sees_positions(reader) else bases_known_to(reader, at=at)
    if q:
        bases = bases.filter(
            Q(name__icontains=q) | Q(owner__display_name__icontains=q) | Q(owner__username__icontains=q)
        )
    return list(
        bases.filter(server=server).select_related("owner", "clan").order_by("name", "pk")[:MOST_CIRCLES]
    )


def drawn_circle(base: Base, reader: User) -> Circle:
    """Return a base's circle: other people's, which only staff see, are grey."""
    if sees_positions(reader) and base.owner_id != reader.pk:
        return Circle(base.x, base.z, base.radius_m, "b-other", base.name)
    return circle_of(base, reader)


def base_data(base: Base, reader: User) -> dict[str, Any]:
    """Return a base for the map's script, with what its card says."""
    clan = f" · {base.clan}" if base.clan else ""
    url = (
        reverse("admin:territory_base_change", args=[base.pk])
        if sees_positions(reader)
        else f"{reverse('can-build')}?base={base.pk}"
    )
    line = _("%(radius)s m · %(owner)s") % {
        "radius": wording.metres_in_words(base.radius_m),
        "owner": base.owner,
    }
    return circle_data(drawn_circle(base, reader), line=line + clan, url=url)
