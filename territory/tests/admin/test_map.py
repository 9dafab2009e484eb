"""The small map on a base's page: who is around, what overlaps, and nothing a name could break."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from territory.admin import map as base_map
from territory.models import Base, GameServer
from territory.tests.admin.pages import ENGLISH, address, enter, page
from territory.tests.factories import make_base, make_server, make_user

pytestmark = pytest.mark.django_db


def neighbours(base: Base) -> list[str]:
    """The lines below the picture, in English."""
    with translation.override("en"):
        caption = base_map.draw(base).partition("<figcaption>")[2]
    return [line.partition("</li>")[0] for line in caption.split("<li>")[1:]]


def test_neighbours_in_force_on_the_same_server_are_drawn_and_listed_nearest_first(
    server: GameServer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    base, now = make_base(server, make_user(), name="Toca"), timezone.now()
    for name, distance in (("Dentro", 1100.0), ("Fora", -1100.1)):
        make_base(server, make_user(), name=name, x=base.x + distance)
    make_base(server, make_user(), name="Antiga", x=base.x + 300, removed_at=now - timedelta(hours=1))
    make_base(server, make_user(), name="Até amanhã", x=base.x - 300, removed_at=now + timedelta(days=1))
    make_base(server, base.owner, name="Anexo", z=base.z + 400)
    make_base(make_server(), make_user(), name="Outro servidor", x=base.x + 300)
    with django_assert_num_queries(1):
        picture = base_map.draw(base)
    assert picture.count('class="b-other"') == 2
    assert picture.count('class="b-own"') == picture.count('class="b-edit"') == 1
    names = [line.partition(">")[2].partition("<")[0] for line in neighbours(base)]
    assert names == ["Até amanhã", "Anexo", "Dentro"]


@pytest.mark.parametrize(("distance", "overlaps"), [(200.0, True), (200.1, False)])
def test_overlap_begins_where_the_edges_touch(server: GameServer, distance: float, *, overlaps: bool) -> None:
    make_base(server, make_user(), name="Vizinha")
    unsaved = Base(server=server, owner=make_user(), name="Nova", x=5000.0 + distance, z=3000.0, radius_m=100)
    [line] = neighbours(unsaved)
    assert ("<strong>overlaps</strong>" in line) is overlaps


def test_names_are_escaped_and_clipped(server: GameServer) -> None:
    base = make_base(server, make_user("<b>dona</b>"), name='"><script>alert(1)</script>&')
    make_base(server, base.owner, name="W" * 100, x=base.x + 300)
    picture = base_map.draw(base)
    assert "<script" not in picture
    assert "<b>" not in picture
    assert "W" * 41 not in picture


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
