"""Can I build here: yes or no as judging says, and of other people's bases nothing but that."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clans.models import User
from territory.models import GameServer, ItemRule, PlaceQuestion, StaffImmunity
from territory.pages.can_build.answer import Question, answer_for
from territory.rules.verdict import Outcome
from territory.services.asking import ask
from territory.services.questions import MOST_BY_PERSON
from territory.tests.factories import (
    join,
    make_base,
    make_clan,
    make_placement,
    make_player,
    make_server,
    make_user,
    make_visitor,
    permit,
)

pytestmark = pytest.mark.django_db
ADDRESS = "/bases/check/"
NO = "You may not: this is someone else&#x27;s base."


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="sul", platform="xbox", border_margin_m=6.0)


def signed_in(person: User | None) -> Client:
    browser = Client(headers={"accept-language": "en"})
    if person:
        browser.force_login(person)
    return browser


def asked(person: User | None, point: str = "5000 / 3000", item: str = "FenceKit", **fields: str) -> str:
    answer = signed_in(person).post(ADDRESS, {"point": point, "item": item} | fields)
    assert answer.status_code == 200
    return answer.content.decode()


def neutral(page: str) -> str:
    """Return a page without the token of its form and the number of questions that are left."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)
    return re.sub(r"\d+ questions? (is|are) left", "", page)


# -- Yes and no ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "says"),
    [
        ("owner", "45.0 m from the centre of your base “Fortaleza Norte”"),
        ("permission", "45.0 m from the centre of “Fortaleza Norte”, and you have a permission there"),
        ("clan", "45.0 m from the centre of “Fortaleza Norte”, and you are in its clan, TXS"),
    ],
)
def test_yes_names_the_base_and_the_right(server: GameServer, right: str, says: str) -> None:
    ana, clan = make_player("Ana"), make_clan()
    base = make_base(server, ana if right == "owner" else make_user(), clan=clan, radius_m=80)
    if right == "permission":
        permit(base, ana)
    if right == "clan":
        join(clan, ana)
    page = asked(ana, "5045 / 3000").replace("45 m", "45.0 m")
    assert "You may." in page
    assert says in page
    assert "35 m are left to the edge" in page
    assert "But the server does not know you yet" not in page


def test_forbidden_item_comes_first_and_place_plays_no_part(server: GameServer) -> None:
    ana = make_player("Ana")
    make_base(server, ana)
    inside, outside = (asked(ana, point, "ShelterKit") for point in ("5000 / 3000", "100 / 100"))
    for page in (inside, outside):
        assert "You may not, anywhere: this item is forbidden." in page
    assert "But nobody protects what you leave here" in asked(ana, "100 / 100")
    ItemRule.objects.create(pattern="Torch", policy="ignored")
    assert "This item does not count" in asked(ana, item="", other_item="Tocha<Torch>")


def test_person_without_player_is_told_that_the_server_does_not_know_who_it_is(server: GameServer) -> None:
    ana = make_user("ana")
    make_base(server, ana)
    page = asked(ana)
    assert "You may." in page
    assert "But the server does not know you yet" in page
    make_player("Bia", known=False)
    bia = User.objects.get(username="Bia")
    make_base(server, bia, x=9000)
    assert "does not know you yet" not in asked(bia, "9000 / 3000")
    GameServer.objects.update(platform="pc")  # where a name alone proves nothing
    assert "does not know you yet" in asked(bia, "9000 / 3000")


@pytest.mark.parametrize(
    ("point", "says"),
    [
        ("pos=<5000.0, 3000.0, 12.6>", "You may."),
        ("5.000,0 / 3.000,0", "You may."),
        ("here", "Write X and Z in metres"),
        ("20000 / 1", "That is not on the map"),
        ("", "This field is required."),
    ],
)
def test_points_are_read_as_people_write_them(server: GameServer, point: str, says: str) -> None:
    ana = make_player("Ana")
    make_base(server, ana)
    assert says in asked(ana, point)


WORLDS = st.tuples(
    st.sampled_from(["owner", "permission", "clan", "immune", "none"]),
    st.floats(4850, 5150),
    st.sampled_from(["FenceKit", "TireRepairKit", "LandMineTrap", "wall_wood_down", "Nobody_Knows_It"]),
    st.floats(0, 20),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=WORLDS)
def test_page_says_yes_exactly_when_the_rule_acquits(world: tuple[str, float, str, float]) -> None:
    right, x, item, margin_m = world
    server, ana, clan = (
        make_server(border_margin_m=margin_m),
        make_player(f"Ana{timezone.now().timestamp()}"),
        make_clan(str(timezone.now())),
    )
    base = make_base(server, ana if right == "owner" else make_user(), clan=clan)
    if right == "permission":
        permit(base, ana)
    if right == "clan":
        join(clan, ana)
    if right == "immune":
        StaffImmunity.objects.create(server=server, user=ana, granted_at=base.registered_at)
    now = timezone.now()
    answer = answer_for(ana, Question(server, x, 3000.0, item, item.islower(), now))
    verdict = ask(server, ana, x=x, z=3000.0, item=item, is_part=item.islower(), at=now).verdict
    assert answer.is_yes == (not verdict.is_guilty)
    assert answer.kind == {Outcome.INVASION: "invasion", Outcome.FORBIDDEN: "forbidden"}.get(
        verdict.outcome, "allowed"
    )
    [decisive] = [step for step in answer.steps if step.kind]
    assert decisive.kind == answer.kind


