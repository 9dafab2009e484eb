"""Cases with the decisions about them, only to be looked at: people decide on a case's own page. Kinds of offence are edited."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy

from common.admin.parts import PlainAdmin, RecordAdmin, RecordInline, text_column
from territory.admin.filters import OccurringFilter, OccurringServerFilter
from territory.admin.records import case_link
from territory.models import Case, CaseAct, Infraction, Offence


class ActInline(RecordInline):
    model = CaseAct
    fields = ("version", "at", "kind", "lift_kind", "by", "reason")


class InfractionInline(RecordInline):
    model = Infraction
    fields = ("id", "infraction_type", "status", "occurred_at", "description")
    show_change_link = True


@admin.register(Case)
class CaseAdmin(RecordAdmin):
    list_display = ("number", "player", "state", "kind_in_words", "base_name", "ban", "server", "last_act_at")
    list_filter = (("state", OccurringFilter), ("kind", OccurringFilter), ("server", OccurringServerFilter))
    list_select_related = ("server", "ban")
    search_fields = ("gamertag", "player_id__exact", "base_name")
    search_help_text = gettext_lazy(
        "A case's number, a whole player id, or a part of a gamertag or of a base's name."
    )
    sortable_by = ("number",)
    inlines = (InfractionInline, ActInline)
    readonly_fields = ("own_page",)
    number_column = "pk"

    player = text_column("gamertag", gettext_lazy("gamertag"))

    @admin.display(description=gettext_lazy("page of the case"))
    def own_page(self, case: Case) -> str:
        return case_link(case.pk)

    def get_fields(self, request: Any, obj: Any = None) -> Any:  # noqa: ARG002 - Django's signature
        return [*self.readonly_fields, *(field.name for field in self.opts.fields if field.name != "id")]


class OffenceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A kind of offence with the lengths of its bans."""

    class Meta:
        model = Offence
        fields = ("server", "key", "name", "lengths_days", "is_active")

    def clean_lengths_days(self) -> Any:
        return self.cleaned_data["lengths_days"] or []


@admin.register(Offence)
class OffenceAdmin(PlainAdmin):
    form = OffenceForm
    list_display = ("name", "server", "key", "lengths_days", "is_active")
    list_filter = (("server", OccurringServerFilter),)
    list_select_related = ("server",)
    search_fields = ("name", "key")
    autocomplete_fields = ("server",)
