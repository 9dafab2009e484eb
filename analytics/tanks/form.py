"""The form that shows a filter, and the options it offers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from django import forms
from django.utils.translation import gettext_lazy as _

from analytics.tanks import wording
from analytics.tanks.filters import UNKNOWN, TankFilter
from analytics.tanks.selectors import TankChoices
from analytics.tanks.sorting import SORTS
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
        "tier": {_key(tier): wording.tier_name(tier) for tier in choices.tiers},
        "nation": {_key(nation): wording.nation_name(nation) for nation in choices.nations},
        "type": {_key(kind): wording.type_name(kind) for kind in choices.types},
        "least": _same(LEAST_BATTLES),
        "size": _same(SIZES),
        "sort": _same(sorted(SORTS)),
    }


def _if_several(options: Mapping[str, Text]) -> Mapping[str, Text]:
    return options if len(options) > 1 else {}


def _key(value: int | str | None) -> str:
    return str(value) if value else UNKNOWN


def _same(keys: Iterable[str]) -> Mapping[str, Text]:
    return {key: key for key in keys}


class TankForm(forms.Form):
    """A filter as people see it; a field without options is left out."""

    clan = forms.ChoiceField(label=_("Clan"))
    player = forms.ChoiceField(label=_("Player"))
    tier = forms.MultipleChoiceField(label=_("Tier"), widget=forms.CheckboxSelectMultiple)
    nation = forms.MultipleChoiceField(label=_("Nation"), widget=forms.CheckboxSelectMultiple)
    type = forms.MultipleChoiceField(label=_("Type"), widget=forms.CheckboxSelectMultiple)
    least = forms.ChoiceField(label=_("Minimum battles"))
    size = forms.ChoiceField(label=_("Rows per page"))
    sort = forms.ChoiceField(widget=forms.HiddenInput)

    def __init__(self, chosen: TankFilter, options: Options) -> None:
        super().__init__(initial=asdict(chosen), label_suffix="")
        blank = {"player": _("All players"), "least": _("Any number")}
        for name, labels in options.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [*([("", blank[name])] if name in blank else []), *labels.items()]
            if not labels:
                del self.fields[name]
