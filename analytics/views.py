"""The home page."""

import logging

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from redis import RedisError

from analytics import selectors

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
        figures = cache.get(FIGURES_KEY)
        if figures is None:
            figures = selectors.territory_figures(timezone.now())
            cache.set(FIGURES_KEY, figures, FIGURES_SECONDS)
    except RedisError as error:
        logger.warning("The cache does not answer: %s", error)
        return selectors.territory_figures(timezone.now())
    assert isinstance(figures, selectors.TerritoryFigures)
    return figures
