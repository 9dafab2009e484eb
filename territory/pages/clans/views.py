"""Clans of DayZ: a person's clans, one clan with its members, and joining and leaving it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clans.models import Clan, ClanInvitation, ClanMembership
from clans.services import own_clans
from common.attempts import count_attempt
from common.errors import NotPossibleError
from common.members import members_act, members_form
from common.numbers import row_number
from face.parts import columns, isolated
from territory import access
from territory.pages.clans.my_clans import FoundForm, FriendForm, clan_page, invitations_of, stays_of
from territory.services.permissions import find_friend

_MOST_FRIENDS = 30  # looked up in a quarter of an hour, together with those for permissions
_LINK = "clan invitation link"
_COLUMNS = columns(
    gettext_lazy("Person"), gettext_lazy("Gamertag"), gettext_lazy("Since"), gettext_lazy("Actions")
)


@members_form
def clans(request: HttpRequest) -> HttpResponse:
    """The reader's clans and invitations; posting founds a clan."""
    now, person = timezone.now(), access.signed_in(request)
    form = FoundForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            clan = own_clans.found_clan(person, **form.cleaned_data, at=now)
        except NotPossibleError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("The clan exists. Invite your people."))
            return redirect("dayz-clan", clan.pk)
    context = {
        "stays": stays_of(person, at=now),
        "invitations": invitations_of(person, at=now),
        "form": form,
    }
    return render(request, "territory/clan_list.html", context)


@members_form
def clan(request: HttpRequest, pk: int) -> HttpResponse:
    """One clan; posting does what its leaders do: invite, take back, promote and demote."""
    now, person = timezone.now(), access.signed_in(request)
    shown = access.clan_in_sight_or_404(request.user, pk, at=now)
    form = FriendForm()
    if request.method == "POST":
        act = _ACTS.get(request.POST.get("act", ""))
        if act is None or not own_clans.leads(person, shown, at=now):
            raise Http404
        try:
            act(request, shown, now)
            return redirect("dayz-clan", pk)
        except NotPossibleError as error:
            form = FriendForm(request.POST) if "friend" in request.POST else form
            form.add_error("friend", str(error)) if form.is_bound else messages.error(request, str(error))
    made_for, link = request.session.pop(_LINK, None) or (None, "")
    context = {
        "page": clan_page(shown, person, at=now),
        "columns": _COLUMNS,
        "form": form,
        "link": request.build_absolute_uri(link) if made_for == pk else "",
    }
    return render(request, "territory/clan.html", context)


def _invite(request: HttpRequest, clan: Clan, now: datetime) -> None:
    by = access.signed_in(request)
    count_attempt("friend", str(by.pk), _MOST_FRIENDS)
    person = find_friend(request.POST.get("friend", ""))
    own_clans.invite_person(clan, person, by=by, at=now)
    messages.success(
        request,
        _("%(person)s is invited, and joins by accepting on the page “Clans”.")
        % {"person": isolated(person)},
    )


def _invite_by_link(request: HttpRequest, clan: Clan, now: datetime) -> None:
    _made, token = own_clans.invite_by_link(clan, by=access.signed_in(request), at=now)
    request.session[_LINK] = [clan.pk, reverse("clan-invitation", args=[token])]


def _take_back(request: HttpRequest, clan: Clan, now: datetime) -> None:
    pk = row_number(request.POST.get("invitation"))
    invitation = get_object_or_404(ClanInvitation, clan=clan, pk=pk)
    own_clans.end_invitation(invitation, at=now)
    messages.success(request, _("Invitation taken back."))


def _promote(request: HttpRequest, clan: Clan, now: datetime) -> None:
    stay = _stay_or_404(clan, row_number(request.POST.get("member")), now)
    own_clans.set_role(stay, own_clans.Role.COMMANDER, by=access.signed_in(request), at=now)
    messages.success(request, _("%(person)s leads the clan now, too.") % {"person": isolated(stay.user)})


def _demote(request: HttpRequest, clan: Clan, now: datetime) -> None:
    stay = _stay_or_404(clan, row_number(request.POST.get("member")), now)
    own_clans.set_role(stay, own_clans.Role.MEMBER, by=access.signed_in(request), at=now)
    messages.success(request, _("%(person)s no longer leads the clan.") % {"person": isolated(stay.user)})


