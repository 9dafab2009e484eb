"""A person's own pages. What is not the reader's own does not exist for them."""

import time

from allauth.account.internal.flows.login import get_authentication_records
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.db.models import BooleanField, Count, ExpressionWrapper, Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import wording
from accounts.access import person_of
from accounts.me.doors import doors
from accounts.me.forms import DetailsForm, LeaveForm
from accounts.me.page import profile_of
from accounts.services.discord import withdraw_connections
from accounts.services.erasing import erase
from accounts.services.exporting import export_of
from accounts.services.sessions import end_sessions, sessions_of
from accounts.services.unlinking import is_last_way_in, unlink
from accounts.services.wargaming import forget_token
from clans.models import AccountLink, User
from clans.services.account_links import withdraw
from common.errors import NotPossibleError
from common.members import members_act, members_form, members_page
from tanks.models import Player
from tanks.services.garages import take_token_back

_FRESH_SECONDS = 5 * 60


@members_form
def profile(request: HttpRequest) -> HttpResponse:
    """Who the reader is here, and everything they can do about it; by POST the name and the e-mail address."""
    person = person_of(request)
    form = DetailsForm(request.POST or None, instance=User.objects.get(pk=person.pk))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("profile")
    ways = doors(request)
    context = {
        "me": profile_of(person, ways, timezone.now()),
        "connections_url": ways.get("discord:connections"),
        "sessions": sessions_of(request),
        "form": form,
    }
    return render(request, "accounts/profile.html", context)


@members_act
def withdraw_claim(request: HttpRequest, pk: int) -> HttpResponse:
    link = get_object_or_404(AccountLink, pk=pk, user=person_of(request))
    try:
        withdraw(link)
    except NotPossibleError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Taken back."))
    return redirect("profile")


@members_form
def unlink_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what unlinking costs; by POST unlink."""
    links = AccountLink.objects.select_related("user").filter(state=AccountLink.State.PROVEN)
    link = get_object_or_404(links, pk=pk, user=person_of(request))
    if request.method == "POST":
        try:
            unlink(link, at=timezone.now())
        except NotPossibleError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Unlinked."))
        return redirect("profile")
    context = {
        "link": link,
        "title": wording.NAMES[link.kind],
        "costs": wording.COSTS[link.kind],
        "is_last": is_last_way_in(link),
        "reads_again": link.kind in {AccountLink.Kind.STEAM, AccountLink.Kind.XBOX}
        and link.user.reads_connections,
    }
    return render(request, "accounts/unlink.html", context)


@members_act
def stop_reading_connections(request: HttpRequest) -> HttpResponse:
    """Take back that each sign-in with Discord reads the connections."""
    withdraw_connections(person_of(request))
    messages.success(request, _("Your connections are read no more."))
    return redirect("profile")


@members_act
def end_one_session(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(UserSession, pk=pk, user=person_of(request)).end()
    messages.success(request, _("Signed out there."))
    return redirect("profile")


@members_act
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    end_sessions(person_of(request), but=request.session.session_key)
    messages.success(request, _("You are signed in nowhere else."))
    return redirect("profile")


# -- The garage ---------------------------------------------------------------------------------------------------


@members_page
def garage(request: HttpRequest) -> HttpResponse:
    """What reading the garage means, and for which of the reader's players it is allowed."""
    has_token = ExpressionWrapper(~Q(access_token=""), output_field=BooleanField())
    told = Count("tanks", filter=Q(tanks__in_garage=True))
    players = Player.objects.filter(user=person_of(request)).select_related("realm").defer("access_token")
    context = {
        "players": players.annotate(has_access=has_token, told=told).order_by("nickname", "pk"),
        "door": doors(request).get("wargaming:garage"),
    }
    return render(request, "accounts/garage.html", context)


@members_act
def revoke_garage(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a token of the reader's, and what it showed; Wargaming is asked to forget it, too."""
    players = Player.objects.select_related("realm")
    player = get_object_or_404(players, pk=pk, user=person_of(request))
    token = player.access_token
    take_token_back(player)
    if token:
        forget_token(player.realm, token)
    messages.success(request, _("Taken back. The site has forgotten what stood in your garage."))
    return redirect("garage")


@members_act
def share_garage(request: HttpRequest, pk: int) -> HttpResponse:
    """Show others of the clan what the reader's token told, or show it no more."""
    players = Player.objects.filter(pk=pk, user=person_of(request))
    shares = request.POST.get("shares") == "yes"
    if not players.update(shares_garage=shares):
        raise Http404
    messages.success(
        request,
        _("Your clan's commanders see your garage now.") if shares else _("Only you see your garage now."),
    )
    return redirect("garage")


# -- One's own data -----------------------------------------------------------------------------------------------


@members_page
def export(request: HttpRequest) -> HttpResponse:
    """Everything that the site stores about the reader, as a file."""
    answer = JsonResponse(
        export_of(person_of(request)), json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
    day = timezone.localdate().isoformat()
    answer["Content-Disposition"] = f'attachment; filename="wotcs-{day}.json"'
    return answer


@members_form
def delete_account(request: HttpRequest) -> HttpResponse:
    """Say place by place what goes and what stays; by POST, confirmed, delete the account."""
    person = person_of(request)
    has_powers = person.is_staff or person.is_superuser
    is_fresh = person.has_usable_password() or _signed_in_lately(request)
    form = LeaveForm(request, request.POST or None)
    if request.method == "POST" and is_fresh and not has_powers and form.is_valid():
        try:
            erase(person, at=timezone.now())
        except NotPossibleError as error:
            messages.error(request, str(error))
            return redirect("delete-account")
        logout(request)
        messages.success(request, _("Your account is deleted."))
        return redirect("home")
    again = {key.partition(":")[0].title(): url for key, url in doors(request).items() if ":again" in key}
    context = {"form": form, "has_powers": has_powers, "is_fresh": is_fresh, "again": again}
    return render(request, "accounts/delete.html", context)


def _signed_in_lately(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < _FRESH_SECONDS
