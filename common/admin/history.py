"""The history of a row in the reader's language."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import override


class HistoryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Names fields in the history as the catalogues know them.

    Django keeps a field's label, which begins with a capital letter, and translates that when the history is shown; the
    catalogues hold names of fields as the models write them.
    """

    def construct_change_message(
        self,
        request: HttpRequest,
        form: Any,
        formsets: Any,
        add: bool = False,  # noqa: FBT001, FBT002 - Django's signature
    ) -> Any:
        message = super().construct_change_message(request, form, formsets, add)
        names = _names_by_label(self.model, *(formset.model for formset in formsets or ()))
        for what in (what for part in message for what in part.values()):
            if "fields" in what:
                what["fields"] = [names.get(label, label) for label in what["fields"]]
        return message


def _names_by_label(*models: type[Model]) -> dict[str, str]:
    with override(None):
        names = [str(field.verbose_name) for model in models for field in model._meta.fields]
    return {capfirst(name): name for name in names}
