"""How django-allauth behaves on this site."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from accounts.services.discord import is_configured as is_discord_configured
from accounts.services.signing_in import (
    BelongsToSomebodyError,
    InactiveError,
    ProvenAccount,
    connect,
    sign_in,
)
from accounts.services.troubles import Trouble, trouble_response
from common.attempts import client_address
from common.errors import NotPossibleError
from common.sealed import seal, unseal


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the visitor's address behind the proxies, by which attempts are limited."""
        return client_address(request) or "unknown"

    def is_safe_url(self, url: str) -> bool:
        """Lead to pages of this site alone, not to other hosts that reach it."""
        hosts = {self.request.get_host()}
        return url_has_allowed_host_and_scheme(url, hosts, require_https=self.request.is_secure())


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Whose account somebody signs in with is decided by `accounts.services.signing_in`, and by nothing of the library."""

    def list_apps(self, request: HttpRequest, provider: str = "", client_id: str = "") -> list[SocialApp]:  # noqa: ARG002
        """Return the applications at other sites: Discord's, which stands in the settings."""
        if provider not in {"", None, "discord"} or not is_discord_configured():
            return []
        names = {"client_id": settings.DISCORD_CLIENT_ID, "secret": settings.DISCORD_CLIENT_SECRET}
        return [SocialApp(provider="discord", name="Discord", **names)]

    def list_providers(self, request: HttpRequest) -> list[Any]:
        """Return the ways in that are configured."""
        providers = super().list_providers(request)
        return [one for one in providers if one.id != "wargaming" or one.realms()]

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Decide who it is, and leave the library the session."""
        account: ProvenAccount = sociallogin.proven
        if sociallogin.state.get("process") == "connect":
            raise ImmediateHttpResponse(self._connect(request, sociallogin, account))
        try:
            person = sign_in(account, at=timezone.now())
        except BelongsToSomebodyError:
            answer = trouble_response(Trouble.LINKED, account.kind.value)
        except InactiveError:
            words = get_account_adapter(request).error_messages["username_password_mismatch"]
            messages.error(request, words)
            answer = redirect("account_login")
        except (NotPossibleError, IntegrityError) as error:
            answer = self._not_now(request, error, "account_login")
        else:
            sociallogin.user = person
            sociallogin.account = SocialAccount.objects.get(provider=account.kind.value, uid=account.key)
            return
        raise ImmediateHttpResponse(answer)

    def _connect(self, request: HttpRequest, sociallogin: Any, account: ProvenAccount) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect("account_login")
        address = sociallogin.state.get("next") or self.get_connect_redirect_url(request, None)
        try:
            is_linked = connect(account, request.user, at=timezone.now())
        except (NotPossibleError, IntegrityError) as error:
            return self._not_now(request, error, address)
        if is_linked:
            messages.success(request, _("The account is linked to you now."))
        else:
            messages.warning(
                request,
                _(
                    "This account is linked to somebody else here. Staff compare the two now; until then nothing changes."
                ),
            )
        return redirect(address)

    def _not_now(self, request: HttpRequest, error: Exception, address: str) -> HttpResponse:
        is_explained = isinstance(error, NotPossibleError)
        messages.error(request, str(error) if is_explained else _("Somebody was quicker. Try it again."))
        return redirect(address)

    def on_authentication_error(self, request: HttpRequest, provider: Any, *_args: Any, **_more: Any) -> None:  # noqa: ARG002
        raise ImmediateHttpResponse(trouble_response(Trouble.REFUSED, provider.id))

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:  # noqa: ARG002
        return "/me/"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)
