"""Undo a period: choose, read what would happen, and then do exactly that."""

import uuid
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from clans.models import User
from common.outbox import wake
from justice import access
from justice.links import case_url
from justice.models import UndoRun
from justice.net_forms import UndoForm, UndoReasonForm
from justice.services import undoing
from justice.services.undo_plans import Plan, Scope, Step, plan_of, scope_named
from justice.tasks import carry_on, go_on_undoing
from territory.models import CaseAct
from territory.services.errors import NotPossibleError

# A page waits so long for its run; the rest is for the worker.
_PAGE_SECONDS = 5
_MOST_RUNS = 20
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


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def undo_period(request: HttpRequest) -> HttpResponse:
    """Choose acts of a period, read what undoing them would do, and agree to it."""
    access.run_servers_or_404(request.user)
    given = request.POST if request.method == "POST" else request.GET
    scope, form = _scope(given)
    if scope is None:
        return _page(request, form)
    try:
        plan = plan_of(scope)
        if request.method != "POST":
            return _page(request, form, plan, UndoReasonForm())
        reason = UndoReasonForm(request.POST)
        if not reason.is_valid():
            return _page(request, form, plan, reason)
        return _start(request, plan, reason.cleaned_data["reason"])
    except undoing.ChangedPlanError as error:
        return _page(request, form, plan, UndoReasonForm(request.POST), refusal=str(error))
    except NotPossibleError as error:
        return _page(request, form, refusal=str(error))


def _scope(given: Any) -> tuple[Scope | None, UndoForm]:
    """Return what was chosen, None if nothing was or it is no such thing; a run has no period."""
    if given.get("what", "").startswith(f"{UndoRun.Scope.RUN}-"):
        return scope_named(given["what"], None, None), UndoForm()
    form = UndoForm(given if "what" in given else None)
    if not form.is_valid():
        return None, form
    chosen = form.cleaned_data
    return scope_named(chosen["what"], chosen["since"], chosen["until"]), form


def _start(request: HttpRequest, plan: Plan, reason: str) -> HttpResponse:
    assert isinstance(request.user, User)
    run = undoing.start(plan, digest=request.POST.get("digest", ""), by=request.user, reason=reason)
    if not carry_on(run, seconds=_PAGE_SECONDS):
        wake(go_on_undoing)
    return HttpResponseRedirect(reverse("undo-run", args=[run.run]))


def _page(
    request: HttpRequest,
    form: UndoForm,
    plan: Plan | None = None,
    reason: UndoReasonForm | None = None,
    *,
    refusal: str = "",
) -> HttpResponse:
    """Return the page; with a refusal something has changed since it was read, so that it answers 409."""
    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    context: dict[str, Any] = {"form": form, "plan": plan, "reason_form": reason, "refusal": refusal}
    if plan is not None:
        context["steps"] = [_step_row(step) for step in plan.steps]
        context["kept"] = [{"one": one, "url": case_url(one.case.pk)} for one in plan.kept]
        given = request.POST if request.method == "POST" else request.GET
        context["chosen"] = {name: given.get(name, "") for name in ("what", "since", "until")}
    context["runs"] = UndoRun.objects.select_related("by").defer("steps")[:_MOST_RUNS]
    return render(request, "justice/undo.html", context, status=status)


def _step_row(step: Step) -> dict[str, Any]:
    words = _CONSEQUENCES[CaseAct.Kind(step.act.kind)] if step.act else _LIFTED
    ends = step.act is None or step.act.kind in (CaseAct.Kind.BAN, CaseAct.Kind.CONFIRM)
    what = step.act.get_kind_display() if step.act else _("banned by the rule")
    return {
        "step": step,
        "url": case_url(step.case.pk),
        "what": what,
        "words": _STAYS if ends and step.stays else words,
    }


@require_safe
@never_cache
@login_required
def undo_run(request: HttpRequest, run: uuid.UUID) -> HttpResponse:
    """How far a run has come, what it could not do, and the way to undo it again."""
    access.run_servers_or_404(request.user)
    found = get_object_or_404(UndoRun.objects.select_related("by"), run=run)
    acts = CaseAct.objects.filter(run=found.run).select_related("case").order_by("-pk")[:100]
    context = {
        "run": found,
        "total": len(found.steps),
        "troubles": _troubles(found),
        "acts": [(act, case_url(act.case_id)) for act in acts],
    }
    return render(request, "justice/undo_run.html", context)


def _troubles(run: UndoRun) -> list[dict[str, Any]]:
    """Return what could not be undone, with the case's address. One query."""
    steps = {int(place): run.steps[int(place)] for place in run.troubles}
    numbers = [step["act"] for step in steps.values() if "act" in step]
    cases = dict(CaseAct.objects.filter(pk__in=numbers).values_list("pk", "case"))
    numbered = {place: step.get("lift") or cases.get(step.get("act", 0), 0) for place, step in steps.items()}
    return [
        {"case": pk, "url": case_url(pk), "why": run.troubles[str(place)]}
        for place, pk in sorted(numbered.items())
    ]
