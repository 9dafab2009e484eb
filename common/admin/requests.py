"""What an address or a hand-made form asks of the admin, stopped before the database has to refuse it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import FieldDoesNotExist, SuspiciousOperation, ValidationError
from django.db import DataError, models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

_NUL = "\x00"  # PostgreSQL keeps no text with it
_YEARS = range(2000, 2200)  # beyond lie days that fit no time zone
_ENDINGS = ("", "__exact", "__isnull", "__isempty", "__id__exact")
_OF_A_DAY = ("__year", "__month", "__day")


class CarefulSelect(AutocompleteSelect):
    """A choice by autocompletion that looks for nothing that is no key."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        key = self.field.target_field
        return super().optgroups(name, [one for one in value if _fits(key, one)], attr)


class CarefulFields(admin.options.BaseModelAdmin):  # type: ignore[type-arg]
    """Forms that are shown again with whatever was posted."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", CarefulSelect(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class CarefulAdmin(CarefulFields, admin.ModelAdmin):  # type: ignore[type-arg]
    """Lists that are filtered by what they offer and nothing else, and forms that are prefilled with what fits.

    Free lookups would tell letter by letter what no page shows.
    """

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow the parameters of the list's filters, and a row that one of its foreign keys names."""
        if lookup not in self._offered(request):
            return False
        return super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def _offered(self, request: HttpRequest | None) -> set[str]:
        offered = {name for entry in self._filters(request) for name in _parameters(entry)}
        for field in self.opts.fields:
            if isinstance(field, models.ForeignKey):
                offered |= {f"{field.name}__exact", f"{field.name}__{field.target_field.name}__exact"}
        if self.date_hierarchy:
            offered |= {f"{self.date_hierarchy}{ending}" for ending in _OF_A_DAY}
        return offered

    def _filters(self, request: HttpRequest | None) -> Iterable[Any]:
        return self.list_filter if request is None else self.get_list_filter(request)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Answer what no column can hold as Django answers a filter it does not know: by the list without it."""
        if any(_NUL in value for values in request.GET.lists() for value in values[1]):
            raise IncorrectLookupParameters
        try:
            return super().get_changelist_instance(request)
        except (ValueError, OverflowError, DataError) as error:
            raise IncorrectLookupParameters from error

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(_fits(self.opts.pk, key) for key in chosen):
            raise SuspiciousOperation("An action names what is no row's key.")
        return super().changelist_view(request, extra_context)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, search_term.replace(_NUL, ""))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given = super().get_changeform_initial_data(request)
        fitting = {name: self._as_initial(name, value) for name, value in given.items()}
        return {name: value for name, value in fitting.items() if value is not None}

    def _as_initial(self, name: str, value: Any) -> Any:
        """Return what a field is prefilled with, None for nothing."""
        try:
            field: Any = self.opts.get_field(name)
        except FieldDoesNotExist:
            return None
        if isinstance(value, list):
            return value
        if not _fits(field, value):
            return None
        if isinstance(field, models.DateTimeField):
            moment: datetime = field.to_python(value)
            return moment if moment.year in _YEARS else None
        return value


def _parameters(entry: Any) -> set[str]:
    """Return what the address may hold for one entry of list_filter."""
    if isinstance(entry, type) and issubclass(entry, admin.SimpleListFilter):
        return {entry.parameter_name or ""}
    name = entry if isinstance(entry, str) else entry[0]
    return {f"{name}{ending}" for ending in _ENDINGS}


def _fits(field: Any, value: Any) -> bool:
    """Tell whether a field could hold a value of an address or a form."""
    if _NUL in str(value):
        return False
    try:
        field.to_python(value)
    except (ValidationError, ValueError, TypeError, OverflowError):
        return False
    return True
