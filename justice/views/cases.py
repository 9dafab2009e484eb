"""Cases: the page of each, and decisions about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.causes import cause
from common.members import members_act, members_form, members_page
from common.numbers import row_number
from common.outbox import wake_on_commit
from face.parts import Text
from justice.access import (
    case_in_sight_or_404,
    decided_case_or_404,
    is_banned_player,
    sees_cases,
)
from justice.appeals import appeal_context
from justice.case_page import banned_view, owner_view, staff_view
from justice.case_words import act_in_words
from justice.forms import DecisionForm, EndForm, NoteForm
from justice.models import CaseNote
from justice.queue import Position
from justice.services import marks
from justice.views import details
from justice.views.desk import UNDO, Desk, desk_context, desk_or_404
from territory.models import Ban, Case, CaseAct
from territory.services import deciding
from territory.services.cases import StaleCaseError
from territory.services.errors import NotPossibleError
from territory.services.previews import Effect
from territory.tasks import deliver_bans


@dataclass(frozen=True, slots=True)
class CaseDecision:
    """A decision: the question before it, the verb, and what carries it out with the form's values.

    `key` is the letter that presses its button, the one by which the queue asks for it.
    """

    question: Text
    verb: Text
    run: Callable[..., CaseAct]
    css: str = "danger solid"
    key: str = ""
    form: type[DecisionForm] = DecisionForm


def _end(case: Case, *, days: int, **how: Any) -> CaseAct:
    return deciding.change_end(case, timezone.now() + timedelta(days=days) if days else None, **how)


STEPS: Mapping[str, CaseDecision] = {
    "confirm": CaseDecision(
        gettext_lazy("Confirm and ban?"), gettext_lazy("Confirm and ban"), deciding.confirm_case, key="c"
    ),
    "dismiss": CaseDecision(
        gettext_lazy("Dismiss the case?"),
        gettext_lazy("Dismiss"),
        deciding.dismiss_case,
        "primary",
        "d",
    ),
    "mistake": CaseDecision(
        gettext_lazy("Lift it as a mistake of the community?"),
        gettext_lazy("Lift as a mistake"),
        partial(deciding.lift_case, kind=Ban.LiftKind.MISTAKE),
        "primary",
    ),
    "mercy": CaseDecision(
        gettext_lazy("Lift the ban out of mercy?"),
        gettext_lazy("Lift out of mercy"),
        partial(deciding.lift_case, kind=Ban.LiftKind.MERCY),
        "primary",
    ),
    "end": CaseDecision(
        gettext_lazy("When is the ban to end?"), gettext_lazy("Change the end"), _end, form=EndForm
    ),
}


@members_page
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """A case: in full for staff, else what concerns the reader."""
    shown, now = case_in_sight_or_404(request.user, pk), timezone.now()
    after = row_number(request.GET.get("after"))
    if not sees_cases(request.user):
        if is_banned_player(request.user, shown):
            return render(request, "justice/case_banned.html", banned_view(shown, now))
        return render(request, "justice/case_owner.html", owner_view(shown, after=after, now=now))
    desk = desk_or_404(request)
    context = staff_view(shown, desk.reader, after=after, now=now) | appeal_context(shown, desk.reader)
    return render(request, "justice/case.html", context | desk_context(desk))


@members_form
def decide(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Say what a decision will do, and carry it out once the reader has seen that (`sure`)."""
    shown, desk, step = decided_case_or_404(request.user, pk), desk_or_404(request), STEPS.get(act)
    if step is None:
        raise Http404
    chosen = request.POST.get("ready", "").partition("-")[0]  # the queue's form offers reasons of two acts
    form = step.form(request.POST or None, acts=[act, chosen], initial={"seen": shown.version})
    try:
        if "sure" in request.POST and form.is_valid():
            return _carry_out(request, desk, shown, step, form.cleaned_data)
        return _ask(request, desk, shown, act, form)
    except StaleCaseError as stale:
        return _stale(request, desk, stale, form)


