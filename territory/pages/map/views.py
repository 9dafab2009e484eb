"""The map: of the bases that somebody may see, and for staff of everything on a game server."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clans.models import User
from common.members import members_page
from face.game_maps import GameMap, point_data
from face.maps import Point
from face.parts import Chip, Column, columns
from territory import access
from territory.models import Base, GameServer
from territory.pages.map import atlas
from territory.pages.map.acts import MOST_POINTS, MOST_ROWS, Acts
from territory.pages.map.atlas import Box, MapChoice, MapFilter
from territory.pages.map.sheets import sheet_of
from territory.selectors import counted_page

_MOST_DRAWN, _CELLS = 100, 10  # in the picture that the server writes
_PAGE = 15
_BASE_COLUMNS = [
    *columns(gettext_lazy("Base"), gettext_lazy("Owner"), gettext_lazy("Clan")),
    Column("X / Z", css="num"),
    Column(gettext_lazy("Radius"), css="num"),
]
_ACT_COLUMNS = [
    *columns(gettext_lazy("When"), gettext_lazy("Player"), gettext_lazy("Item")),
    *columns(gettext_lazy("Verdict"), gettext_lazy("Base")),
    Column("X / Z", css="num"),
]


@members_page
def atlas_page(request: HttpRequest) -> HttpResponse:
    """The map of a game server with the bases that the reader may see; staff see all, and the placements of a time."""
    person, servers = access.signed_in(request), _servers()
    if not servers:
        return render(request, "territory/map.html", {"servers": []})
    server = access.chosen_server_or_404(request, servers)
    if access.sees_positions(person):
        return render(
            request, "territory/map.html", {"servers": servers} | _for_staff(request, person, server)
        )
    bases = atlas.bases_for(person, server, at=timezone.now())
    context = {
        "servers": servers,
        "server": server,
        "shapes": [("base", "")],
        "sheet": _sheet(person, server, bases),
        "bases": bases,
        "columns": _BASE_COLUMNS,
        "page": Paginator(bases, _PAGE).get_page(request.GET.get("page")),
        "table": "bases",
    }
    return render(request, "territory/map.html", context)


@members_page
def map_data(request: HttpRequest) -> HttpResponse:
    """The same as data for the map's script, of the part of the map that is in sight."""
    person = access.signed_in(request)
    server = access.chosen_server_or_404(request, _servers())
    now = timezone.now()
    if not access.sees_positions(person):
        bases = atlas.bases_for(person, server, at=now)
        return JsonResponse({"circles": [atlas.base_data(base, person) for base in bases], "points": []})
    choice = MapFilter(request.GET, server=server).chosen(now)
    bases = _chosen_bases(person, choice)
    points, is_grouped = Acts(choice).points(Box.read(request.GET, server.map_size_m), most=MOST_POINTS)
    answer = {
        "circles": [atlas.base_data(base, person) for base in bases],
        "points": [point_data(point, **card) for point, card in points],
        "isGrouped": is_grouped,
    }
    return JsonResponse(answer)


def _servers() -> list[GameServer]:
    return list(GameServer.objects.filter(is_active=True).order_by("name", "slug"))


def _chosen_bases(person: User, choice: MapChoice) -> list[Base]:
    if "base" not in choice.layers:
        return []
    return atlas.bases_for(person, choice.server, at=timezone.now(), q=choice.q)


def _for_staff(request: HttpRequest, person: User, server: GameServer) -> dict[str, Any]:
    """Return what staff see besides."""
    form = MapFilter(request.GET, server=server)
    choice = form.chosen(timezone.now())
    acts, bases = Acts(choice), _chosen_bases(person, choice)
    points, is_grouped = acts.points(Box.read(request.GET, server.map_size_m), most=_MOST_DRAWN, cells=_CELLS)
    shows_bases = request.GET.get("table") == "bases"
    counts = {"base": len(bases)} | dict(acts.counts)
    return {
        "server": server,
        "shapes": atlas.SHAPES.items(),
        "form": form,
        "choice": choice,
        "acts": acts,
        "bases": bases,
        "layers": [
            (name, words, counts[name], name in choice.layers) for name, words in atlas.LAYERS.items()
        ],
        "presets": [
            Chip(
                words, _address(request, hours=hours, since=None, until=None), is_chosen=hours == choice.hours
            )
            for hours, words in atlas.PRESETS.items()
        ],
        "chart": acts.histogram(),
        "is_grouped": is_grouped,
        "most_points": MOST_POINTS,
        "most_rows": MOST_ROWS,
        "sheet": _sheet(person, server, bases, [point for point, _card in points], is_near=bool(choice.q)),
        "table": "bases" if shows_bases else "acts",
        "columns": _BASE_COLUMNS if shows_bases else _ACT_COLUMNS,
        "page": Paginator(bases, _PAGE).get_page(request.GET.get("page"))
        if shows_bases
        else _acts_page(request, acts),
    }


def _acts_page(request: HttpRequest, acts: Acts) -> Page[Any]:
    rows = acts.rows().select_related("base").defer("raw_line", "origin", "origin_id")
    newest = rows.order_by("-occurred_at", "-pk")
    page = counted_page(newest, _PAGE, request.GET.get("page"), count=acts.shown)
    for placement in page.object_list:
        placement.shape_words = atlas.SHAPES[placement.shape]
    return page


def _address(request: HttpRequest, **changes: str | None) -> str:
    query = request.GET.copy()
    for name, value in {"page": None, **changes}.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}"


def _sheet(
    person: User,
    server: GameServer,
    bases: Sequence[Base],
    points: Sequence[Point] = (),
    *,
    is_near: bool = True,
) -> GameMap:
    """Return the map; with `is_near` around what stands on it, unless that is all over the map."""
    circles = [atlas.drawn_circle(base, person) for base in bases]
    label = _("Map of %(server)s with its bases") % {"server": server}
    x = [one.x for one in circles] + [one.x for one in points]
    z = [one.z for one in circles] + [one.z for one in points]
    width_m = max(900.0, 1.5 * max(max(x) - min(x), max(z) - min(z))) if x and is_near else server.map_size_m
    if width_m >= server.map_size_m:
        return sheet_of(server, label, circles=circles, points=points)
    centre = ((max(x) + min(x)) / 2, (max(z) + min(z)) / 2)
    return sheet_of(server, label, centre=centre, width_m=width_m, circles=circles, points=points)
