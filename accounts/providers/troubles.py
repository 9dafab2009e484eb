"""The page of what went wrong while somebody signed in elsewhere."""

from allauth.account.internal.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.services.troubles import Trouble

_NAMES = {"discord": "Discord", "wargaming": "Wargaming"}


@login_not_required
@require_safe
def trouble(request: HttpRequest) -> HttpResponse:
    why = request.GET.get("why")
    known = Trouble(why) if why in Trouble.values else Trouble.REFUSED
    context = {"trouble": known, "provider": _NAMES.get(request.GET.get("with", ""), "")}
    return render(request, "socialaccount/trouble.html", context)
