"""What happened in a base, its alarms and the owner's leave."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.members import members_form
from common.numbers import row_number
from face.parts import columns, isolated
from territory import access
from territory.models import Alarm, AlarmMute, Base
from territory.pages.bases.activity import AwayForm, base_activity
from territory.services import alarms, sleeping

_COLUMNS = columns(gettext_lazy("Player"), gettext_lazy("What"), gettext_lazy("Right"), gettext_lazy("When"))
_MUTE_DAYS = (1, 7, 30)


@members_form
def activity(request: HttpRequest, pk: int) -> HttpResponse:
    """What was done in a base besides building; posting mutes alarms, and sets what the owner wishes."""
    now = timezone.now()
    base = access.watched_base_or_404(request.user, pk, at=now)
    if request.method == "POST":
        act = _ACTS.get(request.POST.get("act", ""))
        if act is None or not access.manages(request.user, base, at=now):
            raise Http404
        act(request, base, now)
        return redirect("base-activity", pk)
    number, who = request.GET.get("page"), request.GET.get("who", "")
    context = {
        "base": base,
        "shown": base_activity(base, who=who, number=number, now=now),
        "columns": _COLUMNS,
        "mute_days": _MUTE_DAYS,
        "manages": access.manages(request.user, base, at=now),
        "is_owner": base.owner_id == request.user.pk,
        "form": AwayForm(),
        "now": now,
    }
    return render(request, "territory/base_activity.html", context)


def _mute(request: HttpRequest, base: Base, now: datetime) -> None:
    days, number = row_number(request.POST.get("days")), request.POST.get("alarm")
    alarm = get_object_or_404(Alarm, base=base, pk=row_number(number)) if number else None
    if days not in _MUTE_DAYS:
        raise Http404
    alarms.mute(base, alarm, by=access.signed_in(request), ends_at=now + timedelta(days=days), at=now)
    whose = isolated(alarm.gamertag) if alarm else _("everybody")
    messages.success(request, _("Muted: %(player)s. No alarm until the end.") % {"player": whose})


def _unmute(request: HttpRequest, base: Base, now: datetime) -> None:
    mute = get_object_or_404(AlarmMute, base=base, pk=row_number(request.POST.get("mute")))
    alarms.unmute(mute, at=now)
    messages.success(request, _("Alarms are heard again."))


def _wish_discord(request: HttpRequest, base: Base, now: datetime) -> None:  # noqa: ARG001 - as the others
    _owner_or_404(request, base)
    wishes = "alarms_discord" in request.POST
    Base.objects.filter(pk=base.pk).update(alarms_discord=wishes)
    messages.success(
        request, _("Alarms go to the clan's channel.") if wishes else _("Alarms stay on these pages.")
    )


def _go_away(request: HttpRequest, base: Base, now: datetime) -> None:
    _owner_or_404(request, base)
    form = AwayForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write a number of days from 0 to 90."))
        return
    sleeping.set_leave(base, days=form.cleaned_data["days"], at=now)
    messages.success(request, _("Saved."))


_ACTS: Mapping[str, Callable[[HttpRequest, Base, datetime], None]] = {
    "mute": _mute,
    "unmute": _unmute,
    "discord": _wish_discord,
    "away": _go_away,
}


def _owner_or_404(request: HttpRequest, base: Base) -> None:
    if base.owner_id != request.user.pk:
        raise Http404
