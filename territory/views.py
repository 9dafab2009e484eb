"""The wall of shame, and the verdicts for staff."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.live import answers_unchanged
from territory import access, selectors, wording
from territory.filters import VerdictFilter, WallFilter


@require_safe
def wall(request: HttpRequest) -> HttpResponse:
    """The public wall of shame."""
    form = WallFilter(request.GET, servers=selectors.server_names())
    chosen = form.chosen()
    page = selectors.wall_page(chosen, number=request.GET.get("page"), now=timezone.now())
    return render(request, "territory/wall.html", {"form": form, "page": page, "is_filtered": bool(chosen)})


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The rule in plain words, with what holds on each game server."""
    return render(request, "territory/rules.html", {"lines": wording.RULE_LINES.items()})


@require_safe
@never_cache
@login_required
@answers_unchanged
def verdicts(request: HttpRequest) -> HttpResponse:
    """The newest placements and their verdicts; `?partial=1` is the table alone, for the page to refresh itself."""
    access.verdicts_or_404(request.user)
    form = VerdictFilter(request.GET, servers=selectors.server_names())
    chosen = form.chosen()
    rows = selectors.newest_verdicts(chosen)
    shown = rows[: selectors.VERDICTS_PAGE]
    context = {
        "form": form,
        "rows": shown,
        "older_than": shown[-1].placement.pk if len(rows) > len(shown) else None,
        "is_live": "before" not in chosen,
        "is_filtered": bool(chosen.keys() - {"before"}),
        "searched": selectors.SEARCHED_PLACEMENTS,
    }
    is_partial = "partial" in request.GET
    template = "territory/_verdict_table.html" if is_partial else "territory/verdict_list.html"
    return render(request, template, context)


@require_safe
@never_cache
@login_required
def verdict(request: HttpRequest, pk: int) -> HttpResponse:
    """One verdict with all its reasons."""
    placement = access.get_placement_or_404(request.user, pk)
    names = selectors.names_of_bases(wording.mentioned_base_ids([placement]))
    facts = placement.reasons or {}
    context = {
        "placement": placement,
        "infraction": getattr(placement, "infraction", None),
        "reasons": wording.reasons_in_words(placement, names),
        "considered": wording.considered_bases(placement, names),
        "rule": wording.RULES.get(placement.rule, placement.rule),
        "policy": wording.POLICIES.get(facts.get("policy", ""), ""),
        "policy_source": wording.POLICY_SOURCES.get(facts.get("policy_source", ""), ""),
        "base_name": names.get(placement.base_id or 0, ""),
    }
    return render(request, "territory/verdict_detail.html", context)
