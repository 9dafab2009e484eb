"""What staff do about an appeal on the page of its case: reply, grant, or keep the ban and close."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from announcements.tasks import sweep_announcements
from clans.models import User
from common.errors import NotPossibleError
from common.members import members_act, members_form
from common.outbox import wake_on_commit
from face.parts import Text, isolated
from justice.access import decided_case_or_404
from justice.appeal_forms import AnswerForm, GrantForm
from justice.appeals import newest_appeal, reads_appeals, say_of
from justice.models import Appeal
from justice.queue import Position
from justice.services.appeals import DecidedError, add_words, grant, keep
from justice.views.desk import desk_or_404
from territory.access import signed_in
from territory.models import Ban, Case
from territory.tasks import deliver_bans


@members_act
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the player; the appeal stays open."""
    case, appeal = _read(request, pk)
    form, person = AnswerForm(request.POST), signed_in(request)
    if not form.is_valid():
        messages.error(request, _("Write an answer of at most 2,000 letters."))
        return _to_case(case)
    return _carry_out(
        request,
        case,
        lambda: add_words(_chosen(appeal, form), form.cleaned_data["text"], by=person, is_staff=True),
        _("Sent. The player reads it on the page of the ban."),
    ) or _to_case(case)


@members_form
def appeal_grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what granting lifts; by POST grant."""
    case, appeal = _read(request, pk)
    form = GrantForm(request.POST or None, initial={"appeal": appeal.pk})
    context = {
        "question": _("Grant the appeal of %(player)s?") % {"player": isolated(appeal.ban.gamertag)},
        "consequences": _consequences(appeal.ban),
        "act": _("Grant"),
    }
    done = _("Granted. The ban is lifted everywhere, and the player reads why.")
    return _decide(request, case, appeal, form, _grant, done, context)


def _grant(appeal: Appeal, given: dict[str, Any], by: User) -> None:
    grant(appeal, given["text"], kind=Ban.LiftKind(given["kind"]), by=by)
    for task in (deliver_bans, sweep_announcements):
        wake_on_commit(task)


@members_form
def appeal_keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what keeping the ban means; by POST answer and close the appeal."""
    case, appeal = _read(request, pk)
    form = AnswerForm(request.POST or None, initial={"appeal": appeal.pk})
    context = {
        "question": _("Keep the ban of %(player)s?") % {"player": isolated(appeal.ban.gamertag)},
        "consequences": [
            _("The ban stays, and the appeal is closed. The player reads your answer."),
            _("The player may appeal again after the pause of this game server."),
        ],
        "act": _("Keep the ban"),
    }
    return _decide(request, case, appeal, form, _keep, _("Answered and closed."), context)


def _keep(appeal: Appeal, given: dict[str, Any], by: User) -> None:
    keep(appeal, given["text"], by=by)


def _read(request: HttpRequest, pk: int) -> tuple[Case, Appeal]:
    """Return a case and the newest appeal against its ban, for staff who decide cases."""
    case = decided_case_or_404(request.user, pk)
    appeal = newest_appeal(case.ban)
    if appeal is None or not reads_appeals(signed_in(request)):
        raise Http404
    return case, appeal


def _chosen(newest: Appeal, form: Form) -> Appeal:
    """Return the appeal that the reader had before them; another one may be the newest by now."""
    number = form.cleaned_data["appeal"]
    if number is None or number == newest.pk:
        return newest
    return get_object_or_404(Appeal.objects.select_related("ban__server"), pk=number, ban=newest.ban)


def _decide(  # noqa: PLR0917
    request: HttpRequest,
    case: Case,
    appeal: Appeal,
    form: Form,
    act: Callable[[Appeal, dict[str, Any], User], None],
    done: Text,
    context: dict[str, Any],
) -> HttpResponse:
    """Ask; by POST carry out the act. Staff who may not decide this appeal get 403."""
    person = signed_in(request)
    say = say_of(person, appeal)
    if not say.may_decide:
        raise PermissionDenied(str(say.why_not))
    if form.is_valid():
        return _carry_out(
            request, case, lambda: act(_chosen(appeal, form), form.cleaned_data, person), done
        ) or _onward(request, case, appeal)
    if say.exception:
        context["consequences"].append(say.exception)
    context |= {"form": form, "back_url": _back(request, case, appeal)}
    return render(request, "face/confirm.html", context)


def _carry_out(
    request: HttpRequest, case: Case, act: Callable[[], object], done: Text
) -> HttpResponse | None:
    """Act, and say so; return the page that says who was quicker if somebody was."""
    try:
        act()
    except DecidedError as error:
        context = {"appeal": error.appeal, "back_url": reverse("case", args=[case.pk])}
        return render(request, "justice/appeal_decided.html", context, status=409)
    except NotPossibleError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, str(done))
    return None


def _consequences(ban: Ban) -> list[str]:
    lists, cases = ban.deliveries.count(), ban.cases.count()
    on_lists = ngettext("The line on %(count)d ban list goes.", "The lines on %(count)d ban lists go.", lists)
    of_cases = ngettext(
        "%(count)d case rests on this ban, and is lifted with it.",
        "%(count)d cases rest on this ban, and are lifted with it.",
        cases,
    )
    return [
        *([on_lists % {"count": lists}] if lists else []),
        *([of_cases % {"count": cases}] if cases else []),
        _("As a mistake: it leaves the wall, the record and the counts of repeats, announced as our error."),
        _("As mercy: it stays on the wall and the record, marked as lifted."),
        _("The player reads your answer, and that everything is undone."),
    ]


def _onward(request: HttpRequest, case: Case, appeal: Appeal) -> HttpResponse:
    """Go on in the queue, if the decision was reached from there."""
    desk = desk_or_404(request)
    here = Position(appeal.opened_at, "appeal", appeal.pk)
    return desk.to_next(here) if desk.is_queue else _to_case(case)


def _back(request: HttpRequest, case: Case, appeal: Appeal) -> str:
    desk = desk_or_404(request)
    if desk.is_queue:
        return reverse("review-item", args=["appeal", appeal.pk]) + desk.list_query
    return reverse("case", args=[case.pk])


def _to_case(case: Case) -> HttpResponse:
    return redirect(reverse("case", args=[case.pk]) + "#appeal")
