"""Can I build here: yes or no as judging says, and of other people's bases nothing but that."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clans.models import User
from territory.models import Base, GameServer, ItemRule, PlaceQuestion, StaffImmunity
from territory.pages.can_build.answer import BuildQuestion, answer_for
from territory.rules.verdict import Outcome
from territory.services import questions
from territory.services.asking import ask
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
    player_id,
)
from territory.tests.pages.members import Browser

pytestmark = pytest.mark.django_db
ADDRESS = "/bases/check/"
NO = "You may not: this is someone else&#x27;s base."


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="sul", platform="xbox", border_margin_m=6.0)


@pytest.fixture
def ana() -> User:
    return make_player("Ana")


def asked(person: User | None, point: str = "5000 / 3000", item: str = "FenceKit", **fields: str) -> str:
    return Browser(person).post(ADDRESS, {"point": point, "item": item} | fields)


def base_with_right(server: GameServer, person: User, right: str, clan: str = "TXS", **fields: Any) -> Base:
    """Make a base in which a person has this right, if it is one."""
    made = make_base(
        server, person if right == "owner" else make_user(), clan=(named := make_clan(clan)), **fields
    )
    if right == "permission":
        permit(made, person)
    if right == "clan":
        join(named, person)
    return made


# -- Yes and no ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "says"),
    [
        ("owner", "45 m from the centre of your base “Fortaleza Norte”"),
        ("permission", "45 m from the centre of “Fortaleza Norte”, and you have a permission there"),
        ("clan", "45 m from the centre of “Fortaleza Norte”, and you are in its clan, TXS"),
    ],
)
def test_yes_names_the_base_and_the_right(server: GameServer, ana: User, right: str, says: str) -> None:
    base_with_right(server, ana, right, radius_m=80)
    page = asked(ana, "5045 / 3000")
    for words in ("You may.", says, "35 m are left to the edge"):
        assert words in page
    assert "But the server does not know you yet" not in page


def test_forbidden_item_comes_first_and_place_plays_no_part(server: GameServer, ana: User) -> None:
    make_base(server, ana)
    for point in ("5000 / 3000", "100 / 100"):
        assert "You may not, anywhere: this item is forbidden." in asked(ana, point, "ShelterKit")
    assert "But nobody protects what you leave here" in asked(ana, "100 / 100")
    ItemRule.objects.create(pattern="Torch", policy="ignored")
    assert "This item does not count" in asked(ana, item="", other_item="Tocha<Torch>")


def test_person_without_player_is_told_that_the_server_does_not_know_who_it_is(server: GameServer) -> None:
    make_base(server, nobody := make_user())
    page = asked(nobody)
    assert "You may." in page
    assert "But the server does not know you yet" in page
    bia = make_player("Bia", known=False)
    make_base(server, bia, x=9000)
    assert "does not know you yet" not in asked(bia, "9000 / 3000")
    GameServer.objects.update(platform="pc")  # where a name alone proves nothing
    assert "does not know you yet" in asked(bia, "9000 / 3000")


@pytest.mark.parametrize(
    ("point", "says"),
    [
        ("pos=<5000.0, 3000.0, 12.6>", "You may."),
        ("here", "Write X and Z in metres"),
        ("20000 / 1", "That is not on the map"),
        ("", "This field is required."),
    ],
)
def test_points_are_read_as_people_write_them(server: GameServer, ana: User, point: str, says: str) -> None:
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
    now = timezone.now()
    server, ana = make_server(border_margin_m=margin_m), make_player(f"Ana{now.timestamp()}")
    base = base_with_right(server, ana, right, clan=str(now))
    if right == "immune":
        StaffImmunity.objects.create(server=server, user=ana, granted_at=base.registered_at)
    now = timezone.now()
    answer = answer_for(ana, BuildQuestion(server, x, 3000.0, item, item.islower(), now))
    verdict = ask(server, ana, x=x, z=3000.0, item=item, is_part=item.islower(), at=now).verdict
    kinds = {Outcome.INVASION: "invasion", Outcome.FORBIDDEN: "forbidden"}
    assert answer.is_yes == (not verdict.is_guilty)
    assert answer.kind == kinds.get(verdict.outcome, "allowed")
    assert [step.kind for step in answer.steps if step.kind] == [answer.kind]


# -- Whereabouts --------------------------------------------------------------------------------------------------


def test_no_is_the_same_bytes_whatever_base_it_is(server: GameServer, ana: User) -> None:
    """Owner, name, clan, size, distance, the edge and how many lie there: nothing of it changes a byte of the answer."""
    owner = make_player("Segredo Dono")
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
        # But for the form's token and the number of questions that are left.
        pages.add(re.sub(r'value="\w{64}"|\d+ questions? (is|are) left', "", page))
        for base in bases:
            base.delete()
    assert len(pages) == 1


def test_map_of_a_no_draws_the_point_and_own_bases_only(server: GameServer, ana: User) -> None:
    make_base(server, ana, name="Minha", x=5150, z=3000, radius_m=50)
    make_base(server, make_user(), name="Segredo", x=5000, z=3000, radius_m=90)
    answer = Browser(ana).client.post(ADDRESS, {"point": "5000 / 3000", "item": "FenceKit"})
    data = answer.context["sheet"].as_data
    assert [circle["name"] for circle in data["circles"]] == ["Minha"]
    assert data["measure"] is None
    # The same base on the wide picture and on the phone's.
    assert answer.content.decode().count('class="b-') == 2


def test_questions_are_counted_noted_and_limited(
    server: GameServer, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "MOST_BY_PERSON", 2)
    client = Browser(ana).client
    make_base(server, make_user())
    point = {"point": "5000 / 3000"}
    assert [client.post(ADDRESS, point).status_code for _ in range(3)] == [200, 200, 429]
    assert PlaceQuestion.objects.filter(person=ana, kind="check", answer="no").count() == 2
    assert "0 questions are left" in Browser(ana).get(ADDRESS)
    assert client.post(ADDRESS, {"point": "nowhere"}).status_code == 200  # no answer, no question


def test_nobody_is_led_to_a_place_that_is_not_theirs(server: GameServer) -> None:
    base = make_base(server, make_user("dono"))
    placement = make_placement(server, base)
    by_base, by_placement = f"{ADDRESS}?base={base.pk}", f"{ADDRESS}?placement={placement.pk}"
    for browser in (Browser(make_user()), Browser(make_visitor("staff"))):
        browser.get(by_base, status=404)
        browser.get(by_placement, status=404)
    assert "5045.5 / 3033.25" in Browser(make_visitor("moderator")).get(by_placement)
    assert "5000 / 3000" in Browser(base.owner).get(by_base)


# -- Staff --------------------------------------------------------------------------------------------------------


def test_staff_ask_about_any_player_at_any_time_and_get_the_whole_explanation(
    server: GameServer, ana: User
) -> None:
    moderator = make_visitor("moderator")
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
    assert "Allowed." in asked(moderator, who=player_id("Ana"))
    assert not PlaceQuestion.objects.exists()
    assert "Write a time" in asked(moderator, who="Ana", at="yesterday")


def test_members_cannot_ask_about_others(server: GameServer, ana: User) -> None:
    make_base(server, ana)
    page = asked(make_player("Bia"), who="Ana", at="2020-01-01T00:00")
    assert NO in page
    assert 'name="who"' not in page


def test_page_stands_with_a_server_or_without(server: GameServer, ana: User) -> None:
    browser = Browser(ana)
    browser.get(f"{ADDRESS}?server=none", status=404)
    make_server(slug="norte", name="Norte")
    assert 'href="/bases/check/?server=norte"' in browser.get(ADDRESS)
    GameServer.objects.update(is_active=False)
    assert "There is no game server yet" in browser.get(ADDRESS)
