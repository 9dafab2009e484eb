"""Misconfiguration, said in words before anything starts on it."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections


@register(Tags.database)
def check_database_folds_case(
    *, databases: Sequence[str] | None = None, **_kwargs: Any
) -> list[CheckMessage]:
    """Gamertags are compared whatever their case: a database that folds ASCII only would make strangers of friends."""
    if "default" not in (databases or ()):
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT lower('Ã') = 'ã'")
        (folds,) = cursor.fetchone()
    return [] if folds else [_ascii_only()]


def _ascii_only() -> Error:
    return Error(
        "The database changes the case of ASCII letters only.",
        hint="Create it with a UTF-8 locale: CREATE DATABASE wotcs TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'.",
        id="wotcs.E001",
    )
