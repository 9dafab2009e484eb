"""The verdicts, for staff."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.members import members_page
from common.numbers import row_number
from face.parts import columns
from territory import access, ladder, selectors, wording
from territory.filters import VerdictFilter
from territory.pages.verdicts import evidence

_VERDICT_COLUMNS = columns(
    _("When"), _("Player"), _("Item"), _("Verdict"), _("Base"), _("Game server"), _("Why")
)
_MOST_NUMBERS = 2 * selectors.VERDICTS_PAGE


@members_page
def verdicts(request: HttpRequest) -> HttpResponse:
    """The newest placements and their verdicts; `?partial=1` is the rows alone that the page lacks."""
    access.verdicts_or_404(request.user)
    form = VerdictFilter(request.GET, servers=selectors.server_names())
    chosen = form.chosen()
    if "partial" in request.GET:
        return _missing_rows(request, chosen)
    rows = selectors.newest_verdicts(chosen)
    shown = rows[: selectors.VERDICTS_PAGE]
    context = {
        "form": form,
        "placements": shown,
        "columns": _VERDICT_COLUMNS,
        "older_than": shown[-1].pk if len(rows) > len(shown) else None,
        "is_live": "before" not in chosen,
        "is_filtered": bool(chosen.keys() - {"before"}),
        "chosen": form.chips(),
        "searched": selectors.SEARCHED_PLACEMENTS,
        "most_rows": selectors.VERDICTS_PAGE,
    }
    return render(request, "territory/verdict_list.html", context)


def _missing_rows(request: HttpRequest, chosen: dict[str, str]) -> HttpResponse:
    rows = selectors.verdicts_since(
        chosen,
        after=max(_numbers(request.GET.get("after", "")), default=0),
        shown=_numbers(request.GET.get("shown", "")),
        pending=_numbers(request.GET.get("pending", "")),
    )
    return render(request, "territory/_verdict_rows.html", {"placements": rows})


def _numbers(text: str) -> list[int]:
    """Return the numbers of rows in a text such as "3,1,2"; what is no such number is left out."""
    words = text.split(",", _MOST_NUMBERS)[:_MOST_NUMBERS]
    return [number for number in map(row_number, words) if number]


@members_page
def verdict(request: HttpRequest, pk: int) -> HttpResponse:
    """One verdict with all its reasons."""
    placement = access.get_placement_or_404(request.user, pk)
    names = selectors.names_of_bases(wording.mentioned_base_ids([placement]))
    infraction = getattr(placement, "infraction", None)
    is_judged = placement.state == placement.State.JUDGED
    facts = placement.reasons or {}
    ban = infraction and infraction.ban
    sees_deliveries = request.user.has_perm("territory.view_bandelivery")
    context = {
        "placement": placement,
        "infraction": infraction,
        "ban": ban,
        "deliveries": evidence.deliveries_of(ban) if ban and sees_deliveries else [],
        "now": timezone.now(),
        "kind": ladder.kind_of(placement),
        "version": placement.version,
        "base_name": names.get(placement.base_id or 0, ""),
        "map": evidence.map_of(placement, names, with_bases=request.user.has_perm("territory.view_base")),
        "raw_line": evidence.raw_line(placement.raw_line),
        "considered": wording.considered_bases(placement, names),
        "steps": ladder.ladder_of(placement, names) if is_judged else [],
        "reasons": wording.reasons_in_words(placement, names),
        "holds": wording.holds_in_words(placement),
        "policy": wording.POLICIES.get(facts.get("policy", ""), ""),
        "policy_source": wording.POLICY_SOURCES.get(facts.get("policy_source", ""), ""),
        "record": evidence.record_of(placement.player_id, besides=placement.pk),
        "searched": selectors.SEARCHED_PLACEMENTS,
    }
    return render(request, "territory/verdict_detail.html", context)
