"""Forms of staff: decisions with a reason, ready-made or typed, the queue's filter, and periods."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from face.parts import Text
from justice.models import UndoRun
from justice.queue import QueueChoice
from justice.services.undo_plans import subjects
from territory.filters import ServerFilter
from territory.models import GameServer
from territory.services.offences import Kind

MOST_DAYS = 36_500
_LONGEST_REASON = 1_000
_MOST_OFFERED = 200
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


def offer(form: forms.Form, name: str, choices: Any) -> None:
    """Set the choices of a form's field."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


class ReasonForm(forms.Form):
    """A reason: typed or, if acts are given, one of the ready-made ones of these acts."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=_LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    ready = forms.ChoiceField(required=False, widget=forms.RadioSelect)

    def __init__(
        self, data: Any = None, *, acts: Iterable[str] = (), initial: Any = None, help_text: Any = ""
    ) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        self.ready_reasons = {
            f"{act}-{place}": str(words)
            for act in acts
            for place, words in enumerate(READY_REASONS.get(act, ()))
        }
        self.fields["reason"].help_text = help_text
        self.fields["reason"].required = not self.ready_reasons
        offer(self, "ready", [("", ""), *self.ready_reasons.items()])

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
    field_order = ("q", "server", "kind")

    def choice(self) -> QueueChoice:
        """Return what the reader wants to see."""
        return QueueChoice(**self.chosen())


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
        offer(self, "kind", [(kind.key, kind.name) for kind in kinds])


# -- Safety nets ------------------------------------------------------------------------------------------------------


class BreakerForm(ReasonForm):
    """Why a breaker is set back, with the moment at which it tripped as the page showed it."""

    seen = forms.DateTimeField()


class EnforceForm(ReasonForm):
    """A yes to enforcing, with a reason, and the mode that the page showed."""

    seen = forms.CharField(required=False)
    sure = forms.BooleanField(label=gettext_lazy("Yes, this server bans at once from now on"))
    field_order = ("sure", "reason", "ready")


def _moment(label: Any, **kwargs: Any) -> forms.DateTimeField:
    """Return a field for a moment that a browser's own control asks for, on the clock of the site."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=widget, **kwargs)


def _a_week_ago() -> datetime:
    return timezone.now() - timedelta(days=7)


class PeriodForm(forms.Form):
    """A period: its first moment, and the one before which it ends; without that it goes on."""

    since = _moment(gettext_lazy("Since"), initial=_a_week_ago)
    until = _moment(gettext_lazy("Until, not included"), required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        given: dict[str, Any] = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if isinstance(since, datetime) and isinstance(until, datetime) and until <= since:
            self.add_error("until", _("It ends before it begins."))
        return given


class RejudgeForm(PeriodForm):
    """A game server and a period of its placements."""

    server = forms.ModelChoiceField(
        GameServer.objects.all(), label=gettext_lazy("Game server"), to_field_name="slug", empty_label=None
    )
    field_order = ("server", "since", "until")


def _offered() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what may be chosen, by kind, each named as `undo_plans.scope_named` reads it. Four queries."""
    labels = {
        UndoRun.Scope.MODERATOR: _("All acts of a member of staff"),
        UndoRun.Scope.SERVER: _("All acts on a game server"),
        UndoRun.Scope.VERSION: _("Bans by a version of the rule"),
        UndoRun.Scope.LOG: _("Bans by a log"),
    }
    rows = subjects()
    return [
        (label, [(f"{kind}-{row.pk}", str(row)) for row in rows[kind][:_MOST_OFFERED]])
        for kind, label in labels.items()
    ]


class UndoForm(PeriodForm):
    """Whose or which acts of a period are undone."""

    what = forms.ChoiceField(label=gettext_lazy("What to undo"), choices=_offered)
    field_order = ("what", "since", "until")
