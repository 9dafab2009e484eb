"""Pages on which commanders and staff decide whose account is whose."""

from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import access, questions, waiting
from accounts.access import ClanDesk, person_of
from accounts.questions import LinkReasonForm, PlatformForm
from accounts.services.deciding import (
    Role,
    change_role,
    confirm_player,
    decided_in_words,
    give_account,
    refuse_link,
)
from clans.models import AccountLink
from common.errors import NotPossibleError
from common.members import members_form, members_page
from common.numbers import row_number
from face.parts import Chip, isolated
from tanks.models import Player, RosterEvent
from territory.models.server import Platform

_ROLES = {"promote": Role.COMMANDER, "demote": Role.MEMBER, "follow": None}


# -- A clan's accounts --------------------------------------------------------------------------------------------


@members_form
def clan_claims(request: HttpRequest) -> HttpResponse:
    """The claims on a clan's players, and the people of the clan with their roles here."""
    desk = access.desk_or_404(request.user, request.GET.get("clan"))
    if request.method != "POST":
        return _clan_page(request, desk)
    acts: dict[str, Callable[[HttpRequest, ClanDesk], str]] = {"confirm": _confirm, "refuse": _refuse}
    try:
        done = acts.get(request.POST.get("act", ""), _change_role)(request, desk)
    except NotPossibleError as error:
        return _clan_page(request, desk, str(error), HTTPStatus.CONFLICT)
    messages.success(request, done)
    assert desk.clan is not None
    return HttpResponseRedirect(f"{reverse('clan-claims')}?{urlencode({'clan': desk.clan.pk})}")


