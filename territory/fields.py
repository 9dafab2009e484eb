"""Fields of forms that several pages share: a name, a place, a moment, metres."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.formats import get_format
from django.utils.translation import gettext as _

from territory.models import GameServer
from territory.points import parse_metres, parse_point
from territory.rules.geometry import is_on_map
from territory.services.explaining.moments import read_moment


def metres_as_typed(metres: float) -> str:
    """Write metres to a decimal as the reader types them."""
    return f"{metres:.1f}".removesuffix(".0").replace(".", str(get_format("DECIMAL_SEPARATOR")))


def refuse_off_map(point: tuple[float, float], server: GameServer) -> None:
    """Raise a ValidationError for a place that does not lie on the server's map."""
    if not is_on_map(*point, server.map_size_m):
        words = _("That is not on the map. X and Z go from 0 to %(size)s metres.")
        raise forms.ValidationError(words % {"size": metres_as_typed(server.map_size_m)})


class NameField(forms.CharField):
    """A name that people can see."""

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and not any(sign.isprintable() and not sign.isspace() for sign in value):
            raise forms.ValidationError(_("Nobody can see this name. Write one with letters or digits."))


class PointField(forms.CharField):
    """X and Z in metres, typed into one field or pasted with a line of the log."""

    widget = forms.TextInput({"placeholder": "5000 / 3000", "autocomplete": "off"})

    def clean(self, value: Any) -> tuple[float, float]:
        point = parse_point(super().clean(value))
        if point is None:
            raise forms.ValidationError(_("Write X and Z in metres, such as 5000 / 3000."))
        return point


class MomentField(forms.CharField):
    """A moment on the clock of a game server, which the form sets; None if it is left out."""

    server: GameServer
    widget = forms.TextInput({"type": "datetime-local"})

    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        moment = read_moment(self.server, text) if text else None
        if text and moment is None:
            raise forms.ValidationError(_("Write a time such as 2026-02-07 19:45."))
        return moment


class MetresField(forms.FloatField):
    """Metres as people type them: 9100,5 or 9100.5 or 9.100,5."""

    widget = forms.TextInput({"inputmode": "decimal"})

    def to_python(self, value: Any) -> float | None:  # type: ignore[override]  # as in Django
        text = "" if value is None else str(value).strip()
        metres = parse_metres(text)
        if text and metres is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return metres

    def prepare_value(self, value: Any) -> Any:
        """Show a stored value as the reader writes it, and so that it is read as the same when it comes back."""
        if not isinstance(value, float):
            return value
        text = str(value).removesuffix(".0")
        unmistakable = text if parse_metres(text) == value else f"{text}0"
        return unmistakable.replace(".", str(get_format("DECIMAL_SEPARATOR")))
