"""Cases, infractions, bans and their deliveries, to look at: people decide on the pages of cases and in the queue.

Kinds of offence are edited.
"""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any

from django import forms
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
    PlainAdmin,
    RecordAdmin,
    RecordInline,
    clipped,
    page_link,
    text_column,
)
from territory.admin.filters import (
    CreatedFilter,
    LiftedFilter,
    OccurredFilter,
    OccurringFilter,
    OccurringServerFilter,
)
from territory.admin.records import item_with_class, verdict_in_words, verdict_link
from territory.models import (
    Ban,
    BanDelivery,
    BanExtension,
    BanList,
    Case,
    CaseAct,
    Infraction,
    Offence,
)

_State = BanDelivery.State
# What staff must know first stands first: a ban may have deliveries to several lists.
_WORST_FIRST = (
    _State.FAILED,
    _State.FOREIGN,
    _State.DROPPED,
    _State.PENDING,
    _State.LIFTING,
    _State.APPLIED,
    _State.LIFTED,
)


def case_link(pk: int | None) -> str:
    """Return a link to the page of a case; a dash for no case."""
    if pk is None:
        return "-"
    return format_html(
        '<a href="{}">{}</a>', reverse("case", args=[pk]), _("Case %(number)d") % {"number": pk}
    )


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


class ActInline(RecordInline):
    model = CaseAct
    fields = ("version", "at", "kind", "lift_kind", "by", "reason")


class WholeRecordAdmin(RecordAdmin):
    """Records whose pages show every column, below what is said of them in words."""

    sortable_by = ("number",)
    number_column = "pk"
    player = text_column("gamertag", gettext_lazy("gamertag"))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.readonly_fields, *(field.name for field in self.opts.fields if field.name != "id")]


@admin.register(Case)
class CaseAdmin(WholeRecordAdmin):
    list_display = ("number", "player", "state", "kind_in_words", "base_name", "ban", "server", "last_act_at")
    list_filter = (("state", OccurringFilter), ("kind", OccurringFilter), ("server", OccurringServerFilter))
    list_select_related = ("server", "ban")
    search_fields = ("gamertag", "player_id__exact", "base_name")
    search_help_text = gettext_lazy(
        "A case's number, a whole player id, or a part of a gamertag or of a base's name."
    )
    inlines = (InfractionInline, ActInline)
    readonly_fields = ("own_page",)

    @admin.display(description=gettext_lazy("page of the case"))
    def own_page(self, case: Case) -> str:
        return case_link(case.pk)


@admin.register(Infraction)
class InfractionAdmin(WholeRecordAdmin):
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
    readonly_fields = ("its_case", "verdict_words", "verdict")

    @admin.display(description=gettext_lazy("item"))
    def what(self, infraction: Infraction) -> str:
        return item_with_class(infraction.item)

    @admin.display(description=gettext_lazy("case, where staff decide"))
    def its_case(self, infraction: Infraction) -> str:
        return case_link(infraction.case_id)

    @admin.display(description=gettext_lazy("verdict in words"))
    def verdict_words(self, infraction: Infraction) -> str:
        return "-" if infraction.placement is None else verdict_in_words(infraction.placement)

    @admin.display(description=gettext_lazy("verdict in full"))
    def verdict(self, infraction: Infraction) -> str:
        if infraction.placement_id is None:
            return _("It was moved in from the old system, which stored no verdicts.")
        return verdict_link(infraction.placement_id)


class DeliveredFilter(OccurringFilter):
    """Bans by the state of their deliveries; a ban of a server without a list has none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = gettext_lazy("delivery")


@admin.register(Ban)
class BanAdmin(RecordAdmin):
    list_display = ("number", "player", "in_force", "delivered", "why", "ends_at", "server", "created_at")
    list_filter = (
        LiftedFilter,
        ("deliveries__state", DeliveredFilter),
        CreatedFilter,
        ("server", OccurringServerFilter),
    )
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
        if ban.delivery_states:
            worst = next(state for state in _WORST_FIRST if state in ban.delivery_states)
            return str(_("written") if worst == _State.APPLIED else worst.label)
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
