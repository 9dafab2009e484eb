"""Filters of lists: forms that read the query string and show the choice."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from territory.models import Placement


def _choices(choices: type[Placement.State | Placement.Outcome], anything: Any) -> list[tuple[str, Any]]:
    return [("", anything), *((value, label) for value, label in choices.choices if value)]


class ServerFilter(forms.Form):
    """A filter by game server; wrong values of the query string are ignored."""

    server = forms.ChoiceField(label=_("Game server"), required=False)

    def __init__(self, data: Mapping[str, Any], *, servers: Mapping[str, str]) -> None:
        """Take the query string, and the names of the servers by slug."""
        super().__init__(data, label_suffix="")
        field = self.fields["server"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All servers")), *servers.items()]

    def chosen(self) -> dict[str, str]:
        """Return the valid values by name, without the blank ones."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class WallFilter(ServerFilter):
    """The wall's search."""

    gamertag = forms.CharField(
        label=_("Gamertag"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    field_order = ["gamertag", "server"]


class VerdictFilter(ServerFilter):
    """The live list's filter."""

    state = forms.ChoiceField(
        label=_("State"), required=False, choices=_choices(Placement.State, _("All states"))
    )
    outcome = forms.ChoiceField(
        label=_("Verdict"), required=False, choices=_choices(Placement.Outcome, _("All verdicts"))
    )
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    field_order = ["state", "outcome", "server"]
