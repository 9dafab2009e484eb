"""Forms of appeals: the words, and of what kind the lifting is."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from justice.services.appeals import MOST_LETTERS
from territory.models import Ban

_GRANTED_AS = (
    (Ban.LiftKind.MISTAKE.value, gettext_lazy("Our mistake: it leaves the wall and the record")),
    (Ban.LiftKind.MERCY.value, gettext_lazy("Mercy: the act stays on the record, marked as lifted")),
)


def _words(label: Any, help_text: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 5, "maxlength": MOST_LETTERS})
    return forms.CharField(label=label, help_text=help_text, max_length=MOST_LETTERS, widget=widget)


class WordsForm(forms.Form):
    """Words of the player in an appeal."""

    text = _words(gettext_lazy("Your words"))


class AnswerForm(forms.Form):
    """Staff's words on an appeal; `appeal` is the one that they have read."""

    text = _words(
        gettext_lazy("Answer to the player"), gettext_lazy("The player reads it, without your name.")
    )
    appeal = forms.IntegerField(required=False, widget=forms.HiddenInput)


class GrantForm(AnswerForm):
    """An answer that lifts the ban."""

    kind = forms.ChoiceField(label=gettext_lazy("Why it is lifted"), choices=_GRANTED_AS)
    field_order = ["kind", "text"]
