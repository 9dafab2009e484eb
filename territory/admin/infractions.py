"""Infractions: looked at, decided where the rule left it to staff, and lifted where the rule was wrong."""

# ruff: noqa: ARG002 - the signatures are Django's

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from announcements.tasks import sweep_announcements
from clans.models import User
from common.admin.asking import Question, ask, noted
from common.admin.parts import CappedPaginator, ChosenOnlyFilter
from common.outbox import wake_on_commit
from territory.admin.filters import OccurredFilter, OccurringFilter, OccurringServerFilter
from territory.admin.parts import DecidedAdmin, Note, by_number, do_for_each, short
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


@dataclass(frozen=True, slots=True)
class _Decision:
    """What may be decided about infractions of one status, by which service."""

    status: Infraction.Status
    question: Question
    service: Callable[..., object]
    refusal: str | Promise
    done: str | Promise
    too: Callable[[Infraction, object], list[Note]]  # what else was changed, after what the service returned


def _nothing_else(_infraction: Infraction, _done: object) -> list[Note]:
    return []


def _made_ban(infraction: Infraction, _done: object) -> list[Note]:
    ban = Infraction.objects.select_related("ban").get(pk=infraction.pk).ban
    return [(ban, _("Infraction #%(number)d was confirmed.") % {"number": infraction.pk})] if ban else []


def _lifted_ban(infraction: Infraction, was_lifted: object) -> list[Note]:
    if not was_lifted or infraction.ban is None:
        return []
    return [(infraction.ban, _("Lifted with infraction #%(number)d.") % {"number": infraction.pk})]


_WAIT = gettext_lazy("Only infractions that wait for staff can be decided.")
_CONFIRMING = _Decision(
    Infraction.Status.REVIEW, _CONFIRM, confirm_infraction, _WAIT, gettext_lazy("Confirmed."), _made_ban
)
_DISMISSING = _Decision(
    Infraction.Status.REVIEW, _DISMISS, dismiss_infraction, _WAIT, gettext_lazy("Dismissed."), _nothing_else
)
_LIFTING = _Decision(
    Infraction.Status.CONFIRMED,
    _LIFT,
    lift_infraction,
    gettext_lazy("Only confirmed infractions can be lifted."),
    gettext_lazy("Lifted."),
    _lifted_ban,
)
_DECISIONS = {"confirm": _CONFIRMING, "dismiss": _DISMISSING, "lift": _LIFTING}


@admin.register(Infraction)
class InfractionAdmin(DecidedAdmin):
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

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def fits(self, action: str, row: Infraction) -> bool:
        return action not in _DECISIONS or row.status == _DECISIONS[action].status

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = self.get_readonly_fields(request, obj)
        return [*self.readonly_fields, *(name for name in fields if name not in self.readonly_fields)]

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

    @admin.action(description=gettext_lazy("Confirm and ban"), permissions=["change"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Infraction]) -> HttpResponse | None:
        return self._decide(request, queryset, _CONFIRMING)

    @admin.action(description=gettext_lazy("Dismiss"), permissions=["change"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[Infraction]) -> HttpResponse | None:
        return self._decide(request, queryset, _DISMISSING)

    @admin.action(description=gettext_lazy("Lift the infraction"), permissions=["change"])
    def lift(self, request: HttpRequest, queryset: QuerySet[Infraction]) -> HttpResponse | None:
        return self._decide(request, queryset, _LIFTING)

    def _decide(
        self, request: HttpRequest, queryset: QuerySet[Infraction], decision: _Decision
    ) -> HttpResponse | None:
        """Ask for the reason, decide what has the status for it, and wake what carries it out."""
        meant = queryset.filter(status=decision.status)
        if not meant.exists():
            messages.error(request, str(decision.refusal))
            return None
        answer = ask(self, request, meant, decision.question)
        if not isinstance(answer, dict):
            return answer
        by, reason = cast("User", request.user), answer["reason"]
        log = noted(str(decision.done), answer)

        def decide(one: Infraction) -> list[Note]:
            return decision.too(one, decision.service(one, by=by, reason=reason))

        if do_for_each(self, request, list(meant), decide, log=log, reason=reason):
            wake_on_commit(deliver_bans)
            wake_on_commit(sweep_announcements)
        return None
