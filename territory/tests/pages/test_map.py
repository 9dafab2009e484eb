"""The map: each reader gets the places that are theirs to see, in HTML and JSON, and staff all of a time."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clans.models import User
from territory.models import GameServer
from territory.pages.map import acts
from territory.tests.factories import (
    join,
    make_base,
    make_clan,
    make_infraction,
    make_placement,
    make_server,
    make_user,
    make_visitor,
    permit,
)
from territory.tests.pages.members import Browser

pytestmark = pytest.mark.django_db
PAGE, DATA = "/map/", "/map/data"


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="sul", name="Sul")


def page_of(person: User, query: str = "") -> str:
    return Browser(person).get(PAGE + query)


def data_of(person: User, query: str = "") -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Browser(person).get(DATA + query))
    return data


# -- Who sees which places ----------------------------------------------------------------------------------------


@pytest.fixture
def world(server: GameServer) -> dict[str, User]:
    """Bases of all kinds, and acts; the secret ones lie at places that nothing else has."""
    clan, other = make_clan("Meu"), make_clan("Outro")
    member = make_user("membro")
    join(clan, member)
    join(other, member, left_at=timezone.now() - timedelta(days=1))
    dono = make_user("dono")
    make_base(server, member, name="Minha Casa", x=1111, z=1111)
    make_base(server, dono, name="Do Cla", x=2222, z=2222, clan=clan)
    permit(make_base(server, dono, name="Do Amigo", x=3333, z=3333), member)
    secret = make_base(server, dono, name="Segredo", x=7777.25, z=8888.25)
    over = make_base(server, dono, name="Segredo revogado", x=7777.25, z=9999.25)
    permit(over, member, revoked_at=timezone.now() - timedelta(days=1))
    make_base(server, dono, name="Segredo do outro cla", x=7777.25, z=10888.25, clan=other)
    removed_at = timezone.now() - timedelta(days=1)
    make_base(server, member, name="Segredo removido", x=7777.25, z=11888.25, removed_at=removed_at)
    make_infraction(server, secret, gamertag="Segredo Invasor")
    return {"member": member, "dono": dono}


NO_SECRETS = ("Segredo", "7777", "8888", "5045", "3033", "/staff/verdicts/", "/admin/territory/")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?hours=720&layer=invasion&layer=base",
        "?q=Segredo",
        "?table=acts",
        "?server=sul&west=0&south=0&east=15360&north=15360",
    ],
)
def test_members_get_their_own_places_and_nobody_elses(world: dict[str, User], query: str) -> None:
    page, data = page_of(world["member"], query), data_of(world["member"], query)
    for text in (page, json.dumps(data)):
        answer = text.replace(query.removeprefix("?").replace("&", "&amp;"), "")
        assert [secret for secret in NO_SECRETS if secret in answer] == []
    assert {circle["name"] for circle in data["circles"]} == {"Minha Casa", "Do Cla", "Do Amigo"}
    assert data["points"] == []
    assert {circle["name"]: circle["css"] for circle in data["circles"]}["Minha Casa"] == "b-own"
    for name in ("Minha Casa", "Do Cla", "Do Amigo"):
        assert name in page


@pytest.mark.parametrize(
    ("is_staff", "rights"),
    [(True, []), (True, ["view_base"]), (True, ["view_placement"]), (False, ["view_base", "view_placement"])],
)
def test_without_both_rights_or_being_staff_one_sees_what_members_see(
    world: dict[str, User], rights: list[str], *, is_staff: bool
) -> None:
    person = make_user("equipe", is_staff=is_staff)
    codes = Permission.objects.filter(content_type__app_label="territory", codename__in=rights)
    person.user_permissions.set(codes)
    assert data_of(person) == {"circles": [], "points": []}
    assert "Segredo" not in page_of(person)


def test_staff_with_the_rights_see_all_bases_and_acts(world: dict[str, User], moderator: User) -> None:
    data, page = data_of(moderator), page_of(moderator)
    assert {circle["css"] for circle in data["circles"]} == {"b-other"}
    assert len(data["circles"]) == 6  # the removed one is over
    [point] = data["points"]
    assert (point["kind"], point["name"], point["x"]) == ("invasion", "Segredo Invasor", 5045.5)
    assert point["url"].startswith("/staff/verdicts/")
    for text in ("6 bases", "1 placement", "1 against the rule", "Segredo Invasor", "5,046 / 3,033"):
        assert text in page
    assert "Segredo revogado" in page_of(moderator, "?table=bases")


# -- What staff choose --------------------------------------------------------------------------------------------


def test_layers_times_and_names_choose_the_points(server: GameServer, moderator: User) -> None:
    base = make_base(server, make_user("dono"), name="Alvo")
    now = timezone.now()
    make_infraction(server, base, gamertag="Invasor")
    make_infraction(server, base, gamertag="Revisto", status="review")
    make_infraction(server, base, gamertag="Perdoado", status="lifted")
    make_placement(server, gamertag="Amigo")
    make_placement(server, gamertag="Velho", occurred_at=now - timedelta(days=3))
    make_placement(server, gamertag="Perdido", state="unusable", outcome="", x=None, z=None)
    make_placement(make_server(), gamertag="Longe")

    def shown(query: str) -> dict[str, str]:
        return {point["name"]: point["kind"] for point in data_of(moderator, query)["points"]}

    day = {"Invasor": "invasion", "Revisto": "review", "Perdoado": "observed", "Amigo": "allowed"}
    assert shown("?server=sul") == day
    assert shown("?server=sul&hours=168") == day | {"Velho": "allowed"}
    assert shown("?server=sul&layer=review&layer=base") == {"Revisto": "review"}
    assert shown("?server=sul&q=alvo") == {"Invasor": "invasion", "Revisto": "review", "Perdoado": "observed"}
    local = (now - timedelta(days=2)).astimezone(server.zone).strftime("%Y-%m-%dT%H:%M")
    assert shown(f"?server=sul&until={local}&hours=168") == {"Velho": "allowed"}
    assert shown("?server=sul&since=nonsense&hours=x&layer=none&west=nan&south=inf&east=a") == day
    assert data_of(moderator, "?server=sul&layer=review")["circles"] == []
    page = page_of(moderator, "?server=sul&layer=review")
    assert "Revisto" in page
    assert "Invasor" not in page
    Browser(moderator).get(f"{DATA}?server=none", status=404)


def test_many_points_are_grouped_and_a_part_of_the_map_shows_them(
    server: GameServer, moderator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("territory.pages.map.views.MOST_POINTS", 5)
    for number in range(6):
        make_placement(server, gamertag=f"P{number}", x=1000 + number, z=1000)
    lone = make_placement(server, x=9000, z=9000, gamertag="Longe")
    data = data_of(moderator)
    assert data["isGrouped"]
    assert sorted((point["kind"], point.get("count", 1)) for point in data["points"]) == [
        ("allowed", 1),
        ("cluster", 6),
    ]
    near = data_of(moderator, "?west=8000&south=8000&east=10000&north=10000")
    assert not near["isGrouped"]
    assert [point["url"] for point in near["points"]] == [f"/staff/verdicts/{lone.pk}/"]
    assert "data-atlas-said hidden" in page_of(moderator)


def test_too_many_rows_shorten_the_time_and_the_page_says_so(
    server: GameServer, moderator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acts, "MOST_ROWS", 3)
    for minutes in range(1, 8):
        make_placement(
            server, occurred_at=timezone.now() - timedelta(minutes=minutes), gamertag=f"P{minutes}"
        )
    page = page_of(moderator)
    assert "3 placements" in page
    assert "are looked at, back to" in page
    assert {point["name"] for point in data_of(moderator)["points"]} == {"P1", "P2", "P3"}


def test_figures_histogram_and_table_say_the_same(server: GameServer, moderator: User) -> None:
    base = make_base(server, make_user("dono"))
    for _ in range(3):
        make_placement(server, base)
    for hours in range(60):
        make_placement(server, occurred_at=timezone.now() - timedelta(minutes=1 + 20 * hours))
    answer = Browser(moderator).client.get(PAGE)
    acts, chart, page = (answer.context[name] for name in ("acts", "chart", "page"))
    assert (acts.total, acts.guilty, acts.shown, page.paginator.count) == (63, 3, 63, 63)
    assert sum(sum(figures) for _day, figures in chart.rows) == 63
    assert len(page.object_list) == 15
    last = Browser(moderator).client.get(f"{PAGE}?page=5").context["page"]
    assert len(last.object_list) == 3


# -- Costs --------------------------------------------------------------------------------------------------------


def queries(person: User, address: str) -> int:
    browser = Browser(person)
    browser.get(address)
    with CaptureQueriesContext(connection) as log:
        browser.get(address)
    return len(log)


@pytest.mark.parametrize("address", [PAGE, DATA, f"{PAGE}?table=bases"])
@pytest.mark.parametrize("role", ["member", "moderator"])
def test_number_of_queries_is_fixed(server: GameServer, role: str, address: str) -> None:
    person = make_visitor(role)
    assert person
    make_infraction(server, make_base(server, person, name="Uma"))
    few = queries(person, address)
    clan = make_clan()
    join(clan, person)
    for number in range(12):
        base = make_base(server, make_user(), name=f"B{number}", x=6000 + 400 * number, clan=clan)
        make_infraction(server, base, gamertag=f"G{number}")
    assert queries(person, address) == few
    assert few <= 16


def test_a_time_is_found_by_its_index() -> None:
    """Few rows are always read whole; with many the planner is not asked but told what there is."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT * FROM territory_placement WHERE occurred_at > now() - interval '1 hour'"
        )
        assert "territory_placement_time" in str(cursor.fetchall())
