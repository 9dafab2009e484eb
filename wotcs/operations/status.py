"""The public page of the site's state: what works, what is late, in words that players understand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from analytics.home.freshness import Freshness, freshness
from face.parts import Kind, Text
from wotcs.operations.figures import Figure, Level
from wotcs.operations.health import signs

# What each queue of rows does for players, and the workers that do it.
_WORK: Final[dict[str, tuple[Text, str]]] = {
    "placements": (_("Judging of placements"), "placements"),
    "ban_deliveries": (_("Bans to the game servers"), "bans"),
    "announcements": (_("Announcements on Discord"), "outbound"),
    "syncs": (_("Readings from Wargaming"), "sync"),
}


@dataclass(frozen=True, slots=True)
class Service:
    """Something that the site does for players, and whether it does."""

    name: Text
    kind: Kind
    state: Text
    at: datetime | None = None


@require_safe
@never_cache
def status(request: HttpRequest) -> HttpResponse:
    """The state of the site, for everybody: names of game servers and ages, no errors and nothing that rows hold."""
    now = timezone.now()
    services = [*_work(signs(now)), *map(_source, freshness(now))]
    order = ("invasion", "review", "allowed")
    worst = min(services, key=lambda service: order.index(service.kind))
    context = {
        "services": services,
        "worst": None if worst.kind == "allowed" else worst,
        "is_all_late": all(service.kind != "allowed" for service in services),
        "checked_at": now,
    }
    return render(request, "face/status.html", context)


def _work(figures: Sequence[Figure]) -> list[Service]:
    needs_look = {figure.key: figure.level for figure in figures if figure.level is not Level.OK}
    services = []
    for rows, (name, queue) in _WORK.items():
        if "broker" in needs_look or f"workers_seconds_ago:{queue}" in needs_look:
            services.append(Service(name, "invasion", _("stands still")))
        elif f"oldest_due_seconds:{rows}" in needs_look:
            services.append(Service(name, "review", _("late")))
        else:
            services.append(Service(name, "allowed", _("works")))
    return services


def _source(fresh: Freshness) -> Service:
    return Service(fresh.name, fresh.kind, fresh.trouble or _("works"), fresh.at)
