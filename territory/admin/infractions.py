"""Infractions: looked at, decided where the rule left it to staff, and lifted where the rule was wrong."""

# ruff: noqa: ARG002 - the signatures are Django's

from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from announcements.tasks import sweep_announcements
from clans.models import User
from common.admin.decisions import Answer, Decision, Note
from common.admin.parts import ChosenOnlyFilter, RecordAdmin, text_column
from territory.admin.filters import OccurredFilter, OccurringFilter, OccurringServerFilter
from territory.admin.records import item_with_class, verdict_in_words, verdict_link
from territory.models import Infraction
from territory.services.infractions import confirm_infraction, dismiss_infraction
from territory.services.pardoning import lift_infraction
from territory.tasks import deliver_bans


def _confirm(infraction: Infraction, by: User, answer: Answer) -> list[Note]:
    confirm_infraction(infraction, by=by, reason=answer["reason"])
    ban = Infraction.objects.select_related("ban").get(pk=infraction.pk).ban
    return [(ban, _("Infraction #%(number)d was confirmed.") % {"number": infraction.pk})] if ban else []


def _lift(infraction: Infraction, by: User, answer: Answer) -> list[Note]:
    was_ban_lifted = lift_infraction(infraction, by=by, reason=answer["reason"])
    if not was_ban_lifted or infraction.ban is None:
        return []
    return [(infraction.ban, _("Lifted with infraction #%(number)d.") % {"number": infraction.pk})]


_CONFIRM = Decision(
    name="confirm",
    title=gettext_lazy("Confirm and ban"),
    act=_confirm,
    done=gettext_lazy("Confirmed."),
    explanation=gettext_lazy("The player is banned, and the infraction stands on the wall of shame."),
    button=gettext_lazy("Confirm and ban"),
    suits=lambda infractions: infractions.filter(status=Infraction.Status.REVIEW),
    refusal=gettext_lazy("Only infractions that wait for staff can be decided."),
    wakes=(deliver_bans, sweep_announcements),
)
_DISMISS = replace(
    _CONFIRM,
    name="dismiss",
    title=gettext_lazy("Dismiss"),
    act=lambda infraction, by, answer: dismiss_infraction(infraction, by=by, reason=answer["reason"]),
    done=gettext_lazy("Dismissed."),
    explanation=gettext_lazy(
        "Nothing follows from the infraction, and it never stands on the wall of shame."
    ),
    button=gettext_lazy("Dismiss"),
)
_LIFT = replace(
    _CONFIRM,
    name="lift",
    title=gettext_lazy("Lift the infraction"),
    act=_lift,
    done=gettext_lazy("Lifted."),
    explanation=gettext_lazy(
        "The infraction leaves the wall of shame. Its ban is lifted too, unless it was made by hand or other confirmed "
        "infractions stand behind it."
    ),
    button=gettext_lazy("Lift"),
    suits=lambda infractions: infractions.filter(status=Infraction.Status.CONFIRMED),
    refusal=gettext_lazy("Only confirmed infractions can be lifted."),
)


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
    readonly_fields = ("verdict_words", "verdict")
    actions = (_CONFIRM, _DISMISS, _LIFT)
    number_column = "pk"
    back_to = "status__exact=review"  # where the next one waits

    player = text_column("gamertag", gettext_lazy("gamertag"))

    @admin.display(description=gettext_lazy("item"))
    def what(self, infraction: Infraction) -> str:
        return item_with_class(infraction.item)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.readonly_fields, *(field.name for field in self.opts.fields if field.name != "id")]

    @admin.display(description=gettext_lazy("verdict in words"))
    def verdict_words(self, infraction: Infraction) -> str:
        return "-" if infraction.placement is None else verdict_in_words(infraction.placement)

    @admin.display(description=gettext_lazy("verdict in full"))
    def verdict(self, infraction: Infraction) -> str:
        if infraction.placement_id is None:
            return _("It was moved in from the old system, which stored no verdicts.")
        return verdict_link(infraction.placement_id)
