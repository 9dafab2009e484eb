"""Pages on which a person says which accounts of the games are theirs."""

from typing import Any

from allauth.account.views import SignupView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.claim_form import ClaimForm, GamertagForm, with_answer
from accounts.selectors import own_links
from clans.models import AccountLink, User
from face.parts import isolated

_METHODS = ["GET", "HEAD", "POST"]


class RegistrationView(SignupView):  # type: ignore[misc]  # allauth has no types
    """Registration; its button "check" only looks a nickname up."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "check" in request.POST:
            form = with_answer(self.get_form_class(), request)
            return self.render_to_response(self.get_context_data(form=form))  # type: ignore[no-any-return]
        return super().post(request, *args, **kwargs)  # type: ignore[no-any-return]


@never_cache
@require_http_methods(_METHODS)
@login_required
def claim_wargaming(request: HttpRequest) -> HttpResponse:
    """Ask for somebody's account of World of Tanks."""
    assert isinstance(request.user, User)
    form = ClaimForm(request.POST if request.method == "POST" else None)
    if "check" in request.POST:
        form = with_answer(ClaimForm, request)
    elif form.is_valid() and form.claim_for(request, request.user):
        return _to_profile()
    links = own_links(request.user, AccountLink.Kind.WARGAMING)
    return render(request, "accounts/claim_wargaming.html", {"form": form, "links": links})


@never_cache
@require_http_methods(_METHODS)
@login_required
def claim_gamertag(request: HttpRequest) -> HttpResponse:
    """Ask for somebody's gamertag."""
    assert isinstance(request.user, User)
    form = GamertagForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid() and (link := form.claim()):
        text = _("Staff look at it. Until they confirm, the server does not know that %(gamertag)s is you.")
        messages.success(request, text % {"gamertag": isolated(link.name)})
        return _to_profile()
    kinds = AccountLink.Kind.GAMERTAG, AccountLink.Kind.PLAYER_ID
    return render(
        request, "accounts/claim_gamertag.html", {"form": form, "links": own_links(request.user, *kinds)}
    )


def _to_profile() -> HttpResponse:
    return HttpResponseRedirect(reverse("profile"))
