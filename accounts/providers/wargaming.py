"""Sign in with Wargaming: a provider of our own on django-allauth's base classes.

Wargaming gives a token in the address of the return: no code, no signature, no state. What proves the sign-in is therefore a
nonce in the path of that address, which a signed cookie ties to this browser, and Wargaming's own word on whose token it is.
"""

import hmac
import logging
import secrets
from typing import Any, Final

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.providers.base import Provider, ProviderAccount
from allauth.socialaccount.providers.base.utils import respond_to_login_on_get
from allauth.utils import build_absolute_uri, get_request_param
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods
from redis import RedisError

from accounts.services import wargaming
from accounts.services.signing_in import ProvenAccount
from accounts.services.troubles import Trouble, trouble_response
from accounts.services.wargaming import ForeignTokenError
from clans.services.account_links import Kind
from common.attempts import MOST_BY_ADDRESS, client_address, count_attempt
from common.numbers import row_number
from tanks.models import Realm
from tanks.wargaming.answers import Login
from tanks.wargaming.errors import ApiRefusedError, WargamingError

logger = logging.getLogger(__name__)

COOKIE: Final = "wargaming_sign_in"
SECONDS: Final = 600
_PATH: Final = "/accounts/wargaming/"
_PROCESSES: Final = frozenset({"login", "connect", "garage"})
# What Wargaming says of a sign-in that failed.
_TROUBLES: Final = {
    "401": Trouble.CANCELLED,
    "AUTH_CANCEL": Trouble.CANCELLED,
    "403": Trouble.EXPIRED,
    "AUTH_EXPIRED": Trouble.EXPIRED,
}
Trip = dict[str, Any]


class WargamingProvider(Provider):  # type: ignore[misc]  # allauth has no types
    id = "wargaming"
    name = "Wargaming"
    account_class = ProviderAccount
    uses_apps = False
    supports_redirect = True

    def realms(self) -> list[Realm]:
        return wargaming.realms()

    def get_login_url(self, request: HttpRequest, **kwargs: str) -> str:  # noqa: ARG002 - allauth's signature
        query = QueryDict(mutable=True)
        query.update(kwargs)
        return reverse("wargaming_login") + (f"?{query.urlencode()}" if kwargs else "")

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data["key"])

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - allauth's signature
        return {}