# -- Whereabouts --------------------------------------------------------------------------------------------------


def test_no_is_the_same_bytes_whatever_base_it_is(server: GameServer) -> None:
    """Owner, name, clan, size, distance, the edge and how many lie there: nothing of it changes a byte of the answer."""
    ana, owner = make_player("Ana"), make_player("Segredo Dono")
    make_base(server, ana, name="Minha", x=1000, z=1000)
    worlds: list[list[dict[str, Any]]] = [
        [{"x": 5000.0}],
        [{"x": 5040.5, "z": 3020.0, "radius_m": 50, "name": "Segredo"}],
        [{"x": 5199.0, "radius_m": 200, "clan": make_clan("Segredo")}],
        [{"x": 5100.0, "radius_m": 100}],  # the point lies on the edge, where the verdict would go to review
        [{"x": 5055.0, "radius_m": 50}],  # and here within the margin only
        [{"x": 4990.0}, {"x": 5010.0}, {"x": 5000.0, "z": 3090.0}],
    ]
    pages = set()
    for world in worlds:
        bases = [make_base(server, owner, **fields) for fields in world]
        page = asked(ana)
        assert NO in page
        assert "Segredo" not in page
        pages.add(neutral(page))
        for base in bases:
            base.delete()
    assert len(pages) == 1


def test_map_of_a_no_draws_the_point_and_own_bases_only(server: GameServer) -> None:
    ana = make_player("Ana")
    make_base(server, ana, name="Minha", x=5150, z=3000, radius_m=50)
    make_base(server, make_user(), name="Segredo", x=5000, z=3000, radius_m=90)
    answer = signed_in(ana).post(ADDRESS, {"point": "5000 / 3000", "item": "FenceKit"})
    data = answer.context["sheet"].as_data
    assert [circle["name"] for circle in data["circles"]] == ["Minha"]
    assert data["measure"] is None
    assert (
        answer.content.decode().count('class="b-') == 2
    )  # the same base on the wide picture and on the phone's


def test_questions_are_counted_noted_and_limited(server: GameServer) -> None:
    ana = make_player("Ana")
    browser = signed_in(ana)
    make_base(server, make_user())
    statuses = [
        browser.post(ADDRESS, {"point": "5000 / 3000"}).status_code for _ in range(MOST_BY_PERSON + 1)
    ]
    assert statuses == [200] * MOST_BY_PERSON + [429]
    assert PlaceQuestion.objects.filter(person=ana, kind="check", answer="no").count() == MOST_BY_PERSON
    assert "0 questions are left" in browser.get(ADDRESS).content.decode()
    assert browser.post(ADDRESS, {"point": "nowhere"}).status_code == 200  # no answer, no question


@pytest.mark.parametrize("query", ["base=%d", "placement=%d"])
def test_nobody_is_led_to_a_place_that_is_not_theirs(server: GameServer, query: str) -> None:
    base = make_base(server, make_user("dono"))
    placement = make_placement(server, base)
    number = base.pk if query.startswith("base") else placement.pk
    address = f"{ADDRESS}?{query % number}"
    assert signed_in(make_user()).get(address).status_code == 404
    assert signed_in(make_visitor("staff")).get(address).status_code == 404
    assert (
        "5045.5 / 3033.25"
        in signed_in(make_visitor("moderator")).get(f"{ADDRESS}?placement={placement.pk}").content.decode()
    )
    assert "5000 / 3000" in signed_in(base.owner).get(f"{ADDRESS}?base={base.pk}").content.decode()


# -- Staff --------------------------------------------------------------------------------------------------------


def test_staff_ask_about_any_player_at_any_time_and_get_the_whole_explanation(server: GameServer) -> None:
    ana, moderator = make_player("Ana"), make_visitor("moderator")
    base = make_base(server, make_user("dono"), name="Segredo")
    permit(base, ana, granted_at=timezone.now() - timedelta(days=2))
    now = asked(moderator, who="Ana")
    assert "Allowed." in now
    assert "Segredo" in now
    before = (timezone.now() - timedelta(days=3)).astimezone(server.zone).strftime("%Y-%m-%dT%H:%M:%S")
    then = asked(moderator, who="Ana", at=before)
    assert "Allowed." in then  # a right at judging pardons
    assert "What may be wrong" in then
    assert "Not allowed: an invasion." in asked(moderator, who="Estranho")
    assert not PlaceQuestion.objects.exists()
    assert "Write a time" in asked(moderator, who="Ana", at="yesterday")


def test_members_cannot_ask_about_others(server: GameServer) -> None:
    make_base(server, make_player("Ana"))
    page = asked(make_player("Bia"), who="Ana", at="2020-01-01T00:00")
    assert NO in page
    assert 'name="who"' not in page


def test_page_stands_with_a_server_or_without(server: GameServer) -> None:
    ana = make_user()
    assert signed_in(ana).get(f"{ADDRESS}?server=none").status_code == 404
    make_server(slug="norte", name="Norte")
    assert 'href="/bases/check/?server=norte"' in signed_in(ana).get(reverse("can-build")).content.decode()
    GameServer.objects.update(is_active=False)
    assert "There is no game server yet" in signed_in(ana).get(ADDRESS).content.decode()
