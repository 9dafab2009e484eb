"""Filters of lists whose choices are words, and columns that write numbers as the reader does."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class OccurringValuesFilter(admin.AllValuesFieldListFilter):
    """The values that occur in a column, in the words of the field's own choices; templates/admin/filter.html says blanks."""

    def words(self, value: str) -> Text:
        labels: dict[str, Text] = {str(key): label for key, label in self.field.flatchoices}
        return labels.get(value, value)

    def choices(self, changelist: Any) -> Iterator[Any]:
        everything, *values = super().choices(changelist)
        yield everything
        for choice in values:
            shown = choice["display"]
            yield choice | {"display": shown if shown == self.empty_value_display else self.words(str(shown))}


def values_in(words: Callable[[str], Text]) -> type[OccurringValuesFilter]:
    """Return a filter by the values that occur, for keys that the field itself has no words for."""

    def shown(_filter: OccurringValuesFilter, value: str) -> Text:
        return words(value) if value else ""

    return type("ValuesInWords", (OccurringValuesFilter,), {"words": shown})


class GivenFilter(admin.EmptyFieldListFilter):
    """Whether a field has a value: yes or no."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        everything, empty, given = super().choices(changelist)
        yield everything
        yield given | {"display": _("Yes")}
        yield empty | {"display": _("No")}


def figure(model: type[Model], name: str) -> Callable[[Any], str]:
    """Return a column that writes a number as the reader does: 12.345,5 in Portuguese."""
    title: Any = model._meta.get_field(name).verbose_name  # type: ignore[union-attr] # a field of its own

    @admin.display(description=title, ordering=name)
    def shown(row: Any) -> str:
        value = getattr(row, name)
        if value is None:
            return "-"
        return number_format(value if value % 1 else int(value), 1 if value % 1 else 0, force_grouping=True)

    shown.__name__ = name
    return shown
