"""Past placements heard again by today's rule: a page that reads, and one act for each placement that staff choose."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from clans.models import User
from common.numbers import row_number
from face.parts import Column, Stat
from justice import access
from justice.links import case_url
from justice.net_forms import RejudgeForm
from justice.services.reopening import open_case
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


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def rejudge_page(request: HttpRequest) -> HttpResponse:
    """What today's rule says of past placements, beside what was said then. Nothing follows but what staff choose."""
    access.rejudging_or_404(request.user)
    if request.method != "POST":
        return _page(request)
    if not access.decides_cases(request.user):
        raise Http404
    assert isinstance(request.user, User)
    try:
        case = open_case(_number(request.POST.get("placement", "")), by=request.user, now=timezone.now())
    except NotPossibleError as error:
        return _page(request, str(error), HTTPStatus.CONFLICT)
    messages.success(request, _("The case waits for staff. Nobody was banned."))
    return HttpResponseRedirect(case_url(case.pk))


def _number(text: str) -> int:
    if not (number := row_number(text)):
        raise Http404
    return number


def _page(request: HttpRequest, refusal: str = "", status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    form = RejudgeForm(request.GET if "server" in request.GET else None)
    context: dict[str, Any] = {"form": form, "refusal": refusal, "columns": _COLUMNS}
    if form.is_valid():
        context |= _results(request, form.cleaned_data)
    context["may_decide"] = access.decides_cases(request.user)
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
        "one": one,
        "case": one.finding.case,
        "then": RULES.get(one.said.rule, one.said.rule),
        "then_action": _ACTIONS.get(one.said.action, ""),
        "today": RULES[one.verdict.rule],
        "today_action": _ACTIONS[one.verdict.action],
        "case_url": case_url(case) if case else "",
        "may_open": one.change is Change.ACCUSED and not case,
    }
