"""What is asked of signed-in people before any page answers."""

from collections.abc import Callable

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import Resolver404, resolve, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.services.factors import has_factor, lacks_factor
from accounts.services.sessions import note_use

# What staff reach without their second factor, and what they need to set the first one up.
OPEN = {
    *("set_language", "account_logout", "logo", "privacy"),
    *("mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
    *("account_reset_password_from_key", "account_reset_password_from_key_done"),
}
SET_UP = {
    *("mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate"),
    *("account_change_password", "account_set_password"),
}
HEALTH = {"health", "ready"}  # they answer while the database is down, and ask nobody who they are
FOR_PROGRAMS = {"sync-check", "sync-status", "admin:autocomplete"}


class SignedInMiddleware:
    """Lets staff use nothing but their account until their session holds a second factor, and notes who is there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.session.session_key and (route := _route(request)) not in HEALTH:
            request.lacks_factor = lacks_factor(request)  # type: ignore[attr-defined]  # read by the shell
            if request.lacks_factor and not _is_open(request, route):  # type: ignore[attr-defined]
                return _refuse(request, route)
            if route not in OPEN:
                note_use(request)
        return self.get_response(request)


def _route(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""


def _is_open(request: HttpRequest, route: str) -> bool:
    return route in OPEN or (route in SET_UP and not has_factor(request.user))


def _refuse(request: HttpRequest, route: str) -> HttpResponse:
    if route in FOR_PROGRAMS or route.startswith("api:"):
        return JsonResponse(
            {"status": "error", "detail": _("Staff sign in with a second factor.")}, status=403
        )
    door = _door(request)
    back = "" if request.method == "POST" else f"?{urlencode({'next': request.get_full_path()})}"
    return HttpResponseRedirect(f"{door}{back}")


def _door(request: HttpRequest) -> str:
    """Return the page where the second factor is given, or set up by who has none."""
    methods = get_adapter().get_reauthentication_methods(request.user)
    return next((one["url"] for one in methods if one["id"].startswith("mfa")), reverse("mfa_index"))
