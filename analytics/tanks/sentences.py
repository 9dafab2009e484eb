"""A selection of tanks in words: which tanks and whose, and how many."""

from collections.abc import Iterable, Mapping, Sequence

from django.utils.formats import number_format
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from analytics.tanks.filters import UNKNOWN, TankFilter
from face.parts import isolated
from tanks import wording
from tanks.models import Vehicle
from tanks.wording import Text

# More nations or types than these are counted, not named: a title is read at a glance.
_MOST_NAMED = 3
_TYPES: Mapping[str, Text] = {
    Vehicle.Type.LIGHT: gettext_lazy("light tanks"),
    Vehicle.Type.MEDIUM: gettext_lazy("medium tanks"),
    Vehicle.Type.HEAVY: gettext_lazy("heavy tanks"),
    Vehicle.Type.DESTROYER: gettext_lazy("tank destroyers"),
    Vehicle.Type.ARTILLERY: gettext_lazy("artillery vehicles"),
    UNKNOWN: gettext_lazy("vehicles of an unknown type"),
}


def title_of(chosen: TankFilter, owner: Text) -> str:
    """Return a title of the chosen tanks in the active language, as in "Heavy tanks of tier VIII and X of the clan"."""
    if not (chosen.tier or chosen.nation or chosen.type):
        return " ".join((_("All tanks"), str(owner)))
    parts = (_of_types(chosen.type), _of_nations(chosen.nation), _of_tiers(chosen.tier), str(owner))
    return capfirst(" ".join(filter(None, parts)))


def owner_in_words(player: str, *, is_commander: bool, accounts: int) -> str:
    """Return whose tanks these are: one player's, the clan's, or the reader's own."""
    if player:
        return _("of %(player)s") % {"player": isolated(player)}
    return _("of the clan") if is_commander else ngettext("of your account", "of your accounts", accounts)


def count_in_words(tanks: int, players: int) -> str:
    """Return how many tanks of how many players these are; of one player the tanks alone."""
    if not tanks:
        return _("No tank")
    count = ngettext("%(number)s tank", "%(number)s tanks", tanks) % {"number": _number(tanks)}
    if players < 2:
        return count
    owners = ngettext("%(number)s player", "%(number)s players", players) % {"number": _number(players)}
    return _("%(tanks)s of %(players)s") % {"tanks": count, "players": owners}


def _number(number: int) -> str:
    return str(number_format(number, force_grouping=True))


def _of_types(types: Sequence[str]) -> str:
    if not types:
        return _("tanks")
    if len(types) > _MOST_NAMED:
        return _("tanks of %(number)d types") % {"number": len(types)}
    return _listed(_TYPES.get(kind, wording.type_name(kind)) for kind in wording.types_in_order(types))


def _of_nations(keys: Sequence[str]) -> str:
    if len(keys) > _MOST_NAMED:
        return _("of %(number)d nations") % {"number": len(keys)}
    nations = wording.nations_in_order(key for key in keys if key != UNKNOWN)
    names = [wording.nation_name(nation) for nation in (*nations, *([""] if UNKNOWN in keys else []))]
    return f"({', '.join(names)})" if names else ""


def _of_tiers(keys: Sequence[str]) -> str:
    tiers = sorted(int(key) for key in keys if key != UNKNOWN)
    unknown = [pgettext("tier", "unknown")] if UNKNOWN in keys else []
    names = [*map(wording.tier_name, tiers), *unknown]
    return _("of tier %(tiers)s") % {"tiers": _listed(names)} if names else ""


def _listed(words: Iterable[Text]) -> str:
    return str(get_text_list([str(word) for word in words], _("and")))
