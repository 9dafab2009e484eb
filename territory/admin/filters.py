"""Filters that offer only values that occur, without reading a large table to its end."""

# ruff: noqa: ARG002 - the signatures are Django's

from collections.abc import Iterator
from datetime import timedelta
from itertools import compress
from typing import Any

from django.contrib import admin
from django.db import connection
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from territory.models import GameServer

LOOKED_AT = 100_000
_DAYS = {"1": _("Last 24 hours"), "7": _("Last 7 days"), "30": _("Last 30 days")}


class OccurringFilter(admin.ChoicesFieldListFilter):
    """The choices of a field that occur among the newest LOOKED_AT rows; one query for all such filters of a list."""

    def __init__(  # noqa: PLR0917 - Django passes them so
        self,
        field: Any,
        request: HttpRequest,
        params: dict[str, Any],
        model: type[Model],
        model_admin: Any,
        field_path: str,
    ) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        self._occurring = _occurring(request, model_admin)[field.name]

    def has_output(self) -> bool:
        return any(self._is_offered())

    def choices(self, changelist: Any) -> Iterator[Any]:
        everything, *rest = super().choices(changelist)
        yield everything
        yield from compress(rest, self._is_offered())

    def _is_offered(self) -> list[bool]:
        """Return for each choice of the field whether it occurs or is chosen."""
        values, chosen = [str(value) for value, _title in self.field.flatchoices], self.lookup_val or ()
        return [value in self._occurring or value in chosen for value in values]


def _occurring(request: HttpRequest, model_admin: Any) -> dict[str, set[str]]:
    """Return which values each field with such a filter has."""
    known: dict[str, set[str]] | None = getattr(request, "occurring_choices", None)
    if known is None:
        names = [
            entry[0]
            for entry in model_admin.list_filter
            if isinstance(entry, tuple) and issubclass(entry[1], OccurringFilter)
        ]
        known = _read_occurring(model_admin.model, names)
        request.occurring_choices = known  # type: ignore[attr-defined]
    return known


def _read_occurring(model: type[Model], names: list[str]) -> dict[str, set[str]]:
    quote, columns = connection.ops.quote_name, [model._meta.get_field(name) for name in names]
    columns_sql = ", ".join(quote(str(column.column)) for column in columns)  # type: ignore[union-attr]
    newest = f"SELECT {columns_sql} FROM {quote(model._meta.db_table)} ORDER BY id DESC LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT {columns_sql} FROM ({newest}) AS newest", [LOOKED_AT])
        rows = cursor.fetchall()
    return {name: {str(row[index]) for row in rows} for index, name in enumerate(names)}


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
        match self.value():
            case "yes":
                return queryset.exclude(**ended)
            case "no":
                return queryset.filter(**ended)
            case _:
                return queryset


class RevokedFilter(EndedFilter):
    ends = "revoked_at"


class LiftedFilter(EndedFilter):
    ends = "lifted_at"
