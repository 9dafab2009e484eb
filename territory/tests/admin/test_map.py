"""The small map on a base's page: where things are, whose they are, and nothing a name could break."""

import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from territory.admin import map as base_map
from territory.models import Base, GameServer
from territory.tests.admin.pages import ENGLISH, address, enter, page
from territory.tests.factories import make_base, make_server, make_user

pytestmark = pytest.mark.django_db
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '"><script>alert(1)</script>&'


def drawn(base: Base) -> ET.Element:
    """The picture as a browser reads it; what is no XML fails."""
    html = base_map.draw(base)
    svg = html[html.index("<svg") : html.index("</svg>") + len("</svg>")]
    return ET.fromstring(svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))


def circles(picture: ET.Element) -> dict[str, tuple[str, float, float, float]]:
    """By name: the kind of stroke, x, y and radius as drawn."""
    found = {}
    for group in picture.findall(f"{SVG}g"):
        area, text = group.find(f"{SVG}circle[@class='area']"), group.find(f"{SVG}text")
        if area is not None and text is not None:
            x, y, radius = (float(area.attrib[name]) for name in ("cx", "cy", "r"))
            found[str(text.text)] = (group.attrib["class"].removeprefix("base "), x, y, radius)
    return found


def test_base_stands_in_the_middle_and_north_is_up(server: GameServer) -> None:
    base = make_base(server, make_user(), name="Toca", radius_m=80)
    make_base(server, make_user(), name="Norte", z=base.z + 400)
    make_base(server, make_user(), name="Leste", x=base.x + 300)
    assert circles(drawn(base)) == {
        "Leste": ("stroke-0", 300.0, 0.0, 100.0),
        "Norte": ("stroke-1", 0.0, -400.0, 100.0),
        "Toca": ("own subject", 0.0, 0.0, 80.0),
    }


def test_circle_that_reaches_into_the_picture_is_drawn(server: GameServer) -> None:
    base = make_base(server, make_user(), name="Toca")
    for name, distance in (("Dentro", 1100.0), ("Fora", -1100.1)):
        make_base(server, make_user(), name=name, x=base.x + distance)
    assert set(circles(drawn(base))) == {"Toca", "Dentro"}


def test_only_bases_in_force_on_the_same_server_are_drawn(server: GameServer) -> None:
    base, now = make_base(server, make_user(), name="Toca"), timezone.now()
    make_base(server, make_user(), name="Antiga", x=base.x + 300, removed_at=now - timedelta(hours=1))
    make_base(server, make_user(), name="Até amanhã", x=base.x - 300, removed_at=now + timedelta(days=1))
    make_base(make_server(), make_user(), name="Outro servidor", x=base.x + 300)
    assert set(circles(drawn(base))) == {"Toca", "Até amanhã"}


@pytest.mark.parametrize(("distance", "overlaps"), [(200.0, True), (200.1, False)])
def test_overlap_begins_where_the_edges_touch(server: GameServer, distance: float, *, overlaps: bool) -> None:
    make_base(server, make_user(), name="Vizinha")
    unsaved = Base(server=server, owner=make_user(), name="Nova", x=5000.0 + distance, z=3000.0, radius_m=100)
    assert ("overlaps" in circles(drawn(unsaved))["Vizinha"][0]) is overlaps
    with translation.override("en"):
        assert ("<strong>overlaps</strong>" in base_map.draw(unsaved)) is overlaps


@pytest.mark.parametrize("language", dict(settings.LANGUAGES))
def test_land_ends_where_the_map_does_in_every_language(server: GameServer, language: str) -> None:
    with translation.override(language):
        land = drawn(make_base(server, make_user(), x=200.5, z=15_300.0)).find(f"{SVG}rect[@class='land']")
    assert land is not None
    edges = {name: float(land.attrib[name]) for name in ("x", "y", "width", "height")}
    assert edges == {"x": -200.5, "y": -60.0, "width": 15_360.0, "height": 15_360.0}


def test_names_are_escaped_and_clipped(server: GameServer) -> None:
    base = make_base(server, make_user("<b>dona</b>"), name=HOSTILE)
    make_base(server, make_user(), name="W" * 100, x=base.x + 300)
    assert "<script" not in base_map.draw(base)
    assert "W" * 25 not in base_map.draw(base)
    with translation.override("en"):
        assert sorted(circles(drawn(base))) == [HOSTILE[:23] + "…", "W" * 23 + "…"]


def test_picture_carries_no_style_and_no_script_and_its_classes_have_one(server: GameServer) -> None:
    base = make_base(server, make_user())
    make_base(server, base.owner, name="Anexo", z=base.z - 400)
    for number in range(8):
        make_base(server, make_user(), name=f"V{number}", x=base.x - 800 + 210 * number, z=base.z + 400)
    with CaptureQueriesContext(connection) as queries:
        html = base_map.draw(base)
    assert len(queries) == 1
    assert not re.search(r"\sstyle=|<style|<script|\son\w+=", html)
    styles = (settings.BASE_DIR / "static/css/admin.css").read_text()
    kinds = {kind for kind, *_rest in circles(drawn(base)).values()}
    assert kinds == {"own subject", "own"} | {f"stroke-{number}" for number in range(6)}
    assert all(f".{kind.split()[0]} " in styles for kind in kinds - {"stroke-0"})


def test_crowded_place_draws_the_nearest_and_says_so(
    server: GameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_map, "MOST_NEIGHBOURS", 2)
    base = make_base(server, make_user(), name="Toca")
    for number in range(1, 5):
        make_base(server, make_user(), name=f"V{number}", x=base.x + 210 * number)
    assert set(circles(drawn(base))) == {"Toca", "V1", "V2"}
    with translation.override("en"):
        assert "Only the 2 nearest are drawn." in base_map.draw(base)


# -- On the page --------------------------------------------------------------------------------------------------


def form(server: GameServer, /, **fields: Any) -> dict[str, Any]:
    counts = {
        f"{name}-{what}_FORMS": "0" for name in ("permissions", "revisions") for what in ("TOTAL", "INITIAL")
    }
    given = {"server": server.pk, "owner": make_user().pk, "name": "Nova", "x": "5150", "z": "3000"}
    return given | {"radius_m": "100"} | counts | fields


def test_new_base_has_a_map_after_a_save_that_was_refused(client: Client, server: GameServer) -> None:
    enter(client, "manager")
    stored = make_base(server, make_user(), name="Vizinha")
    assert '<figure class="base-map">' in page(client, "base", "change", stored.pk)
    assert "base-map" not in page(client, "base", "add")
    refused = client.post(address("base", "add"), form(server), headers=ENGLISH).content.decode()
    assert "Part of the circle is already taken" in refused
    assert '<figure class="base-map">' in refused
    assert "<strong>overlaps</strong>" in refused


@pytest.mark.parametrize(
    "gap", [{"x": ""}, {"server": ""}, {"radius_m": "wide"}, {"owner": ""}, {"z": "1e400"}]
)
def test_refused_base_with_gaps_still_has_its_page(
    client: Client, server: GameServer, gap: dict[str, str]
) -> None:
    enter(client, "manager")
    answer = client.post(address("base", "add"), form(server, **gap), headers=ENGLISH)
    assert answer.status_code == 200
    assert not Base.objects.exists()
