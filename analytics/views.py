"""The home page, and the tanks of a clan's players."""

import logging
from collections.abc import Sequence

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import RedisError

from analytics import selectors
from analytics.tanks import parts, sentences
from analytics.tanks import selectors as tank_selectors
from analytics.tanks.facets import chips_of, facets_of
from analytics.tanks.filters import TankFilter
from analytics.tanks.form import SIZES, TankForm, options_of
from analytics.tanks.selection import visible_players
from tanks.access import ClanAccess, clan_accesses, disbanded_clans

logger = logging.getLogger(__name__)

FIGURES_KEY = "analytics:territory"
# Counting reads every placement; a public page must not be able to ask for that at each visit.
FIGURES_SECONDS = 60


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this site is, with its public figures."""
    return render(request, "analytics/home.html", {"figures": _figures()})


def _figures() -> selectors.TerritoryFigures:
    try:
        cached = cache.get(FIGURES_KEY)
        if cached is None:
            figures = selectors.territory_figures(timezone.now())
            cache.set(FIGURES_KEY, figures.to_json(), FIGURES_SECONDS)
            return figures
        return selectors.TerritoryFigures.from_json(cached)
    except RedisError as error:
        logger.warning("The cache does not answer: %s", error)
        return selectors.territory_figures(timezone.now())


@require_safe
@never_cache
@login_required
def tanks(request: HttpRequest) -> HttpResponse:
    """The vehicles of a clan's players: a commander's of all of them, a member's own."""
    accesses = clan_accesses(request.user)
    access = _chosen_clan(accesses, request.GET.get("clan"))
    players = visible_players(request.user, access) if access else {}
    if access is None or not (players or access.is_commander):
        nobody = {"access": access, "accesses": accesses, "ended": disbanded_clans(request.user)}
        return render(request, "analytics/tank_nobody.html", nobody)
    choices = tank_selectors.choices_of(players)
    options = options_of(accesses, players, choices)
    chosen = TankFilter.parse(request.GET, options)
    selection = chosen.tanks_of(players)
    figures = tank_selectors.figures_of(selection)
    page = tank_selectors.page_of(
        selection,
        chosen,
        choices,
        realm=access.clan.realm,
        number=request.GET.get("page"),
        rows=figures.listed,
    )
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
        "facets": facets_of(chosen, players, options),
        "chips": chips_of(chosen, options),
        "figures": figures,
        "stats": parts.stats_of(figures),
        "page": page,
        "columns": parts.columns(chosen),
        "sizes": parts.sizes(chosen, SIZES),
        "freshness": tank_selectors.freshness_of(access.clan),
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
