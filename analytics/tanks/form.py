"""The options that a filter offers, and the controls for those of which one is chosen; facets are drawn with their counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from django import forms
from django.utils.translation import gettext_lazy as _

from analytics.tanks.filters import TankFilter, key_of
from analytics.tanks.selectors import TankChoices
from analytics.tanks.sorting import FALLING_FIRST, LABELS, SORTS
from tanks import wording
from tanks.access import ClanAccess
from tanks.wording import Text

SIZES = ("25", "50", "100", "200")
# A few battles say little: by win rate they would stand above everything else.
LEAST_BATTLES = ("10", "50", "100", "500", "1000")

Options = Mapping[str, Mapping[str, Text]]


def options_of(accesses: Sequence[ClanAccess], players: Mapping[int, str], choices: TankChoices) -> Options:
    """Return the labels of what each parameter may choose, by parameter and key; none where there is no choice."""
    return {
        "clan": _if_several({str(access.clan.pk): access.clan.label for access in accesses}),
        "player": _if_several({str(key): name for key, name in players.items()}),
        "tier": {key_of(tier): wording.tier_name(tier) for tier in choices.tiers},
        "nation": {key_of(nation): wording.nation_name(nation) for nation in choices.nations},
        "type": {key_of(kind): wording.type_name(kind) for kind in choices.types},
        "least": _same(LEAST_BATTLES),
        "size": _same(SIZES),
        "sort": _same(sorted(SORTS)),
    }


def _if_several(options: Mapping[str, Text]) -> Mapping[str, Text]:
    return options if len(options) > 1 else {}


def _same(keys: Iterable[str]) -> Mapping[str, Text]:
    return {key: key for key in keys}


class TankForm(forms.Form):
    """The controls beside the facets; a field without options is left out."""

    # A browser would not send a form whose choice of a player is left blank.
    use_required_attribute = False

    clan = forms.ChoiceField(label=_("Clan"))
    player = forms.ChoiceField(label=_("Player"))
    least = forms.ChoiceField(label=_("Minimum battles"))
    sort = forms.ChoiceField(label=_("Sorted by"))
    size = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, chosen: TankFilter, options: Options) -> None:
        super().__init__(initial=asdict(chosen), label_suffix="")
        blank = {"player": _("All players"), "least": _("Any number")}
        for name in ("clan", "player", "least"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [*([("", blank[name])] if name in blank else []), *options[name].items()]
            if not options[name]:
                del self.fields[name]
        orders = dict.fromkeys([f"-{name}" if name in FALLING_FIRST else name for name in LABELS])
        sort = self.fields["sort"]
        assert isinstance(sort, forms.ChoiceField)
        sort.choices = [(order, order_in_words(order)) for order in orders | {chosen.sort: None}]


def order_in_words(sort: str) -> str:
    """Return an order of the rows in words, as in "Battles: most first"."""
    name, falls = sort.removeprefix("-"), sort.startswith("-")
    match name:
        case "last_changed":
            direction = _("newest first") if falls else _("oldest first")
        case "vehicle" | "player" | "nation" | "type":
            direction = _("backwards") if falls else _("in order")
        case _name:
            direction = _("highest first") if falls else _("lowest first")
    return f"{LABELS[name]}: {direction}"
