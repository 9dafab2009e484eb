"""The safety nets of a game server: its circuit breaker, and the switch from observing to enforcing."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.members import members_form, members_page
from face.parts import Stat
from justice.access import require, runs_servers
from justice.forms import BreakerForm, EnforceForm, ReasonForm
from territory.access import server_to_set_up_or_404
from territory.ban_codes import code_of
from territory.models import Ban, GameServer, LogSource
from territory.rules.verdict import Action
from territory.services import breaker, first_weeks, staff_alarms
from territory.services.errors import NotPossibleError

_RECORDED = gettext_lazy("It stays with the record, and other members of staff read it.")


@members_page
def servers(request: HttpRequest) -> HttpResponse:
    """The alarms about game servers, and the servers with their modes and breakers, the tripped ones first."""
    require(runs_servers(request.user))
    logs = Exists(LogSource.objects.filter(server=OuterRef("pk"), is_active=True))
    active = GameServer.objects.filter(is_active=True).annotate(has_log=logs)
    rows = sorted(active, key=lambda one: one.tripped_at is None)
    tripped = sum(one.tripped_at is not None for one in rows)
    context = {"servers": rows, "tripped": tripped, "alarms": staff_alarms.alarms(timezone.now())}
    return render(request, "justice/servers.html", context)


@members_form
def server_breaker(request: HttpRequest, slug: str) -> HttpResponse:
    """What tripped a breaker, what waits because of it, and the act that sets it back."""
    server = server_to_set_up_or_404(request.user, slug)
    form = BreakerForm(request.POST or None, help_text=_RECORDED)
    done = _("The circuit breaker is set back: the rule bans again. What waits keeps waiting.")
    return _ask(request, server, form, "breaker", _breaker_context, breaker.set_back, done)


@members_form
def server_mode(request: HttpRequest, slug: str) -> HttpResponse:
    """What would have been banned since a server bans nobody, and the question whether it enforces from now on."""
    server = server_to_set_up_or_404(request.user, slug)
    form = EnforceForm(request.POST or None, help_text=_RECORDED)
    done = _("This server bans at once from now on.")
    return _ask(request, server, form, "mode", _mode_context, first_weeks.enforce, done)


def _ask(  # noqa: PLR0917
    request: HttpRequest,
    server: GameServer,
    form: ReasonForm,
    name: str,
    context_of: Callable[[GameServer], dict[str, Any]],
    act: Callable[..., object],
    done: str,
) -> HttpResponse:
    """Show the page of this name with what it asks; by POST act on what the reader has `seen`, refused with 409 if it changed."""
    refusal = ""
    if form.is_valid():
        try:
            act(server, seen=form.cleaned_data["seen"], reason=form.cleaned_data["reason"])
        except NotPossibleError as error:
            server.refresh_from_db()
            refusal = str(error)
        else:
            messages.success(request, done)
            return redirect(request.path)
    context = {"server": server, "form": form, "refusal": refusal} | context_of(server)
    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return render(request, f"justice/{name}.html", context, status=status)


def _breaker_context(server: GameServer) -> dict[str, Any]:
    seen = breaker.look_at(server) if server.tripped_at else None
    return {
        "seen": seen,
        "minutes": round(server.breaker_window.total_seconds() / 60),
        "bans": [_ban_row(ban) for ban in seen.bans] if seen else [],
    }


def _ban_row(ban: Ban) -> dict[str, Any]:
    case = max((one.pk for one in ban.cases.all()), default=None)
    return {"ban": ban, "code": code_of(ban.pk), "case": case}


def _mode_context(server: GameServer) -> dict[str, Any]:
    if server.mode == GameServer.Mode.ENFORCE:
        return {}
    weeks = first_weeks.first_weeks(server)
    of_heard = _("of the newest %(count)d, by today's rule") % {"count": weeks.heard}
    figures = [
        Stat(_("Would have banned"), weeks.would_ban),
        Stat(_("Would have waited for staff"), weeks.would_wait),
        Stat(_("Would still ban"), weeks.today[Action.BAN], of_heard),
        Stat(_("Would be allowed today"), weeks.today[Action.NONE], of_heard),
    ]
    return {"weeks": weeks, "figures": figures, "newest": weeks.newest}