@never_cache
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Send a visitor to Wargaming; a link followed by GET is asked about first."""
    realms = {str(realm.pk or ""): realm for realm in wargaming.realms()}
    if not realms:
        raise Http404
    provider = get_adapter(request).get_provider(request, "wargaming")
    if asked := respond_to_login_on_get(request, provider):
        return asked  # type: ignore[no-any-return]
    realm = realms.get(request.POST.get("realm") or next(iter(realms)))
    process = get_request_param(request, "process", "login")
    if realm is None or process not in _PROCESSES:
        raise Http404
    if process != "login" and not request.user.is_authenticated:
        return redirect("account_login")
    return _send_away(request, wargaming.stored(realm), process)


def _send_away(request: HttpRequest, realm: Realm, process: str) -> HttpResponse:
    count_attempt("wargaming", client_address(request), MOST_BY_ADDRESS)  # each costs a request to the API
    nonce = secrets.token_urlsafe(24)
    try:
        back = build_absolute_uri(request, reverse("wargaming_back", args=[nonce]))
        answer = redirect(wargaming.sign_in_address(realm, back))
    except WargamingError as error:
        logger.warning("Nobody can sign in at %s: %s", realm, error)
        return trouble_response(Trouble.UNAVAILABLE, "wargaming")
    trip: Trip = {
        "nonce": nonce,
        "realm": realm.pk,
        "process": process,
        "next": get_next_redirect_url(request) or "",
        "user": request.user.pk,
    }
    answer.set_cookie(
        COOKIE,
        signing.dumps(trip, salt=COOKIE),
        max_age=SECONDS,
        path=_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return answer


@sensitive_variables()
@never_cache
@require_GET
def back(request: HttpRequest, nonce: str) -> HttpResponse:
    """Take a visitor who comes back from Wargaming, and send the browser on to an address without the token."""
    said = request.GET
    # Whatever writes down this request from here on must not write down the token.
    request.GET, request.META["QUERY_STRING"] = QueryDict(), ""
    if not wargaming.realms():
        raise Http404
    trip = _trip(request, nonce)
    if trip is None:  # perhaps somebody else's link: the way that this browser has begun stays open
        return trouble_response(Trouble.FORGED, "wargaming")
    answer = _settle(request, trip, said)
    answer.delete_cookie(COOKIE, path=_PATH, samesite="Lax")
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@sensitive_variables()
def _settle(request: HttpRequest, trip: Trip, said: QueryDict) -> HttpResponse:
    realm = next((one for one in wargaming.realms() if one.pk == trip["realm"]), None)
    if realm is None:
        return trouble_response(Trouble.FORGED, "wargaming")
    try:
        is_first = cache.add(f"{COOKIE}:{trip['nonce']}", 1, 2 * SECONDS)
    except RedisError:
        return trouble_response(Trouble.UNAVAILABLE, "wargaming")
    if not is_first:
        return trouble_response(Trouble.FORGED, "wargaming")
    token, account_id = said.get("access_token", ""), row_number(said.get("account_id"))
    if said.get("status") != "ok":
        words = (said.get("code", ""), said.get("message", ""))
        found = next((_TROUBLES[word] for word in words if word in _TROUBLES), Trouble.REFUSED)
        return trouble_response(found, "wargaming")
    if not account_id:
        return trouble_response(Trouble.FORGED, "wargaming")
    return _prove(request, trip, realm, token, account_id)


def _trip(request: HttpRequest, nonce: str) -> Trip | None:
    """Return what this browser's cookie says of the way with this nonce, if it is the browser that was sent away."""
    try:
        trip: Trip = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=SECONDS)
    except signing.BadSignature:
        return None
    is_same = hmac.compare_digest(trip["nonce"].encode(), nonce.encode())
    # Whoever links an account must be signed in still, and as the same person.
    if not is_same or (trip["process"] != "login" and trip["user"] != request.user.pk):
        return None
    return trip


@sensitive_variables()
def _prove(request: HttpRequest, trip: Trip, realm: Realm, token: str, account_id: int) -> HttpResponse:
    try:
        login, nickname = wargaming.proven_login(realm, token, account_id)
    except ForeignTokenError:
        logger.warning("A browser came back from %s with a token of another account.", realm)
        return trouble_response(Trouble.MISMATCH, "wargaming")
    except ApiRefusedError as error:
        logger.warning("A token from %s was refused: %s", realm, error.message)
        return trouble_response(Trouble.REFUSED, "wargaming")
    except WargamingError as error:
        logger.warning("A sign-in at %s could not be proven: %s", realm, type(error).__name__)
        return trouble_response(Trouble.UNAVAILABLE, "wargaming")
    if trip["process"] == "garage":
        return _keep_token(request, trip, realm, login)
    wargaming.forget_token(realm, login.access_token)
    return _complete(request, trip, ProvenAccount(Kind.WARGAMING, f"{realm.pk}:{account_id}", nickname))


@sensitive_variables()
def _keep_token(request: HttpRequest, trip: Trip, realm: Realm, login: Login) -> HttpResponse:
    if not wargaming.give_garage(realm, login, request.user):  # type: ignore[arg-type]
        wargaming.forget_token(realm, login.access_token)
        return trouble_response(Trouble.NOT_YOURS, "wargaming")
    messages.success(request, _("The site may read your garage now."))
    return redirect(_next(request, trip) or get_adapter().get_connect_redirect_url(request, None))


def _complete(request: HttpRequest, trip: Trip, account: ProvenAccount) -> HttpResponse:
    provider = get_adapter(request).get_provider(request, "wargaming")
    social = provider.sociallogin_from_response(request, {"key": account.key})
    social.state = {"process": trip["process"], "next": _next(request, trip)}
    social.proven = account
    answer: HttpResponse = complete_social_login(request, social)
    return answer


def _next(request: HttpRequest, trip: Trip) -> str | None:
    address: str = trip["next"]
    return address if address and get_account_adapter(request).is_safe_url(address) else None
