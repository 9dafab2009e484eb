"""Pages on which a person says which accounts of the games are theirs."""

from typing import Any

from allauth.account.views import SignupView
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.access import person_of
from accounts.claim_form import ClaimForm, GamertagForm, with_answer
from clans.models import AccountLink, User
from common.members import members_form
from face.parts import isolated


class RegistrationView(SignupView):  # type: ignore[misc]  # allauth has no types
    """Registration; its button "check" only looks a nickname up."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "check" in request.POST:
            form = with_answer(self.get_form_class(), request)
            return self.render_to_response(self.get_context_data(form=form))  # type: ignore[no-any-return]
        return super().post(request, *args, **kwargs)  # type: ignore[no-any-return]


@members_form
def claim_wargaming(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    form = ClaimForm(request.POST if request.method == "POST" else None)
    if "check" in request.POST:
        form = with_answer(ClaimForm, request)
    elif form.is_valid() and form.claim_for(request, person):
        return redirect("profile")
    links = _own_links(person, AccountLink.Kind.WARGAMING)
    return render(request, "accounts/claim_wargaming.html", {"form": form, "links": links})


@members_form
def claim_gamertag(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    form = GamertagForm(request.POST if request.method == "POST" else None, user=person)
    if form.is_valid() and (link := form.claim()):
        text = _("Staff look at it. Until they confirm, the server does not know that %(gamertag)s is you.")
        messages.success(request, text % {"gamertag": isolated(link.name)})
        return redirect("profile")
    kinds = AccountLink.Kind.GAMERTAG, AccountLink.Kind.PLAYER_ID
    return render(
        request, "accounts/claim_gamertag.html", {"form": form, "links": _own_links(person, *kinds)}
    )


def _own_links(user: User, *kinds: AccountLink.Kind) -> QuerySet[AccountLink]:
    return AccountLink.objects.filter(user=user, kind__in=kinds).order_by("-pk")
