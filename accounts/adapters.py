"""How django-allauth behaves on this site."""

import time
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.services.sessions import NO_ADDRESS, SEEN_AT
from clans.models import User
from common.attempts import visitor_address
from common.sealed import seal, unseal
from face.models import Community


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("User name or password do not match. Check them and try again."),
        "incorrect_password": _("That is not your password."),
        "enter_current_password": _("That is not your password."),
        "username_taken": _("Somebody has that name already. Choose another one."),
        "username_blacklisted": _("That name could be taken for somebody else's. Choose another one."),
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
    pass


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages: ClassVar[dict[str, Any]] = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("That code does not fit. Take the one that is shown now."),
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
