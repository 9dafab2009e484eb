"""How django-allauth behaves on this site."""

import time
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.services.discord import is_configured as is_discord_configured
from accounts.services.sessions import NO_ADDRESS, SEEN_AT
from accounts.services.signing_in import (
    BelongsToSomebodyError,
    InactiveError,
    ProvenAccount,
    connect,
    sign_in,
)
from accounts.services.troubles import Trouble, trouble_response
from clans.models import User
from common.attempts import visitor_address
from common.errors import NotPossibleError
from common.sealed import seal, unseal
from face.models import Community


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": gettext_lazy(
            "User name or password do not match. Check them and try again."
        ),
        "incorrect_password": gettext_lazy("That is not your password."),
        "enter_current_password": gettext_lazy("That is not your password."),
        "username_taken": gettext_lazy("Somebody has that name already. Choose another one."),
        "username_blacklisted": gettext_lazy(
            "That name could be taken for somebody else's. Choose another one."
        ),
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the visitor's address behind the proxies, as the list of sessions shows it."""
        return visitor_address(request) or NO_ADDRESS

    def is_ajax(self, request: HttpRequest) -> bool:
        """Answer in JSON only where a script of ours asks for it; otherwise forms would echo passwords."""
        return request.path == reverse("mfa_login_webauthn") and bool(super().is_ajax(request))

    def is_safe_url(self, url: str) -> bool:
        """Lead to pages of this site alone, not to other hosts that reach it."""
        hosts = {self.request.get_host()}
        return url_has_allowed_host_and_scheme(url, hosts, require_https=self.request.is_secure())

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        request.session[SEEN_AT] = time.time()

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 - allauth's signature
        return reverse("mfa_index")

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """Ask whoever has a second factor for it: by the password alone nobody may switch it off."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        by_factor = [method for method in methods if method["id"].startswith("mfa")]
        return by_factor or methods

    def is_reauthentication_required(self, **given: Any) -> bool:
        """Whoever has neither password nor second factor has nothing to give again."""
        can_prove = bool(self.get_reauthentication_methods(self.request.user))
        return can_prove and super().is_reauthentication_required(**given)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Whose account somebody signs in with is decided by `accounts.services.signing_in`, and by nothing of the library."""

    def list_apps(self, request: HttpRequest, provider: str = "", client_id: str = "") -> list[SocialApp]:  # noqa: ARG002
        """Return the applications at other sites: Discord's, which stands in the settings."""
        if provider not in {"", None, "discord"} or not is_discord_configured():
            return []
        names = {"client_id": settings.DISCORD_CLIENT_ID, "secret": settings.DISCORD_CLIENT_SECRET}
        return [SocialApp(provider="discord", name="Discord", **names)]

    def list_providers(self, request: HttpRequest) -> list[Any]:
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
    error_messages: ClassVar[dict[str, Any]] = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("That code does not fit. Take the one that is shown now."),
    }

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)

    def get_totp_label(self, user: User) -> str:
        return user.username

    def get_totp_issuer(self) -> str:
        return Community.objects.current().name

    def generate_authenticator_name(self, user: User, type: Any) -> str:  # noqa: A002, ARG002 - allauth's signature
        return ""
