"""Infractions: looked at, decided where the rule left it to staff, and lifted where the rule was wrong."""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from announcements.tasks import sweep_announcements
from clans.models import User
from common.admin.asking import Answer, Question
from common.admin.parts import CappedPaginator, ChosenOnlyFilter, RecordAdmin
from territory.admin.filters import OccurredFilter, OccurringFilter, OccurringServerFilter
from territory.admin.parts import Decision, Note, by_number, decide, short
from territory.admin.records import verdict_in_words, verdict_link
from territory.models import Infraction
from territory.services.infractions import confirm_infraction, dismiss_infraction
from territory.services.pardoning import lift_infraction
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
_LIFT = Question(
    gettext_lazy("Lift the infraction"),
    gettext_lazy(
        "The infraction leaves the wall of shame. Its ban is lifted too, unless it was made by hand or other confirmed "
        "infractions stand behind it."
    ),
    gettext_lazy("Lift"),
)


def _confirm(infraction: Infraction, by: User, answer: Answer) -> list[Note]:
    confirm_infraction(infraction, by=by, reason=answer["reason"])
    ban = Infraction.objects.select_related("ban").get(pk=infraction.pk).ban
    return [(ban, _("Infraction #%(number)d was confirmed.") % {"number": infraction.pk})] if ban else []


def _dismiss(infraction: Infraction, by: User, answer: Answer) -> list[Note]:
    dismiss_infraction(infraction, by=by, reason=answer["reason"])
    return []


def _lift(infraction: Infraction, by: User, answer: Answer) -> list[Note]:
    was_ban_lifted = lift_infraction(infraction, by=by, reason=answer["reason"])
    if not was_ban_lifted or infraction.ban is None:
        return []
    return [(infraction.ban, _("Lifted with infraction #%(number)d.") % {"number": infraction.pk})]


_NOT_WAITING = gettext_lazy("Only infractions that wait for staff can be decided.")
_NOT_CONFIRMED = gettext_lazy("Only confirmed infractions can be lifted.")
_WAKES = (deliver_bans, sweep_announcements)
# By action: the status of the infractions it is for, and the decision.
_DECISIONS = {
    "confirm": (
        Infraction.Status.REVIEW,
        Decision(_CONFIRM, _confirm, lambda _answer: _("Confirmed."), _NOT_WAITING, _WAKES),
    ),
    "dismiss": (
        Infraction.Status.REVIEW,
        Decision(_DISMISS, _dismiss, lambda _answer: _("Dismissed."), _NOT_WAITING, _WAKES),
    ),
    "lift": (
        Infraction.Status.CONFIRMED,
        Decision(_LIFT, _lift, lambda _answer: _("Lifted."), _NOT_CONFIRMED, _WAKES),
    ),
}


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
    paginator = CappedPaginator
    readonly_fields = ("verdict_words", "verdict")
    actions = ("confirm", "dismiss", "lift")
    back_to = "status__exact=review"  # where the next one waits

    def fits(self, action: str, row: Infraction) -> bool:
        return action not in _DECISIONS or row.status == _DECISIONS[action][0]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.readonly_fields, *(field.name for field in self.opts.fields if field.name != "id")]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return by_number(super().get_search_results(request, queryset, search_term), queryset, search_term)

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def number(self, infraction: Infraction) -> str:
        return f"#{infraction.pk}"

    @admin.display(description=gettext_lazy("gamertag"))
    def player(self, infraction: Infraction) -> str:
        return short(infraction.gamertag)

    @admin.display(description=gettext_lazy("item"))
    def what(self, infraction: Infraction) -> str:
        return short(infraction.item)

    @admin.display(description=gettext_lazy("verdict in words"))
    def verdict_words(self, infraction: Infraction) -> str:
        return "-" if infraction.placement is None else verdict_in_words(infraction.placement)

    @admin.display(description=gettext_lazy("verdict in full"))
    def verdict(self, infraction: Infraction) -> str:
        if infraction.placement_id is None:
            return _("It was moved in from the old system, which kept no verdict.")
        return verdict_link(infraction.placement_id)

    @admin.action(description=gettext_lazy("Confirm and ban"), permissions=["decide"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Infraction]) -> HttpResponse | None:
        return self._decide(request, queryset, "confirm")

    @admin.action(description=gettext_lazy("Dismiss"), permissions=["decide"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[Infraction]) -> HttpResponse | None:
        return self._decide(request, queryset, "dismiss")

    @admin.action(description=gettext_lazy("Lift the infraction"), permissions=["decide"])
    def lift(self, request: HttpRequest, queryset: QuerySet[Infraction]) -> HttpResponse | None:
        return self._decide(request, queryset, "lift")

    def _decide(
        self, request: HttpRequest, queryset: QuerySet[Infraction], action: str
    ) -> HttpResponse | None:
        status, decision = _DECISIONS[action]
        return decide(self, request, queryset.filter(status=status), decision)
