"""Identity conflicts of the queue."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from justice.forms import ConflictForm
from justice.queue import Position
from justice.services import marks
from justice.services.settling import Settled, settle_conflict
from justice.views import details
from justice.views.desk import Desk, desk_or_404
from territory.models import IdentityConflict
from territory.services.errors import NotPossibleError


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def settle(request: HttpRequest, pk: int, answer: str) -> HttpResponse:
    """Say what an answer does to the player's rights and cases, and resolve the conflict."""
    desk = desk_or_404(request)
    conflict = _conflict_or_404(desk, pk, answer)
    form = ConflictForm(request.POST or None, acts=[])
    if request.method == "POST" and form.is_valid():
        return _carry_out(request, desk, conflict, form.cleaned_data["reason"], is_same=answer == "same")
    effects, refusal = details.effects_of_conflict(conflict, desk, is_same=answer == "same")
    context = {
        "conflict": conflict,
        "is_same": answer == "same",
        "effects": effects,
        "refusal": refusal,
        "form": form,
        "back_url": reverse("review-item", args=["conflict", pk]) + desk.query,
    }
    return render(request, "justice/settle.html", context)


def _conflict_or_404(desk: Desk, pk: int, answer: str) -> IdentityConflict:
    rights = {
        "apart": ["territory.change_identityconflict"],
        "same": ["territory.change_identityconflict", "territory.change_playeridentity"],
    }
    if answer not in rights or not desk.may_decide or not desk.reader.has_perms(rights[answer]):
        raise Http404
    conflict = (
        IdentityConflict.objects.select_related("identity__user").filter(pk=pk, resolved_at=None).first()
    )
    if conflict is None:
        raise Http404
    return conflict


def _carry_out(
    request: HttpRequest, desk: Desk, conflict: IdentityConflict, reason: str, *, is_same: bool
) -> HttpResponse:
    try:
        settled = settle_conflict(conflict, is_same=is_same, by=desk.reader, reason=reason)
    except NotPossibleError as refusal:
        messages.error(request, str(refusal))
    else:
        marks.forget("conflict", conflict.pk)
        messages.success(request, _done(settled, is_same=is_same))
    return desk.to_next(Position(conflict.first_seen_at, "conflict", conflict.pk))


def _done(settled: Settled, *, is_same: bool) -> str:
    words = [_("One person on two accounts.") if is_same else _("Two different players.")]
    if dismissed := len(settled.dismissed):
        text = ngettext("%(count)d case dismissed.", "%(count)d cases dismissed.", dismissed)
        words.append(text % {"count": dismissed})
    if left := len(settled.waiting):
        text = ngettext("%(count)d case still waits.", "%(count)d cases still wait.", left)
        words.append(text % {"count": left})
    return " ".join(words)
