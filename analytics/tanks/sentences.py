"""A selection of tanks in words: which tanks and whose, and how many."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from django.utils.formats import number_format
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

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
# Beside a noun of tanks, and beside artillery alone: in Portuguese their genders differ.
_NATIONS: Mapping[str, tuple[Text, Text]] = {
    "ussr": (pgettext_lazy("tanks", "Soviet"), pgettext_lazy("artillery", "Soviet")),
    "germany": (pgettext_lazy("tanks", "German"), pgettext_lazy("artillery", "German")),
    "usa": (pgettext_lazy("tanks", "American"), pgettext_lazy("artillery", "American")),
    "china": (pgettext_lazy("tanks", "Chinese"), pgettext_lazy("artillery", "Chinese")),
    "france": (pgettext_lazy("tanks", "French"), pgettext_lazy("artillery", "French")),
    "uk": (pgettext_lazy("tanks", "British"), pgettext_lazy("artillery", "British")),
    "japan": (pgettext_lazy("tanks", "Japanese"), pgettext_lazy("artillery", "Japanese")),
    "czech": (pgettext_lazy("tanks", "Czechoslovak"), pgettext_lazy("artillery", "Czechoslovak")),
    "sweden": (pgettext_lazy("tanks", "Swedish"), pgettext_lazy("artillery", "Swedish")),
    "poland": (pgettext_lazy("tanks", "Polish"), pgettext_lazy("artillery", "Polish")),
    "italy": (pgettext_lazy("tanks", "Italian"), pgettext_lazy("artillery", "Italian")),
}


def title_of(chosen: TankFilter, owner: Text) -> str:
    """Return a title of the chosen tanks in the active language, as in "Heavy tanks of tier VIII and X of the clan"."""
    if not (chosen.tier or chosen.nation or chosen.type):
        return " ".join((_("All tanks"), str(owner)))
    tanks = _of_nations(_of_types(chosen.type), chosen)
    return capfirst(" ".join(filter(None, (tanks, _of_tiers(chosen.tier), str(owner)))))


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
    ordered = [*wording.types_in_order(kind for kind in types if kind != UNKNOWN), *({UNKNOWN} & {*types})]
    return _listed(_TYPES.get(kind, wording.type_name(kind)) for kind in ordered)


def _of_nations(tanks: str, chosen: TankFilter) -> str:
    named = wording.nations_in_order(nation for nation in chosen.nation if nation != UNKNOWN)
    if len(chosen.nation) > _MOST_NAMED:
        return _("%(tanks)s of %(number)d nations") % {"tanks": tanks, "number": len(chosen.nation)}
    if named:
        is_artillery = chosen.type == (Vehicle.Type.ARTILLERY.value,)
        adjectives = _listed(
            _NATIONS[nation][is_artillery] if nation in _NATIONS else wording.nation_name(nation)
            for nation in named
        )
        # Translators: an adjective and its noun, as in "German and Swedish" "heavy tanks".
        tanks = _("%(nations)s %(tanks)s") % {"nations": adjectives, "tanks": tanks}
    if UNKNOWN not in chosen.nation:
        return tanks
    return (_("%(tanks)s, or of an unknown nation,") if named else _("%(tanks)s of an unknown nation")) % {
        "tanks": tanks
    }


def _of_tiers(keys: Sequence[str]) -> str:
    tiers = sorted(int(key) for key in keys if key != UNKNOWN)
    if not tiers:
        return _("of an unknown tier") if keys else ""
    unknown = [pgettext("tier", "unknown")] if UNKNOWN in keys else []
    return _("of tier %(tiers)s") % {"tiers": _listed([*_runs(tiers), *unknown])}


def _runs(tiers: Iterable[int]) -> list[str]:
    """Return rising tiers by name; three or more without a gap as first and last."""
    words = []
    for _gap, run in groupby(enumerate(tiers), lambda place: place[1] - place[0]):
        names = [wording.tier_name(tier) for _place, tier in run]
        ends = {"first": names[0], "last": names[-1]}
        words += [_("%(first)s to %(last)s") % ends] if len(names) > 2 else names
    return words


def _listed(words: Iterable[Text]) -> str:
    return str(get_text_list([str(word) for word in words], _("and")))
