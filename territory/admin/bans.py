"""Bans: made by hand, lifted and delivered again through the services; never edited or deleted."""

# ruff: noqa: ARG002 - the signatures are Django's

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from announcements.tasks import sweep_announcements
from clans.models import User
from common.admin.asking import MOST_AT_ONCE, Answer, Question, ReasonForm, noted
from common.admin.parts import (
    CappedPaginator,
    ChosenOnlyFilter,
    PlainAdmin,
    RecordAdmin,
    clipped,
    moment,
    page_link,
)
from common.outbox import wake_on_commit
from territory.admin.delivering import delivery_in_words, with_deliveries
from territory.admin.filters import CreatedFilter, LiftedFilter, OccurringFilter, OccurringServerFilter
from territory.admin.numbers import checked_xuid
from territory.admin.parts import Decision, Note, RecordInline, by_number, decide, do_for_each, short
from territory.models import Ban, BanDelivery, BanExtension, Infraction
from territory.services.bans import ban_player, check_ban, lift_ban, retry_deliveries
from territory.services.errors import NotPossibleError
from territory.services.pardoning import set_ban_end
from territory.tasks import deliver_bans

_LIFT = Question(
    gettext_lazy("Lift the ban"),
    gettext_lazy(
        "The player may come back at once: the ban leaves the game server's ban list, and its infractions leave the "
        "wall of shame."
    ),
    gettext_lazy("Lift"),
)