_ACTS: Mapping[str, Callable[[HttpRequest, Clan, datetime], None]] = {
    "invite": _invite,
    "link": _invite_by_link,
    "take-back": _take_back,
    "promote": _promote,
    "demote": _demote,
}


@members_form
def clan_end(request: HttpRequest, pk: int, stay_pk: int) -> HttpResponse:
    """Ask before a membership ends, and end it: the own one, or a leader ends another's."""
    now, person = timezone.now(), access.signed_in(request)
    shown = access.clan_in_sight_or_404(request.user, pk, at=now)
    stay = _stay_or_404(shown, stay_pk, now)
    is_own = stay.user_id == person.pk
    if shown.is_of_a_game or not (is_own or own_clans.leads(person, shown, at=now)):
        raise Http404
    if request.method != "POST":
        if is_own and own_clans.is_needed(stay, at=now):
            return _explain_staying(request, stay)
        return _ask_before_ending(request, stay, is_own=is_own)
    try:
        own_clans.leave(stay, at=now) if is_own else own_clans.remove(stay, by=person, at=now)
    except NotPossibleError as error:
        messages.error(request, str(error))
        return redirect("dayz-clan", pk)
    messages.success(request, _("%(person)s is no longer in the clan.") % {"person": isolated(stay.user)})
    return redirect("dayz-clans") if is_own else redirect("dayz-clan", pk)


def _ask_before_ending(request: HttpRequest, stay: ClanMembership, *, is_own: bool) -> HttpResponse:
    names = {"person": isolated(stay.user), "clan": isolated(stay.clan)}
    question = _("Leave %(clan)s?") if is_own else _("Remove %(person)s from %(clan)s?")
    if is_own:
        consequences = [
            _("From now on you build in the bases of the clan as an intruder, and may be banned."),
            _("What you have built until now stays allowed."),
        ]
    else:
        consequences = [
            _("From now on %(person)s builds in the bases of the clan as an intruder, and may be banned.")
            % names,
            _("What %(person)s has built until now stays allowed.") % names,
        ]
    context = {
        "question": question % names,
        "consequences": consequences,
        "back_url": reverse("dayz-clan", args=[stay.clan_id]),
        "act": _("Leave the clan") if is_own else _("Remove"),
        "css": "danger solid",
    }
    return render(request, "face/confirm.html", context)


def _explain_staying(request: HttpRequest, stay: ClanMembership) -> HttpResponse:
    """Say before anything is confirmed that the last leader cannot leave yet, and what to do."""
    context = {
        "question": _("You cannot leave %(clan)s yet") % {"clan": isolated(stay.clan)},
        "consequences": [
            _("You are its only leader, and its members need one."),
            _("Choose a member on the clan's page and press “Promote”. Then you may leave."),
        ],
        "back_url": reverse("dayz-clan", args=[stay.clan_id]),
        "back": _("To the clan"),
    }
    return render(request, "face/confirm.html", context)


@members_form
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation to whoever opens its link signed in; posting joins the clan."""
    shown = own_clans.invitation_by_token(token, at=timezone.now())
    if request.method == "POST" and shown:
        return _joined(request, shown)
    return render(request, "territory/clan_invitation.html", {"invitation": shown})


@members_act
def invitation_answer(request: HttpRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    waiting = own_clans.open_invitations(at=now).select_related("clan")
    shown = get_object_or_404(waiting, person=request.user.pk, pk=pk)
    if request.POST.get("act") == "accept":
        return _joined(request, shown)
    own_clans.end_invitation(shown, at=now)
    messages.success(request, _("Invitation declined."))
    return redirect("dayz-clans")


def _joined(request: HttpRequest, shown: ClanInvitation) -> HttpResponse:
    try:
        own_clans.accept(shown, access.signed_in(request), at=timezone.now())
    except NotPossibleError as error:
        messages.error(request, str(error))
        return redirect("dayz-clans")
    words = _("You are in. In the bases of %(clan)s you may build from now on.")
    messages.success(request, words % {"clan": isolated(shown.clan)})
    return redirect("dayz-clan", shown.clan_id)


def _stay_or_404(clan: Clan, pk: int | None, now: datetime) -> ClanMembership:
    stays = own_clans.stays_in_force(at=now).select_related("user", "clan")
    return get_object_or_404(stays, clan=clan, pk=pk)
