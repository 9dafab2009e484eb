"""Cases: the page of each, and decisions about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.causes import cause
from common.numbers import row_number
from common.outbox import wake_on_commit
from face.parts import Text
from justice.access import (
    case_in_sight_or_404,
    case_or_404,
    decided_case_or_404,
    is_banned_player,
    sees_cases,
)
from justice.appeals import appeal_context
from justice.case_page import banned_view, owner_view, staff_view
from justice.case_words import acts_in_words
from justice.forms import DecisionForm, EndForm, NoteForm
from justice.models import CaseNote
from justice.queue import Position
from justice.services import marks
from justice.views import details
from justice.views.desk import UNDO, Desk, desk_or_404, undoable
from territory.models import Ban, Case, CaseAct
from territory.services import deciding
from territory.services.cases import StaleCaseError
from territory.services.errors import NotPossibleError
from territory.services.previews import Effect, preview
from territory.tasks import deliver_bans

Given = Mapping[str, Any]
Run = Callable[[Case, Any, Given], CaseAct]


@dataclass(frozen=True, slots=True)
class Step:
    """A decision: the question before it, the verb, and how it is carried out by a person with the form's values.

    `key` is the letter that presses its button, the one by which the queue asks for it.
    """

    question: Text
    verb: Text
    done: Text
    run: Run
    css: str = "danger solid"
    key: str = ""
    form: type[DecisionForm] = DecisionForm


def _confirm(case: Case, by: Any, given: Given) -> CaseAct:
    return deciding.confirm_case(case, by=by, reason=given["reason"], seen=given.get("seen"))


def _dismiss(case: Case, by: Any, given: Given) -> CaseAct:
    return deciding.dismiss_case(case, by=by, reason=given["reason"], seen=given.get("seen"))


def _lift(kind: Ban.LiftKind) -> Run:
    return lambda case, by, given: deciding.lift_case(
        case, by=by, kind=kind, reason=given["reason"], seen=given.get("seen")
    )


def _end(case: Case, by: Any, given: Given) -> CaseAct:
    ends_at = timezone.now() + timedelta(days=given["days"]) if given["days"] else None
    return deciding.change_end(case, ends_at, by=by, reason=given["reason"], seen=given.get("seen"))


STEPS: Mapping[str, Step] = {
    "confirm": Step(
        gettext_lazy("Confirm and ban?"),
        gettext_lazy("Confirm and ban"),
        gettext_lazy("Confirmed"),
        _confirm,
        key="c",
    ),
    "dismiss": Step(
        gettext_lazy("Dismiss the case?"),
        gettext_lazy("Dismiss"),
        gettext_lazy("Dismissed"),
        _dismiss,
        "primary",
        "d",
    ),
    "mistake": Step(
        gettext_lazy("Lift it as a mistake of the community?"),
        gettext_lazy("Lift as a mistake"),
        gettext_lazy("Lifted as a mistake"),
        _lift(Ban.LiftKind.MISTAKE),
        "primary",
    ),
    "mercy": Step(
        gettext_lazy("Lift the ban out of mercy?"),
        gettext_lazy("Lift out of mercy"),
        gettext_lazy("Lifted out of mercy"),
        _lift(Ban.LiftKind.MERCY),
        "primary",
    ),
    "end": Step(
        gettext_lazy("When is the ban to end?"),
        gettext_lazy("Change the end"),
        gettext_lazy("End changed"),
        _end,
        form=EndForm,
    ),
}


@require_safe
@never_cache
@login_required
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """A case: in full for staff, else what concerns the reader."""
    shown, now = case_in_sight_or_404(request.user, pk), timezone.now()
    after = row_number(request.GET.get("after"))
    if not sees_cases(request.user):
        if is_banned_player(request.user, shown):
            return render(request, "justice/case_banned.html", banned_view(shown, now))
        return render(request, "justice/case_owner.html", owner_view(shown, after=after, now=now))
    desk = desk_or_404(request)
    context = staff_view(shown, desk.reader, after=after, now=now) | undoable(desk)
    context |= appeal_context(shown, desk.reader)
    return render(request, "justice/case.html", context | {"note_form": NoteForm(label_suffix="")})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def decide(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Say what a decision will do, and carry it out once the reader has seen that (`sure`)."""
    shown, step = decided_case_or_404(request.user, pk), STEPS.get(act)
    if step is None:
        raise Http404
    desk = desk_or_404(request)
    is_sure = request.method == "POST" and "sure" in request.POST
    form = step.form(request.POST or None, acts=[act], initial={"seen": shown.version})
    if "dismiss-" in request.POST.get("ready", "") or "confirm-" in request.POST.get("ready", ""):
        form = step.form(request.POST, acts=["dismiss", "confirm"])
    try:
        if is_sure and form.is_valid():
            return _carry_out(request, desk, shown, step, form.cleaned_data)
        return _ask(request, desk, shown, act, form)
    except StaleCaseError as stale:
        return _stale(request, desk, stale, form)


