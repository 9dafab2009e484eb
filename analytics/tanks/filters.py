"""What the page's address chooses. Whatever is wrong in it is ignored, never an error."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from analytics.tanks import wording
from analytics.tanks.selection import TankSelection
from analytics.tanks.selectors import TankChoices
from analytics.tanks.sorting import DEFAULT_SORT, SORTS
from tanks.access import ClanAccess
from tanks.models import Realm

SIZES = ("25", "50", "100", "200")
DEFAULT_SIZE = "50"
UNKNOWN = "unknown"
# A few battles say little: by win rate they would stand above everything else.
LEAST_BATTLES = (10, 50, 100, 500, 1000)


class TankFilter(forms.Form):
    """The page's choices, read from its address and shown in its form."""

    clan = forms.ChoiceField(label=_("Clan"), required=False)
    player = forms.ChoiceField(label=_("Player"), required=False)
    tier = forms.MultipleChoiceField(label=_("Tier"), required=False, widget=forms.CheckboxSelectMultiple)
    nation = forms.MultipleChoiceField(label=_("Nation"), required=False, widget=forms.CheckboxSelectMultiple)
    type = forms.MultipleChoiceField(label=_("Type"), required=False, widget=forms.CheckboxSelectMultiple)
    least = forms.ChoiceField(
        label=_("Minimum battles"),
        required=False,
        choices=[("", _("Any number")), *((str(number), str(number)) for number in LEAST_BATTLES)],
    )
    size = forms.ChoiceField(
        label=_("Rows per page"), required=False, choices=[(size, size) for size in SIZES]
    )
    sort = forms.ChoiceField(
        required=False, choices=[(sort, sort) for sort in sorted(SORTS)], widget=forms.HiddenInput
    )

    def __init__(
        self,
        data: QueryDict,
        *,
        accesses: Sequence[ClanAccess],
        realm: Realm | None,
        players: Mapping[int, str],
        choices: TankChoices,
    ) -> None:
        """Take the address's parameters, and what there is to choose from."""
        super().__init__(label_suffix="")
        self._players, self._realm = frozenset(players), realm
        self._offer("clan", [(access.clan.pk, access.clan.label) for access in accesses])
        self._offer("player", [("", _("All players")), *players.items()])
        self._offer("tier", [(_key(tier), wording.tier_name(tier)) for tier in choices.tiers])
        self._offer("nation", [(_key(nation), wording.nation_name(nation)) for nation in choices.nations])
        self._offer("type", [(_key(kind), wording.type_name(kind)) for kind in choices.types])
        # What is chosen and differs from the defaults: the address of what is shown, without what was wrong in it.
        self.address = self._known(data)
        self.data = self.address.copy()
        self.data.setdefault("size", DEFAULT_SIZE)
        self.data.setdefault("sort", DEFAULT_SORT)
        self.is_bound = True

    @property
    def is_filtered(self) -> bool:
        """Whether fewer than all tanks are chosen."""
        return any(name in self.address for name in _FILTERS)

    @property
    def unfiltered(self) -> QueryDict:
        """The address with the clan, the order and the page size alone."""
        address = self.address.copy()
        for name in _FILTERS:
            address.pop(name, None)
        return address

    @property
    def page_size(self) -> int:
        return int(self.data["size"])

    @property
    def chosen_sort(self) -> str:
        return str(self.data["sort"])

    def selection(self) -> TankSelection:
        """Return the tanks that are chosen, of the players that there are to choose from."""
        player = self.address.get("player")
        tiers = self.address.getlist("tier")
        return TankSelection(
            players=frozenset({int(player)}) if player else self._players,
            tiers=frozenset(None if tier == UNKNOWN else int(tier) for tier in tiers),
            nations=self._keys("nation"),
            types=self._keys("type"),
            least_battles=int(self.address.get("least", "0")),
            realm=self._realm,
        )

    def _keys(self, name: str) -> frozenset[str]:
        return frozenset("" if key == UNKNOWN else key for key in self.address.getlist(name))

    def _offer(self, name: str, options: Iterable[tuple[Any, Any]]) -> None:
        """Let one choose among these, or take the field away where there is no choice."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(options)
        least = 1 if isinstance(field, forms.MultipleChoiceField) else _LEAST[name]
        if len(field.choices) < least:
            del self.fields[name]

    def _known(self, data: QueryDict) -> QueryDict:
        known = QueryDict(mutable=True)
        for name, field in self.fields.items():
            assert isinstance(field, forms.ChoiceField)
            values = [
                value for value in dict.fromkeys(data.getlist(name)) if value and field.valid_value(value)
            ]
            kept = values if isinstance(field, forms.MultipleChoiceField) else values[-1:]
            if kept and kept != _DEFAULTS.get(name):
                known.setlist(name, kept)
        return known


_FILTERS = ("player", "tier", "nation", "type", "least")
_DEFAULTS = {"size": [DEFAULT_SIZE], "sort": [DEFAULT_SORT]}
# The first choice among players is all of them.
_LEAST = {"clan": 2, "player": 3}


def _key(value: int | str | None) -> str:
    return str(value) if value else UNKNOWN
