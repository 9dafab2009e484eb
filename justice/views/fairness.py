"""Fairness in figures, for everybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from justice.fairness import fairness_of, finding, how_counted, strip


@require_safe
def fairness(request: HttpRequest) -> HttpResponse:
    """How often the rule was wrong, and how appeals end, in the last 28 days."""
    figures = fairness_of(timezone.now())
    context = {"strip": strip(figures), "finding": finding(figures), "how": how_counted()}
    return render(request, "justice/fairness.html", context)
