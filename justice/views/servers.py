"""The safety nets of a game server: its circuit breaker, and the switch from observing to enforcing."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from face.parts import Stat
from justice import access
from justice.links import case_url
from justice.net_forms import EnforceForm, ReasonForm
from territory.ban_codes import code_of
from territory.models import Ban, GameServer, LogSource
from territory.rules.verdict import Action
from territory.services import breaker, first_weeks, staff_alarms
from territory.services.errors import NotPossibleError

_ASKS = ["GET", "HEAD", "POST"]


@require_safe
@never_cache
@login_required
def servers(request: HttpRequest) -> HttpResponse:
    """The alarms about game servers, and the servers with their modes and breakers, the tripped ones first."""
    access.run_servers_or_404(request.user)
    logs = Exists(LogSource.objects.filter(server=OuterRef("pk"), is_active=True))
    active = GameServer.objects.filter(is_active=True).annotate(has_log=logs)
    rows = sorted(active, key=lambda one: one.tripped_at is None)
    tripped = sum(one.tripped_at is not None for one in rows)
    context = {"servers": rows, "tripped": tripped, "alarms": staff_alarms.alarms(timezone.now())}
    return render(request, "justice/servers.html", context)


@require_http_methods(_ASKS)
@never_cache
@login_required
def server_breaker(request: HttpRequest, slug: str) -> HttpResponse:
    """What tripped a breaker, what waits because of it, and the act that sets it back."""
    server = access.server_or_404(request.user, slug)
    if request.method != "POST":
        return _breaker_page(request, server, ReasonForm())
    form, seen = ReasonForm(request.POST), _moment(request.POST.get("seen", ""))
    if not form.is_valid() or seen is None:
        return _breaker_page(request, server, form)
    try:
        breaker.set_back(server, seen=seen, reason=form.cleaned_data["reason"])
    except NotPossibleError as error:
        server.refresh_from_db()
        return _breaker_page(request, server, form, str(error), HTTPStatus.CONFLICT)
    messages.success(
        request, _("The circuit breaker is set back: the rule bans again. What waits keeps waiting.")
    )
    return HttpResponseRedirect(request.path)


def _moment(text: str) -> datetime | None:
    try:
        seen = parse_datetime(text)
    except ValueError:
        return None
    return seen if seen is not None and seen.tzinfo is not None else None


def _breaker_page(
    request: HttpRequest,
    server: GameServer,
    form: ReasonForm,
    refusal: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    seen = breaker.look_at(server) if server.tripped_at else None
    context: dict[str, Any] = {"server": server, "seen": seen, "form": form, "refusal": refusal}
    context["minutes"] = round(server.breaker_window.total_seconds() / 60)
    if seen is not None:
        context["cases"] = [(case, case_url(case.pk)) for case in seen.cases]
        context["bans"] = [_ban_row(ban) for ban in seen.bans]
    return render(request, "justice/breaker.html", context, status=status)


def _ban_row(ban: Ban) -> dict[str, Any]:
    case = max((one.pk for one in ban.cases.all()), default=None)
    return {"ban": ban, "code": code_of(ban.pk), "url": case_url(case) if case else ""}


@require_http_methods(_ASKS)
@never_cache
@login_required
def server_mode(request: HttpRequest, slug: str) -> HttpResponse:
    """What would have been banned since a server bans nobody, and the question whether it enforces from now on."""
    server = access.server_or_404(request.user, slug)
    if request.method != "POST":
        return _mode_page(request, server, EnforceForm())
    form = EnforceForm(request.POST)
    if not form.is_valid():
        return _mode_page(request, server, form)
    try:
        first_weeks.enforce(server, seen=request.POST.get("seen", ""), reason=form.cleaned_data["reason"])
    except NotPossibleError as error:
        server.refresh_from_db()
        return _mode_page(request, server, form, str(error), HTTPStatus.CONFLICT)
    messages.success(request, _("This server bans at once from now on."))
    return HttpResponseRedirect(request.path)


def _mode_page(
    request: HttpRequest,
    server: GameServer,
    form: EnforceForm,
    refusal: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context: dict[str, Any] = {"server": server, "form": form, "refusal": refusal}
    if server.mode != GameServer.Mode.ENFORCE:
        weeks = first_weeks.first_weeks(server)
        context |= {"weeks": weeks, "figures": _figures(weeks), "newest": weeks.newest}
    return render(request, "justice/mode.html", context, status=status)


def _figures(weeks: first_weeks.FirstWeeks) -> list[Stat]:
    of_heard = _("of the newest %(count)d, by today's rule") % {"count": weeks.heard}
    return [
        Stat(_("Would have banned"), weeks.would_ban),
        Stat(_("Would have waited for staff"), weeks.would_wait),
        Stat(_("Would still ban"), weeks.today[Action.BAN], of_heard),
        Stat(_("Would be allowed today"), weeks.today[Action.NONE], of_heard),
    ]
