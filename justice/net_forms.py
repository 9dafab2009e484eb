"""The forms of the safety nets: a reason, a yes, a period, and what of it is undone or heard again."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clans.models import User
from territory.models import CaseAct, GameServer, LogFile, RuleVersion

_MOST_OFFERED = 200


class Moment(forms.DateTimeField):
    """A moment that a browser's own control asks for, on the clock of the site."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **kwargs)


class ReasonForm(forms.Form):
    """Why staff do something; it stays with the record."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stays with the record, and other members of staff read it."),
    )


class UndoReasonForm(ReasonForm):
    """Why a period is undone; it stands in each case that it changes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("Staff read it, and the players whose cases it changes.")


class EnforceForm(ReasonForm):
    """A yes to enforcing, with a reason."""

    sure = forms.BooleanField(label=_("Yes, this server bans at once from now on"))
    field_order = ("sure", "reason")


def _a_week_ago() -> datetime:
    return timezone.now() - timedelta(days=7)


class PeriodForm(forms.Form):
    """A period: its first moment, and the one before which it ends; without that it goes on."""

    since = Moment(label=_("Since"), initial=_a_week_ago)
    until = Moment(label=_("Until, not included"), required=False)

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
        GameServer.objects.all(), label=_("Game server"), to_field_name="slug", empty_label=None
    )
    field_order = ("server", "since", "until")


class UndoForm(PeriodForm):
    """Whose or which acts of a period are undone."""

    what = forms.ChoiceField(label=_("What to undo"))
    field_order = ("what", "since", "until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = _offered()  # type: ignore[attr-defined]


def _offered() -> list[tuple[Any, list[tuple[str, str]]]]:
    """Return what may be chosen, by kind, each named as `undo_plans.scope_named` reads it. Four queries."""
    staff = User.objects.filter(pk__in=CaseAct.objects.exclude(by=None).values("by"))
    versions = RuleVersion.objects.select_related("server").order_by("-since")
    return [
        (_("All acts of a member of staff"), _named("moderator", staff)),
        (_("All acts on a game server"), _named("server", GameServer.objects.all())),
        (_("Bans by a version of the rule"), _named("version", versions)),
        (_("Bans by a log"), _named("log", LogFile.objects.order_by("-last_read_at"))),
    ]


def _named(kind: str, rows: Any) -> list[tuple[str, str]]:
    return [(f"{kind}-{row.pk}", str(row)) for row in rows[:_MOST_OFFERED]]