def _carry_out(
    request: HttpRequest, desk: Desk, shown: Case, step: CaseDecision, given: Mapping[str, Any]
) -> HttpResponse:
    waited_since = shown.waiting_since
    values = {name: given[name] for name in ("reason", "seen", "days") if name in given}
    try:
        with cause(reason=given["reason"]):
            step.run(shown, by=desk.reader, **values)
    except StaleCaseError:
        raise
    except NotPossibleError as refusal:
        messages.error(request, str(refusal))
        return redirect("case", shown.pk)
    wake_on_commit(deliver_bans)
    marks.forget("review", shown.pk)
    if desk.is_queue:
        return desk.to_next(Position(waited_since, "review", shown.pk) if waited_since else None)
    return redirect("case", shown.pk)


def _ask(request: HttpRequest, desk: Desk, shown: Case, act: str, form: DecisionForm) -> HttpResponse:
    step, effects, refusal = STEPS[act], list[Effect](), ""
    values = _draft(form, shown)
    if values is not None:
        try:
            effects = details.foresee(shown, lambda: step.run(shown, by=desk.reader, **values))
        except StaleCaseError:
            raise
        except NotPossibleError as error:
            refusal = str(error)
    if form.is_bound and "sure" not in request.POST:
        form = step.form(acts=[act], initial=_kept(form, shown))
    context = {
        "case": shown,
        "step": step,
        "form": form,
        "effects": effects,
        "refusal": refusal,
        "is_ready": values is not None and not refusal,
        "desk": desk,
        "back_url": _back(desk, shown),
    }
    return render(request, "justice/decide.html", context)


def _draft(form: DecisionForm, shown: Case) -> dict[str, Any] | None:
    """Return values enough for a preview; None while the days of a new end are missing or wrong."""
    form.is_valid()
    cleaned = form.cleaned_data if form.is_bound else {}
    values = {"reason": "-", "seen": cleaned.get("seen", shown.version)}
    if not isinstance(form, EndForm):
        return values
    return values | {"days": cleaned["days"]} if "days" in cleaned else None


def _kept(form: DecisionForm, shown: Case) -> dict[str, Any]:
    """Return what was typed, for a form that asks again."""
    return {
        "reason": form.cleaned_data.get("reason") or form.data.get("reason", ""),
        "days": form.data.get("days", ""),
        "seen": form.cleaned_data.get("seen", shown.version),
    }


def _back(desk: Desk, shown: Case) -> str:
    if desk.is_queue and shown.waiting_since:
        return reverse("review-item", args=["review", shown.pk]) + desk.query
    return reverse("case", args=[shown.pk])


def _stale(request: HttpRequest, desk: Desk, stale: StaleCaseError, form: DecisionForm) -> HttpResponse:
    """Say who decided what meanwhile, and show the case anew with the reason that was typed."""
    fresh = case_in_sight_or_404(desk.reader, stale.case.pk)
    reason = str(form.data.get("reason", ""))[:1000]
    context = details.review(fresh, desk, reason=reason, ready=form.data.get("ready", "")) | {
        "since": [act_in_words(act) for act in stale.acts],
        "typed": reason,
    }
    return render(request, "justice/stale.html", context | desk_context(desk), status=409)


@members_act
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the reader's own last decision back everywhere, within ten minutes."""
    shown, desk = decided_case_or_404(request.user, pk), desk_or_404(request)
    own = shown.acts.filter(by=desk.reader, at__gte=desk.now - UNDO).exclude(kind=CaseAct.Kind.UNDO)
    act = get_object_or_404(own, pk=row_number(request.POST.get("act")))
    try:
        with cause(reason=_("Undone at once")):
            deciding.undo_act(act, by=desk.reader, reason=_("Undone at once"), seen=act.version)
    except NotPossibleError as refusal:
        messages.error(request, str(refusal))
        return redirect("case", pk)
    wake_on_commit(deliver_bans)
    messages.success(request, _("Undone: everything is as before, everywhere."))
    fresh = Case.objects.get(pk=pk)
    if fresh.state == Case.State.WAITING:
        return redirect(reverse("review-item", args=["review", pk]) + desk.query)
    return redirect("case", pk)


@members_act
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a note of staff."""
    shown, desk = decided_case_or_404(request.user, pk), desk_or_404(request)
    form = NoteForm(request.POST)
    if form.is_valid():
        CaseNote.objects.create(case=shown, by=desk.reader, text=form.cleaned_data["text"])
        messages.success(request, _("Noted. Only staff read it."))
    else:
        messages.error(request, _("Write the note first."))
    return redirect(_back(desk, shown))
