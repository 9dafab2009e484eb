"""What a decision about a link asks for: a reason that its person reads, and for a gamertag the console."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from territory.models.server import Platform


class ReasonForm(forms.Form):
    owner = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The person reads it on their page."),
    )

    def __init__(self, *args: Any, needs_reason: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_reason:
            del self.fields["reason"]


class PlatformForm(ReasonForm):
    """For a gamertag: it teaches who the player is on its own console alone."""

    platform = forms.ChoiceField(
        label=_("Console"),
        choices=[
            ("", _("Choose")),
            *((one.value, one.label) for one in (Platform.XBOX, Platform.PLAYSTATION)),
        ],
        help_text=_("On the other one somebody else may bear this name. On PC a name proves nothing."),
    )
    field_order = ("platform", "reason")
