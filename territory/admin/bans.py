"""Bans: made by hand, lifted and delivered again through the services; never edited or deleted."""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clans.models import User
from outbox import wake_on_commit
from territory.admin.parts import DecidedAdmin, Question, RecordAdmin, RecordInline, ask, clipped, do_for_each
from territory.models import Ban, BanDelivery, Infraction
from territory.services.bans import ban_player, check_ban, lift_ban, retry_deliveries
from territory.services.errors import NotPossible
from territory.tasks import deliver_bans

_LIFT = Question(
    gettext_lazy("Lift the ban"),
    gettext_lazy(
        "The player may come back at once: the ban leaves the game server's ban list, and its infractions leave the "
        "wall of shame."
    ),
    gettext_lazy("Lift"),
)


class BanForm(forms.ModelForm):  # type: ignore[type-arg]
    """A ban by hand."""

    refusal = ""  # what the service said when the form had let the ban pass

    class Meta:
        model = Ban
        fields = ("server", "player_id", "gamertag", "xuid", "reason", "ends_at")
        widgets = {
            "player_id": forms.TextInput(attrs={"class": "vTextField"}),
            "gamertag": forms.TextInput(attrs={"class": "vTextField"}),
            "xuid": forms.TextInput(attrs={"class": "vTextField"}),
        }

    def clean(self) -> dict[str, Any]:
        """Refuse what the service refuses, while there is still a form to show it on."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if self.refusal:
            raise forms.ValidationError(self.refusal)
        if {"server", "player_id", "gamertag"} <= given.keys():
            try:
                check_ban(given["server"], player_id=given["player_id"], gamertag=given["gamertag"])
            except NotPossible as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return given

    def clean_ends_at(self) -> Any:
        ends_at = self.cleaned_data["ends_at"]
        if ends_at is not None and ends_at <= timezone.now():
            raise forms.ValidationError(_("A ban ends in the future."))
        return ends_at


class DeliveryInline(RecordInline):
    model = BanDelivery
    fields = ("ban_list", "target", "line", "state", "attempts", "not_before", "last_error", "finished_at")
    readonly_fields = fields


class InfractionInline(RecordInline):
    model = Infraction
    fields = ("id", "infraction_type", "status", "occurred_at", "description")
    readonly_fields = fields
    show_change_link = True


class InForceFilter(admin.SimpleListFilter):
    """Whether the ban is in force."""

    title = gettext_lazy("in force")
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in ("yes", "no"):
            return queryset.filter(lifted_at__isnull=self.value() == "yes")
        return queryset


@admin.register(Ban)
class BanAdmin(DecidedAdmin):
    form = BanForm
    list_display = ("number", "player", "server", "why", "created_at", "ends_at", "in_force", "delivered")
    list_filter = (InForceFilter, "server", "deliveries__state")
    list_select_related = ("server",)
    search_fields = ("=id", "gamertag", "player_id", "xuid")
    date_hierarchy = "created_at"
    inlines = (DeliveryInline, InfractionInline)
    actions = ("lift", "retry")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        failed = BanDelivery.objects.filter(ban=OuterRef("pk"), state=BanDelivery.State.FAILED)
        bans: QuerySet[Any] = super().get_queryset(request).annotate(has_failed=Exists(failed))
        return bans

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_fields(request, obj) if obj is None else self.get_readonly_fields(request, obj)

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def number(self, ban: Ban) -> str:
        return f"#{ban.pk}"

    @admin.display(description=gettext_lazy("player"), ordering="gamertag")
    def player(self, ban: Ban) -> str:
        return clipped(ban.gamertag or ban.player_id or ban.xuid)

    @admin.display(description=gettext_lazy("reason"))
    def why(self, ban: Ban) -> str:
        return clipped(ban.reason, 80)

    @admin.display(description=gettext_lazy("in force"), boolean=True)
    def in_force(self, ban: Ban) -> bool:
        return ban.lifted_at is None

    @admin.display(description=gettext_lazy("delivered"), boolean=True)
    def delivered(self, ban: Any) -> bool:
        return not ban.has_failed

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.refusal = getattr(request, "ban_refusal", "")
        return form

    def save_model(self, request: HttpRequest, obj: Ban, form: Any, change: bool) -> None:  # noqa: FBT001
        """Ban through the service; an existing ban has nothing that could be saved."""
        if change:
            return
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

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Two members of staff may ban the same player at once: the second is told so, on the form as filled in."""
        try:
            return super().add_view(request, form_url, extra_context)
        except NotPossible as refusal:
            request.ban_refusal = str(refusal)  # type: ignore[attr-defined]
            return super().add_view(request, form_url, extra_context)

    @admin.action(description=gettext_lazy("Lift the ban"), permissions=["change"])
    def lift(self, request: HttpRequest, queryset: QuerySet[Ban]) -> HttpResponse | None:
        reason = ask(self, request, queryset, _LIFT)
        if not isinstance(reason, str):
            return reason
        by = cast("User", request.user)
        if do_for_each(
            self, request, queryset, lambda ban: lift_ban(ban, by=by, reason=reason), log=_("Lifted.")
        ):
            wake_on_commit(deliver_bans)
        return None

    @admin.action(description=gettext_lazy("Try failed deliveries again"), permissions=["change"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Ban]) -> None:
        log = _("Failed deliveries were started again.")
        if do_for_each(self, request, queryset, retry_deliveries, log=log):
            wake_on_commit(deliver_bans)


@admin.register(BanDelivery)
class BanDeliveryAdmin(RecordAdmin):
    list_display = (
        "ban",
        "ban_list",
        "target",
        "state",
        "attempts",
        "not_before",
        "applied_at",
        "finished_at",
    )
    list_filter = ("state", "ban_list")
    list_select_related = ("ban",)
    search_fields = ("=ban__id", "line")
