"""Filters that offer only values that occur, without reading a large table to its end."""

# ruff: noqa: ARG002 - the signatures are Django's

from collections.abc import Iterator
from datetime import timedelta
from itertools import compress
from typing import Any

from django.contrib import admin
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from territory.models import GameServer

LOOKED_AT = 100_000
_DAYS = {"1": _("Last 24 hours"), "7": _("Last 7 days"), "30": _("Last 30 days")}


class OccurringFilter(admin.ChoicesFieldListFilter):
    """The choices of a field that are chosen or occur among the newest LOOKED_AT rows."""

    def has_output(self) -> bool:
        return any(self._is_offered)

    def choices(self, changelist: Any) -> Iterator[Any]:
        everything, *rest = super().choices(changelist)
        yield everything
        yield from compress(rest, self._is_offered)

    @cached_property
    def _is_offered(self) -> list[bool]:
        """For each choice of the field whether it is offered; the rest of a large table is not read."""
        quote, field = connection.ops.quote_name, self.field
        newest = f"SELECT {quote(str(field.column))} AS value FROM {quote(field.model._meta.db_table)} ORDER BY id DESC LIMIT %s"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT value FROM ({newest}) AS newest", [LOOKED_AT])
            offered = {value for (value,) in cursor.fetchall()} | set(self.lookup_val or ())
        return [str(value) in offered for value, _title in field.flatchoices]


class OccurringServerFilter(admin.RelatedFieldListFilter):
    """The game servers that have rows in the list: a probe for each server, not a pass over the table."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        of_server = model_admin.model._default_manager.filter(server=OuterRef("pk"))
        having = GameServer.objects.filter(Exists(of_server)).values("pk")
        choices: list[Any] = field.get_choices(
            include_blank=False, limit_choices_to={"pk__in": having}, ordering=("slug",)
        )
        return choices


class PeriodFilter(admin.SimpleListFilter):
    """The rows of the last days; Django's bar of dates would read the whole table for its months."""

    field_name = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(_DAYS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if (chosen := self.value()) not in _DAYS:
            return queryset
        return queryset.filter(
            **{f"{self.field_name}__gte": timezone.now() - timedelta(days=int(chosen or 0))}
        )


class OccurredFilter(PeriodFilter):
    title, parameter_name, field_name = _("occurred at"), "occurred", "occurred_at"


class CreatedFilter(PeriodFilter):
    title, parameter_name, field_name = _("created at"), "created", "created_at"


class EndedFilter(admin.SimpleListFilter):
    """Whether something that ends at a moment is in force now; an end in the future has not come yet."""

    title, parameter_name = _("in force"), "in_force"
    ends = "removed_at"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        ended = {f"{self.ends}__lte": timezone.now()}
        if self.value() == "yes":
            return queryset.exclude(**ended)
        return queryset.filter(**ended) if self.value() == "no" else queryset


class RevokedFilter(EndedFilter):
    ends = "revoked_at"


class LiftedFilter(EndedFilter):
    ends = "lifted_at"
