"""Infractions, to look at; staff decide about them on the pages of their cases."""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.admin.parts import ChosenOnlyFilter, RecordAdmin, text_column
from territory.admin.filters import OccurredFilter, OccurringFilter, OccurringServerFilter
from territory.admin.records import case_link, item_with_class, verdict_in_words, verdict_link
from territory.models import Infraction


@admin.register(Infraction)
class InfractionAdmin(RecordAdmin):
    list_display = (
        "number",
        "player",
        "status",
        "base_name",
        "what",
        "occurred_at",
        "infraction_type",
        "server",
        "ban",
    )
    list_filter = (
        ("status", OccurringFilter),
        ("infraction_type", OccurringFilter),
        OccurredFilter,
        ("server", OccurringServerFilter),
        ("base", ChosenOnlyFilter),
    )
    list_select_related = ("server", "ban")
    search_fields = ("gamertag", "player_id__exact", "xuid__exact", "base_name")
    search_help_text = gettext_lazy(
        "An infraction's number, a whole player id or XUID, or a part of a gamertag or of a base's name."
    )
    sortable_by = ("number",)
    readonly_fields = ("its_case", "verdict_words", "verdict")
    number_column = "pk"

    player = text_column("gamertag", gettext_lazy("gamertag"))

    @admin.display(description=gettext_lazy("item"))
    def what(self, infraction: Infraction) -> str:
        return item_with_class(infraction.item)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.readonly_fields, *(field.name for field in self.opts.fields if field.name != "id")]

    @admin.display(description=gettext_lazy("case, where staff decide"))
    def its_case(self, infraction: Infraction) -> str:
        return "-" if infraction.case_id is None else case_link(infraction.case_id)

    @admin.display(description=gettext_lazy("verdict in words"))
    def verdict_words(self, infraction: Infraction) -> str:
        return "-" if infraction.placement is None else verdict_in_words(infraction.placement)

    @admin.display(description=gettext_lazy("verdict in full"))
    def verdict(self, infraction: Infraction) -> str:
        if infraction.placement_id is None:
            return _("It was moved in from the old system, which stored no verdicts.")
        return verdict_link(infraction.placement_id)
