"""Filters of lists: forms that read the query string and show the choice."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from face.parts import Chip, Text
from territory.models import Placement

# What a part of a page says it shows, and which page of a list is open: a new choice starts without them.
_NEVER_KEPT = ("page", "before", "partial", "after", "shown", "pending")


def _search_field(label: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"type": "search", "autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=100, widget=widget)


def _choice_field(label: Any, choices: Any, anything: Text) -> forms.ChoiceField:
    """Return a field with the choices of a model's column, and a first one for all of them."""
    offered = [("", anything), *((value, words) for value, words in choices.choices if value)]
    return forms.ChoiceField(label=label, required=False, choices=offered)


class ServerFilter(forms.Form):
    """A filter by game server; wrong values of the query string are ignored."""

    server = forms.ChoiceField(label=gettext_lazy("Game server"), required=False)

    def __init__(self, data: QueryDict, *, servers: Mapping[str, str]) -> None:
        """Take the query string, and the names of the servers by slug."""
        super().__init__(data)
        self._query = data
        choices = [("", gettext_lazy("All servers")), *servers.items()]
        self.fields["server"].choices = choices  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, str]:
        """Return the valid values by name, without the blank ones."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def chips(self) -> list[Chip]:
        """Return what is chosen in fields that the reader sees, each with the address without it."""
        visible = {field.name for field in self.visible_fields()}
        return [
            Chip(self._label(name, value), self.address(**{name: None}))
            for name, value in self.chosen().items()
            if name in visible
        ]

    def address(self, **changes: str | None) -> str:
        """Return the query string with some values changed, and with the others as they are."""
        query = self._query.copy()
        for name in _NEVER_KEPT:
            query.pop(name, None)
        for name, value in changes.items():
            query.pop(name, None)
            if value:
                query[name] = value
        return f"?{query.urlencode()}"

    def _label(self, name: str, value: str) -> Text:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            return str(dict(field.choices)[value])  # type: ignore[arg-type] # no choice of ours has groups
        return f"“{value}”"


class WallFilter(ServerFilter):
    """The wall's search."""

    q = _search_field(gettext_lazy("Gamertag, item, base, number or ban id"))
    days = forms.ChoiceField(
        label=gettext_lazy("Period"),
        required=False,
        choices=[
            ("", gettext_lazy("All time")),
            ("7", gettext_lazy("Last 7 days")),
            ("30", gettext_lazy("Last 30 days")),
            ("90", gettext_lazy("Last 90 days")),
        ],
    )
    kind = forms.ChoiceField(
        required=False,
        choices=[(kind, "") for kind in ("invasion", "forbidden", "staff", "lifted")],
        widget=forms.HiddenInput,
    )
    field_order = ["q", "server", "days", "kind"]

    def kinds(self, counts: Mapping[str, int]) -> Iterable[Chip]:
        """Return the kinds of infractions as links that keep the other choices."""
        chosen = self.chosen().get("kind", "")
        labels = {
            "": (_("Everything"), ""),
            "invasion": (_("Invasion"), "v-invasion"),
            "forbidden": (_("Forbidden item"), "v-forbidden"),
            "staff": (_("Banned by staff"), "shield-check"),
            "lifted": (_("Ban over"), "v-lifted"),
        }
        for kind, (label, glyph) in labels.items():
            yield Chip(label, self.address(kind=kind), counts[kind], is_chosen=kind == chosen, icon=glyph)


class VerdictFilter(ServerFilter):
    """The live list's filter, and what a list that asks for news shows already."""

    q = _search_field(gettext_lazy("Gamertag, base, player id or number"))
    action = _choice_field(gettext_lazy("Consequence"), Placement.Action, gettext_lazy("All consequences"))
    outcome = _choice_field(gettext_lazy("Verdict"), Placement.Outcome, gettext_lazy("All verdicts"))
    state = _choice_field(gettext_lazy("State"), Placement.State, gettext_lazy("All states"))
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    field_order = ["q", "action", "outcome", "state", "server"]
