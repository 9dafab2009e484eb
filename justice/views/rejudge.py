"""Past placements heard again by today's rule: a page that reads, and one act for each placement that staff choose."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.members import members_form
from common.numbers import row_number
from face.parts import Column, Stat
from justice.access import decides_cases, require, sees_cases
from justice.forms import RejudgeForm
from justice.services.reopening import open_case
from territory.access import signed_in
from territory.models import Infraction, Placement
from territory.services.errors import NotPossibleError
from territory.services.rejudging import Change, Reheard, Rejudged, rejudge
from territory.wording import RULES

MOST = 5_000
_COLUMNS = [
    Column(gettext_lazy("When")),
    Column(gettext_lazy("Player")),
    Column(gettext_lazy("Item")),
    Column(gettext_lazy("Then")),
    Column(gettext_lazy("Today")),
    Column(gettext_lazy("What to do")),
]
_ACTIONS = dict(Placement.Action.choices)


@members_form
def rejudge_page(request: HttpRequest) -> HttpResponse:
    """What today's rule says of past placements, beside what was said then. Nothing follows but what staff choose."""
    user = signed_in(request)
    require(sees_cases(user) and user.has_perm("territory.view_placement"))
    if request.method != "POST":
        return _page(request)
    require(decides_cases(user))
    try:
        case = open_case(row_number(request.POST.get("placement")), by=user, now=timezone.now())
    except NotPossibleError as error:
        return _page(request, str(error))
    messages.success(request, _("The case waits for staff. Nobody was banned."))
    return redirect("case", case.pk)


def _page(request: HttpRequest, refusal: str = "") -> HttpResponse:
    form = RejudgeForm(request.GET if "server" in request.GET else None)
    context = {"form": form, "refusal": refusal, "columns": _COLUMNS}
    context |= _results(request, form.cleaned_data) if form.is_valid() else {}
    context["may_decide"] = decides_cases(request.user)
    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return render(request, "justice/rejudge.html", context, status=status)


def _results(request: HttpRequest, chosen: dict[str, Any]) -> dict[str, Any]:
    after = row_number(request.GET.get("after"))
    until = chosen["until"] or timezone.now()
    result = rejudge(chosen["server"], chosen["since"], until, after=after, most=MOST)
    numbers = [one.finding.case.placement_id for one in result.differences]
    cases = dict(Infraction.objects.filter(placement__in=numbers).values_list("placement", "case"))
    asked = {name: value for name, value in request.GET.items() if name != "after"}
    return {
        "result": result,
        "figures": _figures(result),
        "rows": [_row(one, cases) for one in result.differences],
        "next_url": f"?{urlencode(asked | {'after': result.next})}" if result.next else "",
    }


def _figures(result: Rejudged) -> list[Stat]:
    return [
        Stat(_("Placements heard again"), result.heard),
        Stat(_("Guilty then, allowed today"), result.counts[Change.ACQUITTED]),
        Stat(_("Allowed then, guilty today"), result.counts[Change.ACCUSED]),
        Stat(_("Guilty in another way"), result.counts[Change.OTHER]),
    ]


def _row(one: Reheard, cases: Mapping[int, int | None]) -> dict[str, Any]:
    case = cases.get(one.finding.case.placement_id)
    return {
        "change": one.change,
        "heard": one.finding.case,
        "then": RULES.get(one.said.rule, one.said.rule),
        "then_action": _ACTIONS.get(one.said.action, ""),
        "today": RULES[one.verdict.rule],
        "today_action": _ACTIONS[one.verdict.action],
        "case": case,
    }
