"""Infractions: looked at, and decided where the rule left it to staff."""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from announcements.tasks import sweep_announcements
from clans.models import User
from outbox import wake_on_commit
from territory.admin.parts import DecidedAdmin, Question, ask, clipped, do_for_each
from territory.models import Infraction
from territory.services.infractions import confirm_infraction, dismiss_infraction
from territory.tasks import deliver_bans

_CONFIRM = Question(
    gettext_lazy("Confirm and ban"),
    gettext_lazy("The player is banned, and the infraction stands on the wall of shame."),
    gettext_lazy("Confirm and ban"),
)
_DISMISS = Question(
    gettext_lazy("Dismiss"),
    gettext_lazy("Nothing follows from the infraction, and it never stands on the wall of shame."),
    gettext_lazy("Dismiss"),
)


@admin.register(Infraction)
class InfractionAdmin(DecidedAdmin):
    list_display = (
        "number",
        "status",
        "infraction_type",
        "player",
        "what",
        "base_name",
        "server",
        "occurred_at",
    )
    list_filter = ("status", "infraction_type", "server")
    list_select_related = ("server",)
    search_fields = ("=id", "gamertag", "player_id", "xuid", "base_name")
    date_hierarchy = "occurred_at"
    readonly_fields = ("verdict",)
    actions = ("confirm", "dismiss")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_readonly_fields(request, obj)

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def number(self, infraction: Infraction) -> str:
        return f"#{infraction.pk}"

    @admin.display(description=gettext_lazy("gamertag"), ordering="gamertag")
    def player(self, infraction: Infraction) -> str:
        return clipped(infraction.gamertag)

    @admin.display(description=gettext_lazy("item"), ordering="item")
    def what(self, infraction: Infraction) -> str:
        return clipped(infraction.item)

    @admin.display(description=gettext_lazy("verdict in full"))
    def verdict(self, infraction: Infraction) -> str:
        address = reverse("verdict", args=[infraction.placement_id])
        return format_html('<a href="{}">{}</a>', address, _("Everything the verdict rests on"))

    @admin.action(description=gettext_lazy("Confirm and ban"), permissions=["change"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Infraction]) -> HttpResponse | None:
        answer = self._decide(request, queryset, _CONFIRM, confirm_infraction, log=_("Confirmed."))
        if answer is None:
            wake_on_commit(deliver_bans)
            wake_on_commit(sweep_announcements)
        return answer

    @admin.action(description=gettext_lazy("Dismiss"), permissions=["change"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[Infraction]) -> HttpResponse | None:
        return self._decide(request, queryset, _DISMISS, dismiss_infraction, log=_("Dismissed."))

    def _decide(
        self,
        request: HttpRequest,
        queryset: QuerySet[Infraction],
        question: Question,
        service: Any,
        *,
        log: str,
    ) -> HttpResponse | None:
        waiting = queryset.filter(status=Infraction.Status.REVIEW)
        if not waiting.exists():
            messages.error(request, _("Only infractions that wait for staff can be decided."))
            return None
        reason = ask(self, request, waiting, question)
        if not isinstance(reason, str):
            return reason
        by = cast("User", request.user)
        do_for_each(
            self,
            request,
            list(waiting),
            lambda infraction: service(infraction, by=by, reason=reason),
            log=log,
        )
        return None
