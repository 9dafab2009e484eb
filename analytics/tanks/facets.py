"""The choices of the filter with the number of rows that each would give, and the chips of those that are chosen."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.tanks.filters import UNKNOWN, TankFilter, key_of
from analytics.tanks.marks import Mark, nation_mark, type_mark
from face.parts import Chip
from tanks.wording import Text

FACETS: Mapping[str, Text] = {
    "tier": gettext_lazy("Tier"),
    "type": gettext_lazy("Class"),
    "nation": gettext_lazy("Nation"),
}


@dataclass(frozen=True, slots=True)
class FacetChoice:
    """One choice of a facet, with the number of rows it gives while the other facets stay as they are."""

    key: str
    mark: Mark
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A column of a vehicle by which rows are chosen."""

    name: str
    label: Text
    choices: Sequence[FacetChoice]


def facets_of(
    chosen: TankFilter,
    players: Collection[int],
    options: Mapping[str, Mapping[str, Text]],
    reader_id: int | None = None,
) -> list[Facet]:
    """Return the facets of these players' tanks, each with all its options. One query, whatever is chosen."""
    rows = chosen.without_facets.tanks_of(players, reader_id)
    kinds = [
        ({"tier": key_of(tier), "type": key_of(kind), "nation": key_of(nation)}, count)
        for tier, kind, nation, count in rows.values_list(
            "tank__tier", "tank__type", "tank__nation"
        ).annotate(rows=Count("pk"))
    ]
    return [
        Facet(name, label, list(_choices(name, chosen, kinds, options[name])))
        for name, label in FACETS.items()
    ]


def _choices(
    name: str,
    chosen: TankFilter,
    kinds: Iterable[tuple[Mapping[str, str], int]],
    labels: Mapping[str, Text],
) -> Iterable[FacetChoice]:
    others = [(other, keys) for other in FACETS if other != name and (keys := getattr(chosen, other))]
    counts: Counter[str] = Counter()
    for kind, count in kinds:
        if all(kind[other] in keys for other, keys in others):
            counts[kind[name]] += count
    for key, label in labels.items():
        yield FacetChoice(key, _mark(name, key, label), counts[key], key in getattr(chosen, name))


def _mark(name: str, key: str, label: Text) -> Mark:
    value = "" if key == UNKNOWN else key
    marks = {"type": type_mark, "nation": nation_mark}
    return marks[name](value) if name in marks else Mark(str(label))


def chips_of(chosen: TankFilter, options: Mapping[str, Mapping[str, Text]]) -> list[Chip]:
    """Return what is chosen as chips, each with the address without it."""
    chips = [
        Chip(
            _("Tier %(tier)s") % {"tier": options[name][key]} if name == "tier" else options[name][key],
            chosen.without(name, key).url,
        )
        for name in FACETS
        for key in getattr(chosen, name)
    ]
    if chosen.player:
        chips.append(Chip(options["player"][chosen.player], chosen.without("player").url))
    if chosen.least:
        words = ngettext("%(count)d battle or more", "%(count)d battles or more", int(chosen.least))
        chips.append(Chip(words % {"count": int(chosen.least)}, chosen.without("least").url))
    return chips
