"""What admin pages that name clans share."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from clans.models import Clan


class ClanFilter(admin.RelatedOnlyFieldListFilter):
    """The clans that occur, by labels that differ even where names do not."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        return clans_to_choose(model_admin.get_queryset(request).order_by().values(field.name))


def clans_to_choose(keys: Any) -> list[tuple[int, str]]:
    """Return key and label of the clans with these keys, by name."""
    clans = Clan.objects.filter(pk__in=keys).order_by("name", "pk")
    return [(clan.pk, clan.label) for clan in clans]
