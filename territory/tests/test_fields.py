"""Fields of forms: what people type as metres is understood in one way, or refused in words."""

import pytest
from django import forms
from django.utils import translation

from territory.fields import MetresField


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "1e999", "9..1"])
def test_what_are_no_metres_is_refused(text: str) -> None:
    with pytest.raises(forms.ValidationError):
        MetresField().clean(text)


@pytest.mark.parametrize(
    ("text", "metres"),
    [("9100", 9100), ("9100,5", 9100.5), ("9.100,5", 9100.5), ("9.100", 9100), ("9,1", 9.1), (" 5 ", 5)],
)
def test_metres_are_read_as_everywhere(text: str, metres: float) -> None:
    assert MetresField().clean(text) == metres


@pytest.mark.parametrize("language", ["en", "pt-br"])
@pytest.mark.parametrize("metres", [9.125, 123.456, 9100.0, 1234.567, 0.5])
def test_stored_metres_come_back_as_they_are_shown(language: str, metres: float) -> None:
    with translation.override(language):
        assert MetresField().clean(str(MetresField().prepare_value(metres))) == metres
