"""Check time zones that people type."""

from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def validate_time_zone(name: str) -> None:
    """Refuse a name that the time zone database does not have."""
    if name not in _known_zones():
        raise ValidationError(
            _("“%(name)s” is not a time zone. Write one such as America/Sao_Paulo or UTC."),
            params={"name": name},
        )
