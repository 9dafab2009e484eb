"""The wall of shame, for everybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from face.parts import columns
from territory import selectors
from territory.access import cases_in_sight
from territory.filters import WallFilter
from territory.pages.wall.entries import Wall, is_silent, public_servers, wall_page

_WALL_COLUMNS = columns(_("No."), _("Player"), _("Infraction"), _("Where"), _("When"), _("Ban"))


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