def _clan_page(
    request: HttpRequest, desk: ClanDesk, refusal: str = "", status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    now = timezone.now()
    clan = desk.clan
    chips = [Chip(one.label, f"?{urlencode({'clan': one.pk})}", is_chosen=one == clan) for one in desk.clans]
    context = {
        "desk": desk,
        "chips": chips if len(chips) > 1 else [],
        "refusal": refusal,
        "page": waiting.clan_claims(clan, request.GET.get("page"), now) if clan else None,
        "people": waiting.clan_people(clan) if clan else [],
        "now": now,
    }
    return render(request, "accounts/clan_claims.html", context, status=status)


def _confirm(request: HttpRequest, desk: ClanDesk) -> str:
    link, clan = _claim_of_clan(request, desk), desk.clan
    assert clan is not None
    proof = AccountLink.Proof.STAFF if desk.is_staff else AccountLink.Proof.COMMANDER
    player = confirm_player(link, clan, by=person_of(request), proof=proof, at=timezone.now())
    text = _("Confirmed: %(player)s is %(person)s, who sees the clan's pages from now on.")
    return text % {"player": isolated(player), "person": isolated(link.user)}


def _refuse(request: HttpRequest, desk: ClanDesk) -> str:
    link = _claim_of_clan(request, desk)
    form = LinkReasonForm(request.POST)
    if not form.is_valid():
        raise NotPossibleError(_("Say why: %(person)s reads it.") % {"person": isolated(link.user)})
    refuse_link(link, by=person_of(request), reason=form.cleaned_data["reason"], at=timezone.now())
    return _("Refused. %(person)s reads your reason.") % {"person": isolated(link.user)}


def _claim_of_clan(request: HttpRequest, desk: ClanDesk) -> AccountLink:
    """Return the link of the form, which is about a player of the clan; Http404 for any other."""
    pk = row_number(request.POST.get("link"))
    links = AccountLink.objects.filter(kind=AccountLink.Kind.WARGAMING).select_related("user", "decided_by")
    link = links.filter(pk=pk).first() if desk.may_decide else None
    player = Player.objects.of_keys([link.key]).only("clan_id", "nickname").first() if link else None
    if link is None or player is None or desk.clan is None:
        raise Http404
    if player.clan_id != desk.clan.pk:
        if RosterEvent.objects.filter(clan=desk.clan, player=player, kind=RosterEvent.Kind.LEFT).exists():
            raise NotPossibleError(_("%(player)s has left the clan.") % {"player": isolated(player)})
        raise Http404
    return link


def _change_role(request: HttpRequest, desk: ClanDesk) -> str:
    act, pk = request.POST.get("act", ""), row_number(request.POST.get("player"))
    players = Player.objects.select_related("user").filter(clan=desk.clan, user__isnull=False)
    player = players.filter(pk=pk).first()
    if act not in _ROLES or player is None or not desk.may_change_roles:
        raise Http404
    change_role(player, _ROLES[act], by=person_of(request), is_staff=desk.is_staff, at=timezone.now())
    words = {
        "promote": _("%(person)s commands here now, whatever the game says."),
        "demote": _("%(person)s is a member here now, whatever the game says."),
        "follow": _("The role of %(person)s follows the game again."),
    }
    return words[act] % {"person": isolated(player.user)}


# -- All links, for staff -----------------------------------------------------------------------------------------


@members_page
def links(request: HttpRequest) -> HttpResponse:
    """The links that wait for a decision, the oldest first."""
    if not access.sees_links(request.user):
        raise Http404
    return _links_page(request)


def _links_page(request: HttpRequest, refusal: str = "", status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    context = {
        "page": waiting.waiting_page(request.GET.get("page"), timezone.now()),
        "may_decide": access.decides_links(request.user),
        "refusal": refusal,
    }
    return render(request, "accounts/links.html", context, status=status)


@members_form
def confirm_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask before an account becomes the person's who asks for it."""

    def act(link: AccountLink, answer: dict[str, Any]) -> str:
        platform = Platform(answer.get("platform", ""))
        reason = answer.get("reason", "")
        give_account(link, by=person_of(request), reason=reason, at=timezone.now(), platform=platform)
        text = _("Confirmed: %(account)s is %(person)s.")
        return text % {"account": isolated(link.name or link.key), "person": isolated(link.user)}

    return _decide(request, pk, questions.of_giving, act)


@members_form
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask before a claim is refused, or a disputed account stays whose it is."""

    def act(link: AccountLink, answer: dict[str, Any]) -> str:
        refuse_link(link, by=person_of(request), reason=answer["reason"], at=timezone.now())
        return _("Refused. %(person)s reads your reason.") % {"person": isolated(link.user)}

    return _decide(request, pk, questions.of_refusing, act)


def _decide(
    request: HttpRequest,
    pk: int,
    question_of: Callable[[waiting.WaitingLink], questions.LinkQuestion],
    act: Callable[[AccountLink, dict[str, Any]], str],
) -> HttpResponse:
    link, now = access.link_to_decide_or_404(request.user, pk), timezone.now()
    if link.state not in {AccountLink.State.CLAIMED, AccountLink.State.DISPUTED}:
        return _links_page(request, decided_in_words(link, now), HTTPStatus.CONFLICT)
    row = waiting.one_waiting(link, now)
    question, owner = question_of(row), str(row.owner.user.pk) if row.owner else ""
    if request.POST.get("owner", owner) != owner:
        return _links_page(
            request, _("It belongs to somebody else by now. Read it again."), HTTPStatus.CONFLICT
        )
    form_class = PlatformForm if question.asks_platform else LinkReasonForm
    typed = request.POST if request.method == "POST" else None
    form = form_class(typed, needs_reason=question.needs_reason, initial={"owner": owner})
    if form.is_valid():
        try:
            messages.success(request, act(link, form.cleaned_data))
        except NotPossibleError as error:
            return _links_page(request, str(error), HTTPStatus.CONFLICT)
        return HttpResponseRedirect(reverse("links"))
    context = {"form": form, "back_url": reverse("links"), **asdict(question)}
    return render(request, "face/confirm.html", context)
