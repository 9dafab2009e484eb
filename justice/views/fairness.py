"""Fairness in figures, for everybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from justice.fairness import fairness_of, figures_in_words, finding


@require_safe
def fairness(request: HttpRequest) -> HttpResponse:
    """How often the rule was wrong, and how appeals end, in the last 28 days."""
    figures = fairness_of(timezone.now())
    rows = figures_in_words(figures)
    context = {
        "finding": finding(figures),
        "strip": [stat for stat, _how in rows],
        "how": [(stat.label, how) for stat, how in rows],
    }
    return render(request, "justice/fairness.html", context)
