"""django-allauth's pages where this site does more."""

from typing import Any

from allauth.account.views import PasswordResetView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.services.factors import note_factor
from accounts.services.links import people_with_address
from accounts.services.troubles import Trouble
from accounts.tasks import send_links
from common.outbox import wake

_PROVIDERS = {"discord": "Discord", "wargaming": "Wargaming"}


@require_safe
def trouble(request: HttpRequest) -> HttpResponse:
    """Say what went wrong while somebody signed in elsewhere."""
    why = request.GET.get("why")
    known = Trouble(why) if why in Trouble.values else Trouble.REFUSED
    context = {"trouble": known, "provider": _PROVIDERS.get(request.GET.get("with", ""), "")}
    return render(request, "socialaccount/trouble.html", context)


class ForgottenPasswordView(PasswordResetView):  # type: ignore[misc]  # allauth has no types
    def form_valid(self, form: Any) -> HttpResponse:
        """Let a worker send the links: the answer is the same, and as quick, whether anybody has that address or not."""
        people = people_with_address(form.cleaned_data["email"])
        wake(send_links, people, self.request.build_absolute_uri("/"), get_language())
        return HttpResponseRedirect(self.get_success_url())


class ActivateAppView(ActivateTOTPView):  # type: ignore[misc]
    def form_valid(self, form: Any) -> Any:
        answer = super().form_valid(form)
        note_factor(self.request, Authenticator.Type.TOTP)
        return answer


class AddKeyView(AddWebAuthnView):  # type: ignore[misc]
    def form_valid(self, form: Any) -> Any:
        answer = super().form_valid(form)
        note_factor(self.request, Authenticator.Type.WEBAUTHN)
        return answer
