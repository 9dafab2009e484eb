"""The page that answers whether a person may build at a place."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from clans.models import User
from common.members import members_form
from common.numbers import row_number
from face.game_maps import GameMap
from territory import access
from territory.models import GameServer
from territory.pages.can_build.answer import Answer, CheckForm, answer_for, explanation_for
from territory.pages.map.sheets import circle_of, sheet_of
from territory.services import questions


@members_form
def check(request: HttpRequest) -> HttpResponse:
    """Whether a person may build at a point. Questions are counted, so they are posts, and no address holds a place."""
    servers = list(GameServer.objects.filter(is_active=True).order_by("name", "slug"))
    if not servers:
        return render(request, "territory/check.html", {"servers": []})
    person = access.signed_in(request)
    for_staff = access.sees_positions(person)
    initial = _initial(request, person)
    server = access.chosen_server_or_404(request, servers, initial.pop("server", None))
    form = CheckForm(request.POST or None, server=server, for_staff=for_staff, initial=initial)
    answer = _answer(request, form, for_staff=for_staff) if form.is_bound and form.is_valid() else None
    context = {
        "form": form,
        "servers": servers,
        "server": server,
        "answer": answer,
        "sheet": answer.sheet if answer else _sheet(person, server),
        "for_staff": for_staff,
        "left": questions.questions_left(person),
    }
    return render(request, "territory/check.html", context)


def _initial(request: HttpRequest, person: User) -> dict[str, Any]:
    """Return what the form begins with, of a base or a placement that the visitor may see."""
    number = row_number(request.GET.get("base") or request.GET.get("placement"))
    if not number:
        return {}
    if "base" in request.GET:
        base = access.get_known_base_or_404(person, number, at=timezone.now())
        return {"server": base.server, "point": f"{base.x:g} / {base.z:g}"}
    placement = access.get_placement_or_404(person, number)
    if placement.x is None or placement.z is None:
        return {}
    zone = placement.server.zone
    at = placement.occurred_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S") if placement.occurred_at else ""
    return {
        "server": placement.server,
        "point": f"{placement.x:g} / {placement.z:g}",
        "other_item": placement.item,
        "who": placement.player_id or placement.gamertag,
        "at": at,
    }


def _answer(request: HttpRequest, form: CheckForm, *, for_staff: bool) -> Answer:
    person, now = access.signed_in(request), timezone.now()
    question = form.question(now)
    if for_staff and question.who:
        return explanation_for(question, now=now)
    if not for_staff:
        questions.limit_questions(request)
    answer = answer_for(person, question)
    if not for_staff:
        questions.note_question(
            person, question.server, "check", x=question.x, z=question.z, answer=answer.is_yes
        )
    return answer


def _sheet(person: User, server: GameServer) -> GameMap:
    bases = access.bases_known_to(person, at=timezone.now()).filter(server=server)
    circles = [circle_of(base, person) for base in bases]
    return sheet_of(server, _("The map, with the bases that you may see"), circles=circles)
