"""Identity conflicts of the queue."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.members import members_form
from justice.access import require
from justice.forms import ReasonForm
from justice.queue import Position
from justice.services import marks
from justice.services.settling import Settled, preview_conflict, settle_conflict
from justice.views.desk import Desk, desk_or_404
from territory.models import IdentityConflict
from territory.services.errors import NotPossibleError
from territory.services.previews import Effect

_RIGHTS = {
    "apart": ["territory.change_identityconflict"],
    "same": ["territory.change_identityconflict", "territory.change_playeridentity"],
}


@members_form
def settle(request: HttpRequest, pk: int, answer: str) -> HttpResponse:
    """Say what an answer does to the player's rights and cases, and resolve the conflict."""
    desk, is_same = desk_or_404(request), answer == "same"
    require(answer in _RIGHTS and desk.may_decide and desk.reader.has_perms(_RIGHTS[answer]))
    open_conflicts = IdentityConflict.objects.select_related("identity__user").filter(resolved_at=None)
    conflict = get_object_or_404(open_conflicts, pk=pk)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        return _carry_out(request, desk, conflict, form.cleaned_data["reason"], is_same=is_same)
    effects, refusal = list[Effect](), ""
    try:
        effects = preview_conflict(conflict, is_same=is_same, by=desk.reader)
    except NotPossibleError as error:
        refusal = str(error)
    context = {
        "conflict": conflict,
        "is_same": is_same,
        "effects": effects,
        "refusal": refusal,
        "form": form,
        "back_url": reverse("review-item", args=["conflict", pk]) + desk.query,
    }
    return render(request, "justice/settle.html", context)


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
