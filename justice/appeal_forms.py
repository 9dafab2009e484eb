"""Forms of appeals: the words, and of what kind the lifting is."""

from django import forms
from django.utils.translation import gettext_lazy

from justice.services.appeals import MOST_LETTERS
from territory.models import Ban

_GRANTED_AS = (
    (Ban.LiftKind.MISTAKE.value, gettext_lazy("Our mistake: it leaves the wall and the record")),
    (Ban.LiftKind.MERCY.value, gettext_lazy("Mercy: the act stays on the record, marked as lifted")),
)


class WordsForm(forms.Form):
    """Words of one side of an appeal."""

    text = forms.CharField(
        label=gettext_lazy("Your words"),
        max_length=MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": MOST_LETTERS}),
    )


class AnswerForm(WordsForm):
    """Staff's last words on an appeal; `appeal` is the one that they have read."""

    appeal = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # handed through
        self.fields["text"].label = gettext_lazy("Answer to the player")
        self.fields["text"].help_text = gettext_lazy("The player reads it, without your name.")


class GrantForm(AnswerForm):
    """An answer that lifts the ban."""

    kind = forms.ChoiceField(label=gettext_lazy("Why it is lifted"), choices=_GRANTED_AS)
    field_order = ["kind", "text"]
