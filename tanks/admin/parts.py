"""What the admin pages about players share."""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import number_format

from clans.admin.parts import clans_to_choose
from tanks.models import Player


class PlayersClanFilter(admin.RelatedFieldListFilter):
    """The clans that have players; to ask a large table which occur in it would read all of it."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        return clans_to_choose(Player.objects.filter(clan__isnull=False).values("clan"))


def win_percent(wins: int | None, battles: int | None) -> str:
    """Return the share of battles won in per cent, in the reader's number format; a dash without battles."""
    return f"{number_format(100 * (wins or 0) / battles, 2)} %" if battles else "-"
