"""The territory in figures, for everybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from face.parts import Stat
from territory.filters import ServerFilter
from territory.models import GameServer
from territory.pages.statistics.figures import TerritoryFigures, finding, territory_figures
from territory.pages.wall.entries import is_silent, public_servers


@require_safe
def statistics(request: HttpRequest) -> HttpResponse:
    """Bases, invasions and forbidden items of all game servers, or of the one chosen."""
    servers = public_servers()
    form = ServerFilter(request.GET, servers=servers)
    slug = form.chosen().get("server")
    server = GameServer.objects.get(slug=slug) if slug else None
    figures = territory_figures(request.user, server, timezone.now())
    said = _("No game server publishes its wall.") if is_silent(servers) else finding(figures)
    context = {"form": form, "figures": figures, "finding": said, "strip": _strip(figures)}
    return render(request, "territory/statistics.html", context)


def _strip(figures: TerritoryFigures) -> list[Stat]:
    week, month = figures.week - figures.week_before, figures.month - figures.month_before
    return [
        Stat(_("Invasions today"), figures.today),
        Stat(_("In 7 days"), figures.week, change=week, is_good=week < 0),
        Stat(_("In 30 days"), figures.month, change=month, is_good=month < 0),
        Stat(_("Bases in force"), figures.bases),
        Stat(
            _("Bans lifted by staff"),
            figures.bans_lifted,
            note=_("of %(all)d") % {"all": figures.bans},
            css="full",
        ),
    ]
