"""The home page, and the tanks of a clan's players."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from analytics.home.figures import site_figures
from analytics.home.member import member_home
from analytics.home.staff import staff_home
from analytics.home.visitor import NEWEST_COLUMNS, hero_map, strip
from analytics.tanks import parts, sentences
from analytics.tanks import selectors as tank_selectors
from analytics.tanks.facets import chips_of, facets_of
from analytics.tanks.filters import TankFilter
from analytics.tanks.form import SIZES, TankForm, options_of
from clans.models import User
from common.members import members_page
from tanks.access import ClanAccess, clan_accesses, disbanded_clans, visible_players
from tanks.wording import trouble_words
from territory.pages.wall.entries import is_silent, newest_on_the_wall, public_servers

NEWEST_ON_THE_WALL = 5


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this site is, to visitors; to members what concerns them, to staff what waits as well."""
    now = timezone.now()
    if not isinstance(request.user, User):
        figures = site_figures(now)
        newest = newest_on_the_wall(now, NEWEST_ON_THE_WALL)
        context = {
            "figures": figures,
            "strip": strip(figures),
            "newest": newest,
            "is_silent": not newest and is_silent(public_servers()),
            "columns": NEWEST_COLUMNS,
            "hero": hero_map(),
        }
        return render(request, "analytics/home_visitor.html", context)
    context = {"home": member_home(request.user, now), "staff": staff_home(request.user, now)}
    answer = render(request, "analytics/home_member.html", context)
    add_never_cache_headers(answer)
    return answer


@members_page
def tanks(request: HttpRequest) -> HttpResponse:
    """The vehicles of a clan's players: a commander's of all of them, a member's own."""
    accesses = clan_accesses(request.user)
    access = _chosen_clan(accesses, request.GET.get("clan"))
    players = visible_players(request.user, access) if access else {}
    if access is None or not (players or access.is_commander):
        nobody = {"access": access, "accesses": accesses, "ended": disbanded_clans(request.user)}
        return render(request, "analytics/tank_nobody.html", nobody)
    choices = tank_selectors.choices_of(players, request.user.pk)
    options = options_of(accesses, players, choices)
    chosen = TankFilter.parse(request.GET, options)
    selection = chosen.tanks_of(players, request.user.pk)
    figures = tank_selectors.figures_of(selection)
    page = tank_selectors.page_of(
        selection,
        chosen,
        choices,
        realm=access.clan.realm,
        number=request.GET.get("page"),
        rows=figures.listed,
    )
    freshness = tank_selectors.freshness_of(access.clan)
    owner = sentences.owner_in_words(
        str(options["player"][chosen.player]) if chosen.player else "",
        is_commander=access.is_commander,
        accounts=len(players),
    )
    context = {
        "access": access,
        "title": sentences.title_of(chosen, owner),
        "count": sentences.count_in_words(figures.listed, figures.players),
        "chosen": chosen,
        "form": TankForm(chosen, options),
        "facets": facets_of(chosen, players, options, request.user.pk),
        "chips": chips_of(chosen, options),
        "figures": figures,
        "stats": parts.stats_of(figures),
        "page": page,
        "columns": parts.columns(chosen),
        "sizes": parts.sizes(chosen, SIZES),
        "freshness": freshness,
        "trouble": trouble_words(freshness.trouble),
    }
    return render(request, "analytics/tank_list.html", context)


def _chosen_clan(accesses: Sequence[ClanAccess], clan_id: str | None) -> ClanAccess | None:
    """Return the named clan, without a name the first; None where there is none to see."""
    if not clan_id:
        return accesses[0] if accesses else None
    for access in accesses:
        if str(access.clan.pk) == clan_id:
            return access
    raise Http404