class EndForm(ReasonForm):
    """When a ban ends, and why."""

    ends_at = forms.DateTimeField(
        label=gettext_lazy("Ends at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("Blank: permanent."),
    )
    field_order = ("ends_at", "reason")

    def clean_ends_at(self) -> Any:
        return _in_future(self.cleaned_data["ends_at"])


_END = Question(
    gettext_lazy("Set the end of the ban"),
    gettext_lazy("The ban is lifted by itself at that time, and its infractions stay on the wall of shame."),
    gettext_lazy("Set the end"),
    EndForm,
)


def _in_future(ends_at: datetime | None) -> datetime | None:
    if ends_at is not None and ends_at <= timezone.now():
        raise forms.ValidationError(_("A ban ends in the future."))
    return ends_at


class BanForm(forms.ModelForm):  # type: ignore[type-arg]
    """A ban by hand."""

    class Meta:
        model = Ban
        fields = ("server", "player_id", "gamertag", "xuid", "reason", "ends_at")
        widgets = {
            "player_id": forms.TextInput(attrs={"class": "vTextField"}),
            "gamertag": forms.TextInput(attrs={"class": "vTextField"}),
            "xuid": forms.TextInput(attrs={"class": "vTextField"}),
        }

    def clean(self) -> dict[str, Any]:
        """Refuse a ban that the service refuses, while the form can still show why."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if {"server", "player_id", "gamertag"} <= given.keys():
            try:
                check_ban(given["server"], player_id=given["player_id"], gamertag=given["gamertag"])
            except NotPossibleError as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return given

    def clean_ends_at(self) -> Any:
        return _in_future(self.cleaned_data["ends_at"])

    def clean_xuid(self) -> str:
        return checked_xuid(self.cleaned_data["xuid"]) or ""


class DeliveryInline(RecordInline):
    model = BanDelivery
    fields = ("ban_list", "line", "state", "attempts", "not_before", "last_error", "finished_at")
    readonly_fields = fields


class InfractionInline(RecordInline):
    model = Infraction
    fields = ("id", "infraction_type", "status", "occurred_at", "description")
    readonly_fields = fields
    show_change_link = True


class ExtensionInline(RecordInline):
    model = BanExtension
    fields = ("extended_at", "ended_at", "ends_at", "reason")
    readonly_fields = fields


class DeliveredFilter(admin.SimpleListFilter):
    """Bans by the state of their deliveries; a ban of a server without a list has none."""

    title, parameter_name = gettext_lazy("delivery"), "delivery"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        having = BanDelivery.objects.order_by().values_list("state", flat=True).distinct()
        occurring = set(having)
        return [(str(state), state.label) for state in BanDelivery.State if state in occurring]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if (state := self.value()) not in BanDelivery.State.values:
            return queryset
        return queryset.filter(Exists(BanDelivery.objects.filter(ban=OuterRef("pk"), state=state)))


@admin.register(Ban)
class BanAdmin(RecordAdmin):
    can_add = True
    form = BanForm
    list_display = ("number", "player", "in_force", "delivered", "why", "ends_at", "server", "created_at")
    list_filter = (LiftedFilter, DeliveredFilter, CreatedFilter, ("server", OccurringServerFilter))
    list_select_related = ("server",)
    search_fields = ("gamertag", "player_id__exact", "xuid__exact")
    search_help_text = gettext_lazy("A ban's number, a whole player id or XUID, or a part of a gamertag.")
    sortable_by = ("number",)
    paginator = CappedPaginator
    inlines = (DeliveryInline, ExtensionInline, InfractionInline)
    actions = ("lift", "set_end", "retry")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_deliveries(super().get_queryset(request))

    def fits(self, action: str, row: Ban) -> bool:
        return action == "retry" or row.lifted_at is None

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        own = [field.name for field in self.opts.fields if field.name != "id"]
        return own if obj else super().get_fields(request, obj)

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def number(self, ban: Ban) -> str:
        return f"#{ban.pk}"

    @admin.display(description=gettext_lazy("player"))
    def player(self, ban: Ban) -> str:
        return short(ban.gamertag or ban.player_id or ban.xuid)

    @admin.display(description=gettext_lazy("reason"))
    def why(self, ban: Ban) -> str:
        return clipped(ban.reason, 80)

    @admin.display(description=gettext_lazy("in force"), boolean=True)
    def in_force(self, ban: Ban) -> bool:
        return ban.lifted_at is None

    @admin.display(description=gettext_lazy("delivered"))
    def delivered(self, ban: Any) -> str:
        return delivery_in_words(ban)

    def save_model(self, request: HttpRequest, obj: Ban, form: Any, change: bool) -> None:  # noqa: FBT001
        """Ban through the service."""
        given = form.cleaned_data
        made = ban_player(
            given["server"],
            player_id=given["player_id"],
            gamertag=given["gamertag"],
            xuid=given["xuid"],
            reason=given["reason"],
            by=cast("User", request.user),
            ends_at=given["ends_at"],
        )
        obj.pk = made.pk
        obj.refresh_from_db()
        wake_on_commit(deliver_bans)

    def log_addition(self, request: HttpRequest, obj: Ban, message: Any) -> Any:
        """Note the reason with the row: the history shows why a ban was made."""
        return super().log_addition(request, obj, noted(_("Banned by hand."), {"reason": obj.reason}))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Refuse in words a ban that somebody else made between the form's check and the service's."""
        try:
            return super().add_view(request, form_url, extra_context)
        except NotPossibleError as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(request.get_full_path())

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return by_number(super().get_search_results(request, queryset, search_term), queryset, search_term)

    @admin.action(description=gettext_lazy("Lift the ban"), permissions=["decide"])
    def lift(self, request: HttpRequest, queryset: QuerySet[Ban]) -> HttpResponse | None:
        return decide(self, request, queryset, _LIFTING)

    @admin.action(description=gettext_lazy("Set the end of the ban"), permissions=["decide"])
    def set_end(self, request: HttpRequest, queryset: QuerySet[Ban]) -> HttpResponse | None:
        return decide(self, request, queryset, _ENDING)

    @admin.action(description=gettext_lazy("Try deliveries again now"), permissions=["decide"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Ban]) -> None:
        retry_for(self, request, queryset, _again)


def _lift(ban: Ban, by: User, answer: Answer) -> list[Note]:
    text = _("Lifted with the ban #%(number)d.") % {"number": ban.pk}
    pardoned = Infraction.objects.filter(pk__in=lift_ban(ban, by=by, reason=answer["reason"]))
    return [(infraction, text) for infraction in pardoned]


def _set_end(ban: Ban, _by: User, answer: Answer) -> list[Note]:
    set_ban_end(ban, answer["ends_at"])
    return []


def _end_in_words(answer: Answer) -> str:
    end = _("permanent") if answer["ends_at"] is None else moment(answer["ends_at"])
    return _("New end: %(end)s.") % {"end": end}


_LIFTING = Decision(_LIFT, _lift, lambda _answer: _("Lifted."), wakes=(deliver_bans, sweep_announcements))
_ENDING = Decision(_END, _set_end, _end_in_words)


def _again(ban: Ban) -> list[Note]:
    if not retry_deliveries(ban):
        raise NotPossibleError(_("None of its deliveries has failed or waits for its next attempt."))
    return []


def _again_with_others(delivery: BanDelivery) -> list[Note]:
    """Start a delivery again, with the others of its ban; one of those may have started it already."""
    retry_deliveries(delivery.ban)
    return []


def retry_for(
    model_admin: PlainAdmin, request: HttpRequest, rows: QuerySet[Any], again: Callable[[Any], list[Note]]
) -> None:
    """Start the deliveries of a bounded number of rows again, and wake the worker."""
    log = _("Its deliveries were started again.")
    if do_for_each(model_admin, request, rows[:MOST_AT_ONCE], again, log=log):
        wake_on_commit(deliver_bans)


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
    paginator = CappedPaginator
    actions = ("retry",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        results = super().get_search_results(request, queryset, search_term)
        return by_number(results, queryset, search_term, column="ban")

    @admin.display(description=gettext_lazy("ban"))
    def of_ban(self, delivery: BanDelivery) -> str:
        return page_link(delivery.ban)

    @admin.display(description=gettext_lazy("last error"))
    def trouble(self, delivery: BanDelivery) -> str:
        return clipped(delivery.last_error, 80)

    @admin.action(description=gettext_lazy("Try deliveries again now"), permissions=["decide"])
    def retry(self, request: HttpRequest, queryset: Any) -> None:
        stuck = queryset.stuck(timezone.now())
        if not stuck.exists():
            messages.error(request, _("None of these deliveries has failed or waits for its next attempt."))
            return
        retry_for(self, request, stuck.select_related("ban"), _again_with_others)
