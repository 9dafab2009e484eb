"""What staff do about an appeal on the page of its case: reply, grant, or keep the ban and close."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from announcements.tasks import sweep_announcements
from common.errors import NotPossibleError
from common.outbox import wake_on_commit
from face.parts import Text, isolated
from justice.access import decided_case_or_404
from justice.appeal_forms import AnswerForm, GrantForm
from justice.appeals import newest_appeal, reads_appeals, say_of
from justice.links import case_url, item_url
from justice.models import Appeal
from justice.queue import Position
from justice.services.appeals import DecidedError, add_words, grant, keep
from justice.views.desk import desk_or_404
from territory.access import signed_in
from territory.models import Ban, Case
from territory.tasks import deliver_bans


@require_POST
@never_cache
@login_required
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the player; the appeal stays open."""
    case, appeal = _read(request, pk)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write an answer of at most 2,000 letters."))
        return _to_case(case)
    person = signed_in(request)
    return _carry_out(
        request,
        case,
        lambda: add_words(_chosen(appeal, form), form.cleaned_data["text"], by=person, is_staff=True),
        _("Sent. The player reads it on the page of the ban."),
    ) or _to_case(case)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def appeal_grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what granting lifts; by POST grant."""
    case, appeal = _read(request, pk)
    person, form = signed_in(request), GrantForm(request.POST or None, initial={"appeal": appeal.pk})

    def act() -> object:
        words, kind = form.cleaned_data["text"], Ban.LiftKind(form.cleaned_data["kind"])
        granted = grant(_chosen(appeal, form), words, kind=kind, by=person)
        for task in (deliver_bans, sweep_announcements):
            wake_on_commit(task)
        return granted

    question = _Question(
        _("Grant the appeal of %(player)s?") % {"player": isolated(appeal.ban.gamertag)},
        _consequences(appeal.ban),
        _("Grant"),
        _("Granted. The ban is lifted everywhere, and the player reads why."),
    )
    return _decide(request, case, appeal, question, form=form, act=act)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def appeal_keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what keeping the ban means; by POST answer and close the appeal."""
    case, appeal = _read(request, pk)
    person, form = signed_in(request), AnswerForm(request.POST or None, initial={"appeal": appeal.pk})

    def act() -> object:
        return keep(_chosen(appeal, form), form.cleaned_data["text"], by=person)

    question = _Question(
        _("Keep the ban of %(player)s?") % {"player": isolated(appeal.ban.gamertag)},
        [
            _("The ban stays, and the appeal is closed. The player reads your answer."),
            _("The player may appeal again after the pause of this game server."),
        ],
        _("Keep the ban"),
        _("Answered and closed."),
    )
    return _decide(request, case, appeal, question, form=form, act=act)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked before a decision, what follows from it, its verb, and what is said when it is done."""

    question: Text
    consequences: Sequence[Text]
    verb: Text
    done: Text


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
    read = Appeal.objects.select_related("ban__server").filter(pk=number, ban=newest.ban).first()
    if read is None:
        raise Http404
    return read


def _decide(
    request: HttpRequest,
    case: Case,
    appeal: Appeal,
    question: _Question,
    *,
    form: Form,
    act: Callable[[], object],
) -> HttpResponse:
    """Ask; by POST carry out the act. Staff who may not decide this appeal get 403."""
    say = say_of(signed_in(request), appeal)
    if not say.may_decide:
        raise PermissionDenied(str(say.why_not))
    if request.method == "POST" and form.is_valid():
        return _carry_out(request, case, act, question.done) or _onward(request, case, appeal)
    context = {
        "question": question.question,
        "consequences": [*question.consequences, *([say.exception] if say.exception else [])],
        "form": form,
        "act": question.verb,
        "back_url": _back(request, case, appeal),
    }
    return render(request, "face/confirm.html", context)


def _carry_out(
    request: HttpRequest, case: Case, act: Callable[[], object], done: Text
) -> HttpResponse | None:
    """Act, and say so; return the page that says who was quicker if somebody was."""
    try:
        act()
    except DecidedError as error:
        context = {"appeal": error.appeal, "back_url": case_url(case.pk)}
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
    return item_url("appeal", appeal.pk) + desk.list_query if desk.is_queue else case_url(case.pk)


def _to_case(case: Case) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{case_url(case.pk)}#appeal")
