"""Forms of decisions: each takes a reason, ready-made or typed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from face.parts import Text
from justice.queue import Choice
from territory.filters import ServerFilter
from territory.services.offences import Kind

MOST_DAYS = 36_500
_LONGEST_REASON = 1_000
# By act, in the order in which they are offered.
READY_REASONS: Mapping[str, Sequence[Text]] = {
    "dismiss": (
        gettext_lazy("Outside of the circle"),
        gettext_lazy("Invited by the owner"),
        gettext_lazy("Re-armed an own trap"),
        gettext_lazy("The log or its clock is wrong"),
    ),
    "confirm": (
        gettext_lazy("Clear invasion"),
        gettext_lazy("Warned before"),
        gettext_lazy("Built again and again in the same base"),
    ),
    "mistake": (
        gettext_lazy("A friend of the owner"),
        gettext_lazy("The position at the edge was wrong"),
        gettext_lazy("It was somebody else with this name"),
    ),
    "mercy": (
        gettext_lazy("Apologised and made it good"),
        gettext_lazy("The first time, and has understood"),
        gettext_lazy("Was away long enough"),
    ),
    "end": (
        gettext_lazy("Agreed with the owner"),
        gettext_lazy("Shorter after a talk"),
        gettext_lazy("Did it again"),
    ),
    "ban": (
        gettext_lazy("Seen by staff"),
        gettext_lazy("Reported by several players, with evidence"),
        gettext_lazy("Recorded on video"),
    ),
}


class ReasonForm(forms.Form):
    """A reason: typed, or one of the ready-made ones of the given acts."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=_LONGEST_REASON,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    ready = forms.ChoiceField(required=False, widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, acts: Iterable[str], initial: Any = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        self.ready_reasons = {
            f"{act}-{place}": str(words)
            for act in acts
            for place, words in enumerate(READY_REASONS.get(act, ()))
        }
        field = self.fields["ready"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", ""), *self.ready_reasons.items()]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        given["reason"] = given.get("reason") or self.ready_reasons.get(given.get("ready", ""), "")
        if not given["reason"] and "reason" not in self.errors:
            self.add_error("reason", _("Say why in a few words. Whoever reads the case wants to know."))
        return given


class DecisionForm(ReasonForm):
    """A decision about a case, with the version of the case that was read."""

    seen = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)


class EndForm(DecisionForm):
    """How long a ban is to last from now."""

    days = forms.IntegerField(
        label=gettext_lazy("Days from now"),
        min_value=0,
        max_value=MOST_DAYS,
        help_text=gettext_lazy("0 makes it permanent."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    field_order = ("days", "reason", "ready", "seen")


class ConflictForm(ReasonForm):
    """Whether two player ids are one person, and why."""


class NoteForm(forms.Form):
    """A note of staff about a case."""

    text = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Only staff read it, and nobody can change it later."),
    )


class QueueFilter(ServerFilter):
    """The queue's filter; wrong values are ignored."""

    q = forms.CharField(
        label=gettext_lazy("Ban, number, gamertag or player id"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    kind = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
    mine = forms.ChoiceField(required=False, choices=[("1", "")], widget=forms.HiddenInput)
    field_order = ("q", "server", "kind", "mine")

    def choice(self) -> Choice:
        """Return what the reader wants to see."""
        return Choice(**self.chosen())


class BanForm(ReasonForm):
    """A ban by staff of a player who was chosen already."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind of offence"))
    days = forms.IntegerField(
        label=gettext_lazy("Length in days"),
        required=False,
        min_value=0,
        max_value=MOST_DAYS,
        help_text=gettext_lazy("0 is permanent. Blank: what the server's list says for this kind."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    evidence = forms.CharField(
        label=gettext_lazy("Evidence"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("What happened, with links to pictures and videos. Only staff read it."),
    )
    is_on_wall = forms.BooleanField(
        label=gettext_lazy("Show it on the wall of shame"), required=False, initial=True
    )
    instead = forms.BooleanField(label=gettext_lazy("Instead of the ban that runs"), required=False)
    running = forms.IntegerField(required=False, min_value=0, max_value=2**63 - 1, widget=forms.HiddenInput)
    field_order = ("kind", "days", "reason", "ready", "evidence", "is_on_wall", "instead")

    def __init__(self, data: Any = None, *, kinds: Sequence[Kind], initial: Any = None) -> None:
        super().__init__(data, acts=["ban"], initial=initial)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(kind.key, kind.name) for kind in kinds]
