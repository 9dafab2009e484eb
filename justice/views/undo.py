"""Undo a period: choose, read what would happen, and then do exactly that."""

import uuid
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.members import members_form, members_page
from common.outbox import wake
from face.parts import Text
from justice.access import require, runs_servers
from justice.forms import ReasonForm, UndoForm
from justice.models import UndoRun
from justice.services import undoing
from justice.services.undo_plans import Scope, UndoPlan, UndoStep, plan_of, scope_named
from justice.tasks import carry_on, go_on_undoing
from territory.access import signed_in
from territory.models import CaseAct
from territory.services.errors import NotPossibleError

# A page waits so long for its run; the rest is for the worker.
_PAGE_SECONDS = 5
_MOST_RUNS = 20
_MOST_ACTS = 100
_READ_BY = gettext_lazy("Staff read it, and the players whose cases it changes.")
_CONSEQUENCES = {
    CaseAct.Kind.BAN: gettext_lazy("The ban ends everywhere, as a mistake of the community."),
    CaseAct.Kind.CONFIRM: gettext_lazy("The ban ends everywhere, and the case waits for staff again."),
    CaseAct.Kind.DISMISS: gettext_lazy("The case waits for staff again."),
    CaseAct.Kind.LIFT: gettext_lazy("The ban is in force again, everywhere."),
    CaseAct.Kind.END: gettext_lazy("The former end of the ban holds again."),
    CaseAct.Kind.UNDO: gettext_lazy("What was undone holds again."),
}
_LIFTED = gettext_lazy("The rule's ban is lifted as a mistake: it leaves ban lists, wall and record.")
_STAYS = gettext_lazy("The ban itself stays, for another case rests on it.")


@members_form
def undo_period(request: HttpRequest) -> HttpResponse:
    """Choose acts of a period, read what undoing them would do, and agree to it; refused with 409 if anything has changed."""
    require(runs_servers(request.user))
    given = request.POST or request.GET
    scope, form = _scope(given)
    reason = ReasonForm(request.POST or None, help_text=_READ_BY)
    plan, refusal = None, ""
    try:
        plan = plan_of(scope) if scope else None
        if plan is not None and reason.is_valid():
            return _start(request, plan, reason.cleaned_data["reason"])
    except NotPossibleError as error:
        refusal = str(error)
    context = {
        "form": form,
        "plan": plan,
        "reason_form": reason,
        "refusal": refusal,
        "steps": [_step_row(step) for step in plan.steps] if plan else [],
        "chosen": {name: given.get(name, "") for name in ("what", "since", "until")},
        "runs": UndoRun.objects.select_related("by").defer("steps")[:_MOST_RUNS],
    }
    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return render(request, "justice/undo.html", context, status=status)


def _scope(given: Any) -> tuple[Scope | None, UndoForm]:
    """Return what was chosen, None if nothing was or it is no such thing; a run has no period."""
    if given.get("what", "").startswith(f"{UndoRun.Scope.RUN}-"):
        return scope_named(given["what"], None, None), UndoForm()
    form = UndoForm(given if "what" in given else None)
    if not form.is_valid():
        return None, form
    return scope_named(**form.cleaned_data), form


def _start(request: HttpRequest, plan: UndoPlan, reason: str) -> HttpResponse:
    run = undoing.start(plan, digest=request.POST.get("digest", ""), by=signed_in(request), reason=reason)
    if not carry_on(run, seconds=_PAGE_SECONDS):
        wake(go_on_undoing)
    return redirect("undo-run", run.run)


def _step_row(step: UndoStep) -> tuple[UndoStep, Text, Text]:
    """Return a step with what is undone, and what that does."""
    if step.act is None:
        return step, _("banned by the rule"), _STAYS if step.stays else _LIFTED
    ends = step.act.kind in (CaseAct.Kind.BAN, CaseAct.Kind.CONFIRM)
    words = _STAYS if ends and step.stays else _CONSEQUENCES[CaseAct.Kind(step.act.kind)]
    return step, step.act.get_kind_display(), words


@members_page
def undo_run(request: HttpRequest, run: uuid.UUID) -> HttpResponse:
    """How far a run has come, what it could not do, and the way to undo it again."""
    require(runs_servers(request.user))
    found = get_object_or_404(UndoRun.objects.select_related("by"), run=run)
    acts = CaseAct.objects.filter(run=found.run).select_related("case").order_by("-pk")[:_MOST_ACTS]
    context = {"run": found, "total": len(found.steps), "troubles": _troubles(found), "acts": acts}
    return render(request, "justice/undo_run.html", context)


def _troubles(run: UndoRun) -> list[tuple[int, str]]:
    """Return the case of each step that could not be taken, and why. One query."""
    steps = [(run.steps[place], run.troubles[str(place)]) for place in sorted(map(int, run.troubles))]
    acts = [step["act"] for step, _why in steps if "act" in step]
    cases = dict(CaseAct.objects.filter(pk__in=acts).values_list("pk", "case"))
    return [(step["lift"] if "lift" in step else cases[step["act"]], why) for step, why in steps]
