"""Bans and their deliveries, to look at; staff decide about them on the pages of cases and in the queue."""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any

from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.admin.parts import (
    SHORT,
    ChosenOnlyFilter,
    RecordAdmin,
    RecordInline,
    clipped,
    page_link,
    text_column,
)
from territory.admin.filters import CreatedFilter, LiftedFilter, OccurringFilter, OccurringServerFilter
from territory.admin.records import case_link
from territory.models import Ban, BanDelivery, BanExtension, BanList, Infraction

_State = BanDelivery.State
# What staff must know first stands first: a ban may have deliveries to several lists.
_DELIVERY_WORDS = {
    _State.FAILED: _State.FAILED.label,
    _State.FOREIGN: _State.FOREIGN.label,
    _State.DROPPED: _State.DROPPED.label,
    _State.PENDING: _State.PENDING.label,
    _State.LIFTING: _State.LIFTING.label,
    _State.APPLIED: gettext_lazy("written"),
    _State.LIFTED: _State.LIFTED.label,
}


class DeliveryInline(RecordInline):
    model = BanDelivery
    fields = ("ban_list", "line", "state", "attempts", "not_before", "last_error", "finished_at")


class InfractionInline(RecordInline):
    model = Infraction
    fields = ("id", "infraction_type", "status", "occurred_at", "description")
    show_change_link = True


class ExtensionInline(RecordInline):
    model = BanExtension
    fields = ("extended_at", "ended_at", "ends_at", "reason")


class DeliveredFilter(admin.SimpleListFilter):
    """Bans by the state of their deliveries; a ban of a server without a list has none."""

    title, parameter_name = gettext_lazy("delivery"), "delivery"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        occurring = set(BanDelivery.objects.order_by().values_list("state", flat=True).distinct())
        return [(str(state), state.label) for state in BanDelivery.State if state in occurring]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if (state := self.value()) not in BanDelivery.State.values:
            return queryset
        return queryset.filter(Exists(BanDelivery.objects.filter(ban=OuterRef("pk"), state=state)))


@admin.register(Ban)
class BanAdmin(RecordAdmin):
    list_display = ("number", "player", "in_force", "delivered", "why", "ends_at", "server", "created_at")
    list_filter = (LiftedFilter, DeliveredFilter, CreatedFilter, ("server", OccurringServerFilter))
    list_select_related = ("server",)
    search_fields = ("gamertag", "player_id__exact", "xuid__exact")
    search_help_text = gettext_lazy("A ban's number, a whole player id or XUID, or a part of a gamertag.")
    sortable_by = ("number",)
    inlines = (DeliveryInline, ExtensionInline, InfractionInline)
    readonly_fields = ("cases",)
    number_column = "pk"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Add the states of each ban's deliveries, and whether its server has a list."""
        states = BanDelivery.objects.filter(ban=OuterRef("pk")).order_by().values("state").distinct()
        lists = BanList.objects.filter(server=OuterRef("server"), is_active=True)
        bans = super().get_queryset(request)
        with_deliveries: QuerySet[Any] = bans.annotate(
            delivery_states=ArraySubquery(states), has_ban_list=Exists(lists)
        )
        return with_deliveries

    @admin.display(description=gettext_lazy("cases"))
    def cases(self, ban: Ban) -> str:
        """Link to the cases of a ban, where staff decide about it."""
        return (
            format_html_join(", ", "{}", ((case_link(case.pk),) for case in ban.cases.order_by("pk"))) or "-"
        )

    @admin.display(description=gettext_lazy("player"))
    def player(self, ban: Ban) -> str:
        return clipped(ban.gamertag or ban.player_id or ban.xuid, SHORT)

    why = text_column("reason", gettext_lazy("reason"), 80)

    @admin.display(description=gettext_lazy("in force"), boolean=True)
    def in_force(self, ban: Ban) -> bool:
        return ban.lifted_at is None

    @admin.display(description=gettext_lazy("delivered"))
    def delivered(self, ban: Any) -> str:
        """Return how the deliveries stand together; the worst of them counts."""
        for state, words in _DELIVERY_WORDS.items():
            if state in ban.delivery_states:
                return str(words)
        if not ban.has_ban_list:
            return _("no list")
        # The server got its list after the ban: the worker writes those that are in force and name a player id.
        return str(_State.PENDING.label) if ban.player_id and ban.lifted_at is None else "-"


@admin.register(BanDelivery)
class BanDeliveryAdmin(RecordAdmin):
    list_display = (
        "pk",
        "of_ban",
        "ban_list",
        "state",
        "attempts",
        "not_before",
        "applied_at",
        "finished_at",
        "trouble",
    )
    list_filter = (("state", OccurringFilter), ("ban_list", ChosenOnlyFilter))
    list_select_related = ("ban", "ban_list")
    search_fields = ("line",)
    search_help_text = gettext_lazy("A ban's number, or a part of the line.")
    sortable_by = ("pk",)
    readonly_fields = ("in_queue", "guid", "guid_source", "guid_name", "guid_seen_at")
    number_column = "ban"
    trouble = text_column("last_error", gettext_lazy("last error"), 80)

    @admin.display(description=gettext_lazy("ban"))
    def of_ban(self, delivery: BanDelivery) -> str:
        return page_link(delivery.ban)

    @admin.display(description=gettext_lazy("trying again"))
    def in_queue(self, delivery: BanDelivery) -> str:
        """Link to the queue, where staff try again what is in trouble."""
        if not BanDelivery.objects.stuck(timezone.now()).filter(pk=delivery.pk).exists():
            return "-"
        address = reverse("review-item", args=["delivery", delivery.pk])
        return format_html('<a href="{}">{}</a>', address, _("in the queue"))
