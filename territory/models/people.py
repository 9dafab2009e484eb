"""Columns for the people who did something to a row."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from clans.models import User


def by_person(
    label: "StrOrPromise", *, blank: bool = True, help_text: "StrOrPromise" = ""
) -> "models.ForeignKey[User | None, User | None]":
    """Return the column for the person who did something; it is empty once that person was erased."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=blank,
        related_name="+",
        verbose_name=label,
        help_text=help_text,
    )
