"""Values of an address or of a form made by hand, checked before the database has to refuse them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.http import HttpRequest

NUL = "\x00"  # PostgreSQL keeps no text with it
_YEARS = range(2000, 2200)  # beyond lie days that fit no time zone
_ENDINGS = ("", "__exact", "__isnull", "__isempty", "__id__exact")
_OF_A_DAY = ("__year", "__month", "__day")


class CarefulSelect(AutocompleteSelect):
    """A choice by autocompletion that looks up nothing but keys."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        key = self.field.target_field
        return super().optgroups(name, [one for one in value if can_hold(key, one)], attr)


class CarefulFields(admin.options.BaseModelAdmin):  # type: ignore[type-arg]
    """Forms that are shown again with whatever was posted."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", CarefulSelect(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def offered_lookups(model_admin: Any, filters: Iterable[Any]) -> set[str]:
    """Return the parameters of a list's filters, its bar of dates and its foreign keys."""
    offered = {name for entry in filters for name in _parameters(entry)}
    for field in model_admin.opts.fields:
        if isinstance(field, models.ForeignKey):
            offered |= {f"{field.name}__exact", f"{field.name}__{field.target_field.name}__exact"}
    if model_admin.date_hierarchy:
        offered |= {f"{model_admin.date_hierarchy}{ending}" for ending in _OF_A_DAY}
    return offered


def as_initial(options: Any, name: str, value: Any) -> Any:
    """Return the value with which an address prefills a field, None for a value that does not fit."""
    try:
        field: Any = options.get_field(name)
    except FieldDoesNotExist:
        return None
    if isinstance(value, list):
        return value
    if not can_hold(field, value):
        return None
    if isinstance(field, models.DateTimeField):
        moment: datetime = field.to_python(value)
        return moment if moment.year in _YEARS else None
    return value


def _parameters(entry: Any) -> set[str]:
    """Return the parameters of one entry of list_filter."""
    if isinstance(entry, type) and issubclass(entry, admin.SimpleListFilter):
        return {entry.parameter_name or ""}
    name = entry if isinstance(entry, str) else entry[0]
    return {f"{name}{ending}" for ending in _ENDINGS}


def can_hold(field: Any, value: Any) -> bool:
    """Return whether a field can hold a value of an address or of a form."""
    if NUL in str(value):
        return False
    try:
        field.to_python(value)
    except (ValidationError, ValueError, TypeError, OverflowError):
        return False
    return True
