"""The page of what went wrong while somebody signed in elsewhere."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.services.troubles import Trouble

_NAMES = {"discord": "Discord", "wargaming": "Wargaming"}


@require_safe
def trouble(request: HttpRequest) -> HttpResponse:
    why = request.GET.get("why")
    known = Trouble(why) if why in Trouble.values else Trouble.REFUSED
    context = {"trouble": known, "provider": _NAMES.get(request.GET.get("with", ""), "")}
    return render(request, "socialaccount/trouble.html", context)
