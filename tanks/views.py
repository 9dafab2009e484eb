"""How people see and start syncs: a page, and JSON for machines."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.live import answers_unchanged
from common.members import members_page
from common.outbox import wake_on_commit
from face.parts import Chip, Column
from tanks import access, selectors, wording
from tanks.access import ClanAccess
from tanks.models import SyncedClan, SyncRun
from tanks.services.realms import default_clan
from tanks.services.sync import request_sync
from tanks.tasks import sync_clan
from tanks.wargaming.errors import NotConfiguredError

_PART_COLUMNS = (
    Column(gettext_lazy("Part")),
    Column(gettext_lazy("Last read")),
    Column(gettext_lazy("Last change")),
    Column(gettext_lazy("Next due")),
    Column(gettext_lazy("State")),
)
_RUN_COLUMNS = (
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Asked for")),
    Column(gettext_lazy("By whom")),
    Column(gettext_lazy("Took"), css="num"),
    Column(gettext_lazy("Calls"), css="num"),
    Column(gettext_lazy("Data received"), css="num"),
    Column(gettext_lazy("Rows changed"), css="num"),
)

# What machines read as it is stored.
_RUN_FIELDS = (
    *("state", "trigger", "is_full", "requested_at", "started_at", "ended_at"),
    *("calls", "bytes", "rows_changed", "changes", "trouble"),
)
_STATUS_FIELDS = ("section", "last_success_at", "last_change_at", "last_error_at", "trouble", "next_due_at")

View = Callable[[HttpRequest], HttpResponse]


def _answers_in_json(view: View) -> View:
    """Answer refusals in JSON too, except to the page's own form."""

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            if _is_from_page(request):
                return redirect_to_login(reverse("sync-page"))
            return _refusal(HTTPStatus.UNAUTHORIZED, _("Sign in first."))
        try:
            return view(request)
        except (Http404, PermissionDenied) as error:
            if _is_from_page(request):
                raise
            if isinstance(error, Http404):
                return _refusal(HTTPStatus.NOT_FOUND, _("There is no such clan."))
            return _refusal(HTTPStatus.FORBIDDEN, _("Only those who command the clan may do this."))

    return answer


@never_cache
@require_http_methods(["GET", "POST"])
@_answers_in_json
def sync_check(request: HttpRequest) -> HttpResponse:
    """Tell how many vehicles are stored, starting a sync if they are missing or old; by POST start one at once."""
    if request.method == "POST":
        return _start(request)
    clan = _clan_of_visitor(request)
    if clan is None:
        return JsonResponse({"status": "ok", "found": 0, "detail": _no_clan_in_words(request)})
    data = selectors.tank_data(clan)
    run = _run_if_due(request, clan, data)
    answer = {
        "status": "started" if run else "ok",
        "found": data.vehicles,
        "clan": clan.name,
        "last_success_at": data.last_success_at,
        "next_due_at": clan.sync_due_at,
    }
    return JsonResponse(answer | ({"status_url": _status_url(run)} if run else {}))


@never_cache
@require_safe
@_answers_in_json
def sync_status(request: HttpRequest) -> HttpResponse:
    """One sync (`?run=`, else the newest) and the freshness of each section; moments in ISO 8601, lengths in seconds.

    `running` holds while a sync waits or runs. The technical error is for staff alone.
    """
    clan = _commanded(request)
    is_staff = access.sees_every_clan(request.user)
    run = selectors.chosen_run(clan, request.GET.get("run"))
    answer = {
        "clan": clan.name,
        "source": "api" if clan.realm.is_official else "simulator",
        "realm": clan.realm.name,
        "running": selectors.unfinished_run(clan) is not None,
        "run": _run_json(run, is_staff=is_staff) if run else None,
        "sections": [_section_json(row, is_staff=is_staff) for row in selectors.section_rows(clan)],
    }
    return JsonResponse(answer)


@members_page
@answers_unchanged
def sync_page(request: HttpRequest) -> HttpResponse:
    """How fresh a clan's data is, its newest syncs, and a button; `?partial=1` is what changes while one runs."""
    choices = [choice for choice in _visible(request) if choice.is_commander]
    if not choices and access.sees_every_clan(request.user):
        return render(request, "tanks/sync_page.html", {"clan": None})
    chosen = _named(choices, request)[0]
    clan, now = chosen.clan, timezone.now()
    sections, runs = selectors.section_rows(clan), selectors.newest_runs(clan)
    successes = [row.status.last_success_at for row in sections if row.status.last_success_at]
    context = {
        "clan": clan,
        "may_sync": chosen.may_sync,
        "clans": [_chip(choice.clan, clan) for choice in choices] if len(choices) > 1 else [],
        "reading": wording.reading_in_words([row.run for row in runs], max(successes, default=None), now),
        "unfinished": selectors.unfinished_run(clan),
        "sections": sections,
        "troubles": selectors.troubles_of(sections),
        "runs": runs,
        "has_application": bool(clan.realm.asked_as),
        "is_staff": access.sees_every_clan(request.user),
        "interval": settings.WOT_SYNC_MINUTES,
        "part_columns": _PART_COLUMNS,
        "run_columns": _RUN_COLUMNS,
    }
    is_partial = "partial" in request.GET
    return render(request, "tanks/_sync.html" if is_partial else "tanks/sync_page.html", context)


