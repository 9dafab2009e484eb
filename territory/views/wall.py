"""The wall of shame and the rules, for everybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from face.parts import Column
from territory import ladder, rules_in_force, selectors
from territory.access import cases_in_sight
from territory.filters import WallFilter
from territory.models import RuleVersion
from territory.models.base import MAX_RADIUS_M, MIN_RADIUS_M
from territory.rules.facts import Policy
from territory.rules.judge import CLOCK_TOLERANCE
from territory.wall import Wall, is_silent, public_servers, wall_page

_WALL_COLUMNS = [
    Column(_("No.")),
    Column(_("Player")),
    Column(_("Infraction")),
    Column(_("Where")),
    Column(_("When")),
    Column(_("Ban")),
]


@require_safe
def wall(request: HttpRequest) -> HttpResponse:
    """The public wall of shame."""
    servers = public_servers()
    form = WallFilter(request.GET, servers=servers)
    chosen = form.chosen()
    shown = wall_page(chosen, number=request.GET.get("page"), now=timezone.now())
    context = {
        "form": form,
        "wall": shown,
        "readable": _readable(request, shown),
        "columns": _WALL_COLUMNS,
        "kinds": form.kinds(shown.counts),
        "chosen": form.chips(),
        "is_filtered": bool(chosen),
        "is_silent": is_silent(servers),
        "feed": f"{reverse('wall-feed')}?server={chosen['server']}"
        if "server" in chosen
        else reverse("wall-feed"),
        "own_bans": selectors.own_bans(request.user),
    }
    return render(request, "territory/wall.html", context)


def _readable(request: HttpRequest, shown: Wall) -> set[int]:
    """Return the cases of the wall's page that this visitor may read. No query for visitors who did not sign in."""
    if not request.user.is_authenticated:
        return set()
    cases = cases_in_sight(request.user).filter(pk__in={entry.case for entry in shown.page.object_list})
    return set(cases.values_list("pk", flat=True))


@require_safe
def rule_version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The rule as it held on a game server from one moment to the next."""
    versions = RuleVersion.objects.filter(server__is_active=True).select_related("server")
    rule, held = rules_in_force.rule_of_version(get_object_or_404(versions, server__slug=slug, number=number))
    return render(request, "territory/rule_version.html", {"rule": rule, "held": held})


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The rule in plain words, with what holds on each game server."""
    context = {
        "steps": ladder.rule_in_general(),
        "servers": rules_in_force.rules_in_force(),
        "least_radius_m": MIN_RADIUS_M,
        "most_radius_m": MAX_RADIUS_M,
        "ahead_min": CLOCK_TOLERANCE.seconds // 60,
        "protected": rules_in_force.default_items(Policy.PROTECTED),
        "reviewed": rules_in_force.default_items(Policy.PROTECTED_REVIEW),
        "forbidden": rules_in_force.default_items(Policy.FORBIDDEN),
    }
    return render(request, "territory/rules.html", context)