def _carry_out(request: HttpRequest, desk: Desk, shown: Case, step: Step, given: Given) -> HttpResponse:
    waited_since = shown.waiting_since
    try:
        with cause(reason=given["reason"]):
            _run(step, shown, desk.reader, given)
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


def _run(step: Step, shown: Case, by: Any, given: Given) -> CaseAct:
    """Carry a decision out; what is not possible because the case has changed is refused as that."""
    try:
        return step.run(shown, by, given)
    except StaleCaseError:
        raise
    except NotPossibleError:
        seen, fresh = given.get("seen"), Case.objects.get(pk=shown.pk)
        if seen is not None and fresh.version != seen:
            raise StaleCaseError(fresh, seen) from None
        raise


def _ask(request: HttpRequest, desk: Desk, shown: Case, act: str, form: DecisionForm) -> HttpResponse:
    step, effects, refusal = STEPS[act], [], ""
    given = _draft(form)
    if given is not None:
        try:
            effects = _preview(shown, desk, step, given)
        except StaleCaseError:
            raise
        except NotPossibleError as error:
            refusal = str(error)
    if request.method == "POST" and "sure" not in request.POST:
        form = step.form(acts=[act], initial=_kept(form, shown))
    context = {
        "case": shown,
        "step": step,
        "form": form,
        "effects": effects,
        "refusal": refusal,
        "is_ready": given is not None and not refusal,
        "desk": desk,
        "back_url": _back(desk, shown),
    }
    return render(request, "justice/decide.html", context)


def _draft(form: DecisionForm) -> Given | None:
    """Return values enough for a preview; None while the days of a new end are missing or wrong."""
    if isinstance(form, EndForm) and not form.is_bound:
        return None
    if form.is_bound:
        form.is_valid()
    cleaned = form.cleaned_data if form.is_bound else {}
    if isinstance(form, EndForm) and cleaned.get("days") is None:
        return None
    return {"reason": "-", "days": cleaned.get("days"), "seen": cleaned.get("seen", form.initial.get("seen"))}


def _kept(form: DecisionForm, shown: Case) -> dict[str, Any]:
    kept = {name: form.data.get(name, "") for name in ("reason", "days")}
    cleaned = getattr(form, "cleaned_data", {})
    return kept | {
        "reason": cleaned.get("reason") or kept["reason"],
        "seen": cleaned.get("seen", shown.version),
    }


def _preview(shown: Case, desk: Desk, step: Step, given: Given) -> list[Effect]:
    return preview(
        lambda: _run(step, shown, desk.reader, given),
        server=shown.server,
        player_ids=[shown.player_id],
        cases=[shown.pk],
        about=shown.pk,
    )


def _back(desk: Desk, shown: Case) -> str:
    if desk.is_queue and shown.waiting_since:
        return reverse("review-item", args=["review", shown.pk]) + desk.query
    return reverse("case", args=[shown.pk])


def _stale(request: HttpRequest, desk: Desk, stale: StaleCaseError, form: DecisionForm) -> HttpResponse:
    """Say who decided what meanwhile, and show the case anew with the reason that was typed."""
    fresh = case_or_404(desk.reader, stale.case.pk)
    reason = str(form.data.get("reason", ""))[:1000]
    context = details.review(fresh, desk, reason=reason, ready=form.data.get("ready", "")) | {
        "since": list(acts_in_words(stale.acts)),
        "desk": desk,
        "typed": reason,
        "note_form": NoteForm(label_suffix=""),
    }
    return render(request, "justice/stale.html", context, status=409)


@require_POST
@never_cache
@login_required
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the reader's own last decision back everywhere, within ten minutes."""
    shown, desk = decided_case_or_404(request.user, pk), desk_or_404(request)
    act = _own_act_or_404(shown, desk, request.POST.get("act", ""))
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


def _own_act_or_404(shown: Case, desk: Desk, number: str) -> CaseAct:
    acts = shown.acts.filter(by=desk.reader, at__gte=desk.now - UNDO).exclude(kind=CaseAct.Kind.UNDO)
    act = acts.filter(pk=row_number(number)).first()
    if act is None:
        raise Http404
    return act


@require_POST
@never_cache
@login_required
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