def _chip(clan: SyncedClan, chosen: SyncedClan) -> Chip:
    return Chip(clan.label, f"?{urlencode({'clan': clan.pk})}", is_chosen=clan == chosen)


# -- Which clan ---------------------------------------------------------------------------------------------------


def _clan_of_visitor(request: HttpRequest) -> SyncedClan | None:
    """The named clan, else the first one the visitor may see something of; for staff else the one that is configured."""
    accesses = _visible(request)
    return _named(accesses, request)[0].clan if accesses or _clan_id(request) else None


def _no_clan_in_words(request: HttpRequest) -> str:
    if access.sees_every_clan(request.user):
        return _("No clan is configured: set CLAN_ID and WOT_REALM, as .env.example describes.")
    return _("You belong to no clan that this site reads.")


def _commanded(
    request: HttpRequest, *, may: Callable[[ClanAccess], bool] = lambda choice: choice.is_commander
) -> SyncedClan:
    """The named clan, else the first one the visitor commands; PermissionDenied to those who only belong to it."""
    named = _named(_visible(request), request)
    commanded = [choice.clan for choice in named if may(choice)]
    if not commanded:
        raise PermissionDenied
    return commanded[0]


def _named(accesses: list[ClanAccess], request: HttpRequest) -> list[ClanAccess]:
    """Those of the clans that the request names, all if it names none; Http404 if that leaves nothing."""
    clan_id = _clan_id(request)
    named = [choice for choice in accesses if not clan_id or str(choice.clan.pk) == clan_id]
    if not named:
        raise Http404
    return named


def _visible(request: HttpRequest) -> list[ClanAccess]:
    """The clans the visitor may see something of; for staff, where there is none yet, the one that is configured."""
    accesses = access.clan_accesses(request.user)
    if accesses or not access.sees_every_clan(request.user):
        return accesses
    try:
        clan = default_clan()
    except NotConfiguredError:
        return []
    may_sync = request.user.has_perm("clans.change_clan")
    return [ClanAccess(clan, is_commander=True, may_sync=may_sync)] if clan else []


def _clan_id(request: HttpRequest) -> str | None:
    return request.POST.get("clan") or request.GET.get("clan")


# -- Starting -----------------------------------------------------------------------------------------------------


def _run_if_due(request: HttpRequest, clan: SyncedClan, data: selectors.TankData) -> SyncRun | None:
    """The sync that brings what is missing or old: one under way, or a new one unless one was asked for just now."""
    now = timezone.now()
    if clan.disbanded_at or not data.is_due(now):
        return None
    if lately := selectors.lately_asked(clan, now):
        return next((run for run in lately if not run.is_over), None)
    # As the schedule would: looking is no reason to send anything while requests are suspended.
    return _request(request, clan, trigger=SyncRun.Trigger.SCHEDULE)


def _request(
    request: HttpRequest, clan: SyncedClan, *, trigger: SyncRun.Trigger, is_full: bool = False
) -> SyncRun:
    assert request.user.is_authenticated
    run = request_sync(clan, trigger=trigger, by=request.user, is_full=is_full)
    wake_on_commit(sync_clan, clan.pk)
    return run


def _start(request: HttpRequest) -> HttpResponse:
    clan = _commanded(request, may=lambda choice: choice.may_sync)
    is_full = request.POST.get("full") == "1"
    before = selectors.unfinished_run(clan)
    run = _request(request, clan, trigger=SyncRun.Trigger.PAGE, is_full=is_full)
    if _is_from_page(request):
        messages.info(request, _started_in_words(run, is_new=before != run, is_full=is_full))
        return HttpResponseRedirect(f"{reverse('sync-page')}?{urlencode({'clan': clan.pk})}")
    answer = {"status": "started", "run": run.pk, "status_url": _status_url(run)}
    return JsonResponse(answer, status=HTTPStatus.ACCEPTED)


def _started_in_words(run: SyncRun, *, is_new: bool, is_full: bool) -> str:
    if is_full and not run.is_full:
        return _("A reading was under way already. When it has ended, ask for all vehicles again.")
    if is_new:
        return _("The reading was asked for. This page shows how it goes.")
    return _("A reading is under way already. This page shows how it goes.")


def _is_from_page(request: HttpRequest) -> bool:
    return request.POST.get("next") == "page"


# -- JSON ---------------------------------------------------------------------------------------------------------


def _refusal(status: HTTPStatus, detail: str) -> JsonResponse:
    return JsonResponse({"status": "error", "detail": detail}, status=status)


def _status_url(run: SyncRun) -> str:
    return f"{reverse('sync-status')}?{urlencode({'clan': run.clan_id, 'run': run.pk})}"


def _run_json(run: SyncRun, *, is_staff: bool) -> dict[str, Any]:
    answer = {
        "id": run.pk,
        **{name: getattr(run, name) for name in _RUN_FIELDS},
        "seconds": run.duration.total_seconds() if run.duration is not None else None,
        "detail": wording.trouble_in_words(run.trouble),
    }
    return answer | ({"error": run.error} if is_staff else {})


def _section_json(row: selectors.SectionRow, *, is_staff: bool) -> dict[str, Any]:
    answer = {
        **{name: getattr(row.status, name) for name in _STATUS_FIELDS},
        "label": row.label,
        "detail": wording.trouble_in_words(row.status.trouble),
        "notes": row.notes,
    }
    return answer | ({"error": row.technical} if is_staff else {})
