"""Sign in with Discord: django-allauth's provider, asked for less and checked more."""

from dataclasses import asdict
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.providers.base import Provider, ProviderAccount
from allauth.socialaccount.providers.base.utils import respond_to_login_on_get
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from allauth.utils import get_request_param
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.connections import Connection
from accounts.services import discord
from accounts.services.discord import DiscordError, DiscordRefusedError, Identity
from accounts.services.signing_in import ProvenAccount
from accounts.services.troubles import Trouble, trouble_response
from clans.services.account_links import Kind

# OAuth's errors that say nothing of the member: Discord itself is in trouble.
_OUT_OF_ORDER = frozenset({"server_error", "temporarily_unavailable"})


class _Addresses(OAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    provider_id = "discord"

    @property
    def access_token_url(self) -> str:  # the code is exchanged by accounts.services.discord
        return ""

    @property
    def authorize_url(self) -> str:
        return discord.authorize_url()


class DiscordProvider(OAuth2Provider):  # type: ignore[misc]
    id = "discord"
    name = "Discord"
    account_class = ProviderAccount
    oauth2_adapter_class = _Addresses
    pkce_enabled_default = True

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        given = Provider.get_redirect_from_request_kwargs(self, request)
        return {
            "process": "connect" if given["process"] == "connect" else "login",
            "next_url": given.get("next_url"),
            **_asking(get_request_param(request, "connections") == "1"),
        }

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data["id"])

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - allauth's signature
        return {}


def _asking(asks_connections: bool) -> dict[str, Any]:  # noqa: FBT001
    scope = [discord.IDENTIFY, *([discord.CONNECTIONS] if asks_connections else [])]
    return {"scope": scope, "auth_params": {}, "asks_connections": asks_connections}


@never_cache
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Send a visitor to Discord; a link followed by GET is asked about first."""
    provider = _provider(request)
    asked: HttpResponse | None = respond_to_login_on_get(request, provider)
    return asked or provider.redirect_from_request(request)


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Take a visitor who comes back from Discord. A state is good once, and for the browser that was sent there."""
    provider = _provider(request)
    state = statekit.unstash_state(
        request, provider_id=provider.sub_id, state_id=request.GET.get("state", "")
    )
    if state is None:
        return trouble_response(Trouble.FORGED, "discord")
    first = Identity(**state["first"]) if state.get("first") else None
    try:
        return _answer(request, provider, state, first)
    except DiscordRefusedError:
        trouble = Trouble.REFUSED
    except DiscordError:
        trouble = Trouble.UNAVAILABLE
    if first is not None:  # the sign-in itself has been proven; only the connections cannot be read today
        return _complete(request, provider, state, first)
    return trouble_response(trouble, "discord")


def _answer(
    request: HttpRequest, provider: DiscordProvider, state: dict[str, Any], first: Identity | None
) -> HttpResponse:
    error = request.GET.get("error")
    if error or "code" not in request.GET:
        if first is None:
            return trouble_response(
                Trouble.CANCELLED if error == "access_denied" else Trouble.REFUSED, "discord"
            )
        return _complete(request, provider, state, first, agrees=None if error in _OUT_OF_ORDER else False)
    asks = bool(state["asks_connections"])
    grant = discord.exchange(
        request.GET["code"],
        verifier=state["pkce_code_verifier"],
        redirect_uri=_Addresses(request).get_callback_url(request, provider.app),
        scopes=tuple(_asking(asks)["scope"]),
    )
    identity = discord.identity(grant.token)
    if first is not None and identity.id != first.id:  # somebody else signed in at Discord in between
        return _complete(request, provider, state, first)
    if asks and grant.opens_connections:
        connections = discord.connections(grant.token)
        return _complete(request, provider, state, identity, connections=connections, agrees=True)
    if not asks and discord.has_agreed(identity.id):
        return _ask_once_more(request, provider, state, identity)
    return _complete(request, provider, state, identity, agrees=False if asks else None)


def _ask_once_more(
    request: HttpRequest, provider: DiscordProvider, state: dict[str, Any], identity: Identity
) -> HttpResponse:
    """Send a member who agreed to it to Discord again, for the connections; without questions where it was granted before."""
    asking = _asking(True) | {"auth_params": {"prompt": "none"}}
    way = {"process": state["process"], "next_url": state.get("next"), "first": asdict(identity)}
    answer: HttpResponse = provider.redirect(request, **way, **asking)
    return answer


def _complete(
    request: HttpRequest,
    provider: DiscordProvider,
    state: dict[str, Any],
    identity: Identity,
    *,
    connections: tuple[Connection, ...] | None = None,
    agrees: bool | None = None,
) -> HttpResponse:
    social = provider.sociallogin_from_response(request, asdict(identity))
    social.state = state
    social.proven = ProvenAccount(Kind.DISCORD, identity.id, identity.name, connections, agrees)
    answer: HttpResponse = complete_social_login(request, social)
    return answer


def _provider(request: HttpRequest) -> DiscordProvider:
    if not discord.is_configured():
        raise Http404
    provider: DiscordProvider = get_adapter(request).get_provider(request, "discord")
    return provider
