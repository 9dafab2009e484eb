"""Numbers as people type them: metres in either language, and the ids of the game."""

import re
from typing import Any

from django import forms
from django.utils.formats import get_format
from django.utils.translation import gettext as _

from territory import wording
from territory.adm.grammar import is_full_id

# 9.100 is nine thousand and a hundred to a Brazilian, and little more than nine to an Englishman.
_AMBIGUOUS = re.compile(r"[+-]?\d{1,3}([.,]\d{3})+([.,]\d*)?")


class MetresField(forms.FloatField):
    """Metres, with a point or a comma before the decimals and nothing between the thousands."""

    widget = forms.TextInput

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.widget.attrs.setdefault("inputmode", "decimal")

    def to_python(self, value: Any) -> float | None:  # type: ignore[override]  # as in Django
        text = str(value).strip() if value is not None else ""
        if _AMBIGUOUS.fullmatch(text):
            raise forms.ValidationError(
                _("Write 9100, or 9.1: three digits behind a point may be decimals or thousands.")
            )
        return super().to_python(text.replace(",", "."))

    def prepare_value(self, value: Any) -> Any:
        """Show a stored value as the reader writes it, and so that it is understood when it comes back."""
        if not isinstance(value, float):
            return value
        text = str(value).removesuffix(".0")
        unmistakable = f"{text}0" if _AMBIGUOUS.fullmatch(text) else text
        return unmistakable.replace(".", str(get_format("DECIMAL_SEPARATOR")))


def checked_player_id(text: str | None) -> str | None:
    """Return a player id of the log; a ValidationError, in words, for anything else."""
    if text and not is_full_id(text):
        raise forms.ValidationError(wording.NOT_A_PLAYER_ID)
    return text


def checked_xuid(text: str | None) -> str | None:
    """Return an XUID; a ValidationError, in words, for anything but digits."""
    if text and not (text.isascii() and text.isdigit()):
        raise forms.ValidationError(_("An XUID has digits only."))
    return text
