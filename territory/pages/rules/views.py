"""The rules, for everybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from territory import ladder
from territory.models import RuleVersion
from territory.models.base import MAX_RADIUS_M, MIN_RADIUS_M
from territory.pages.rules import in_force
from territory.rules.facts import Policy
from territory.rules.judge import CLOCK_TOLERANCE


@require_safe
def rule_version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The rule as it held on a game server from one moment to the next."""
    versions = RuleVersion.objects.filter(server__is_active=True).select_related("server")
    rule, held = in_force.rule_of_version(get_object_or_404(versions, server__slug=slug, number=number))
    return render(request, "territory/rule_version.html", {"rule": rule, "held": held})


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The rule in plain words, with what holds on each game server."""
    context = {
        "steps": ladder.rule_in_general(),
        "servers": in_force.rules_in_force(),
        "least_radius_m": MIN_RADIUS_M,
        "most_radius_m": MAX_RADIUS_M,
        "ahead_min": CLOCK_TOLERANCE.seconds // 60,
        "protected": in_force.default_items(Policy.PROTECTED),
        "reviewed": in_force.default_items(Policy.PROTECTED_REVIEW),
        "forbidden": in_force.default_items(Policy.FORBIDDEN),
    }
    return render(request, "territory/rules.html", context)
