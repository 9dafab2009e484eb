from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from clans.models import User
from justice.case_page import ACTS
from justice.models import CaseNote
from justice.tests.pages import decide, html, make_staff, read, signed_in, waiting
from territory.ban_codes import code_of
from territory.models import Base, Case, GameServer, PlayerIdentity
from territory.services.deciding import confirm_case
from territory.tests.factories import (
    ban_by_hand,
    make_infraction,
    make_server,
    make_user,
    player_id,
)


@pytest.fixture
def case(server: GameServer, base: Base) -> Case:
    made = waiting(server, base)
    confirm_case(made, by=make_staff("rafa", display_name="Rafa Mota"), reason="visto no vídeo")
    made.refresh_from_db()
    CaseNote.objects.create(case=made, text="Nando diz que chamou", by=User.objects.get(username="rafa"))
    return made


def banned_person(player: str = "Invasor") -> User:
    """Somebody who is proven to be a player with the gamertag of the banned."""
    person = make_user("farofa")
    PlayerIdentity.objects.create(user=person, gamertag="Invasor", player_id=player_id(player))
    return person


def page_of(case: Case) -> str:
    return reverse("case", args=[case.pk])


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("moderator", 200),
        ("staff without rights", 404),
        ("banned", 200),
        ("owner", 200),
        ("member", 404),
        ("other player of the same name", 404),
        ("anonymous", 302),
    ],
)
def test_who_reads_a_case(case: Case, who: str, status: int) -> None:
    people: dict[str, Callable[[], User | None]] = {
        "moderator": lambda: make_staff("mod", "moderator"),
        "banned": banned_person,
        "owner": lambda: User.objects.get(username="dona"),
        "staff without rights": lambda: make_user("equipe", is_staff=True),
        "member": make_user,
        "other player of the same name": lambda: banned_person("xara"),
        "anonymous": lambda: None,
    }
    answer = signed_in(people[who]()).get(page_of(case))
    assert answer.status_code == status
    if status == 200:
        assert "no-store" in answer["cache-control"]
        assert 'content="noindex' in answer.content.decode()


def test_staff_read_everything(desk: Client, case: Case) -> None:
    page = read(desk, page_of(case))
    assert case.ban_id is not None
    for words in (
        "Invasor invaded Fortaleza Norte",
        "Banned permanent",
        code_of(case.ban_id),
        "X 5045.5",
        "placed Fence Kit<FenceKit>",
        "Rafa Mota confirmed and banned",
        "The rule opened the case",
        "visto no vídeo",
        "Nando diz que chamou",
        "Cases that count 1",
        "a ban.txt on this machine",
        "None of these: is it an invasion?",
    ):
        assert words in page


def test_the_banned_read_why_and_where_to_appeal_but_no_whereabouts_and_no_names(case: Case) -> None:
    client = signed_in(banned_person())
    page, whole = read(client, page_of(case)), html(client, page_of(case))
    assert case.ban_id is not None
    for words in (
        "Invasor invaded Fortaleza Norte",
        code_of(case.ban_id),
        "Staff confirmed and banned",
        "visto no vídeo",
        "None of these: is it an invasion?",
    ):
        assert words in page
    assert f'href="{reverse("my-ban", args=[case.ban_id])}"' in whole
    for secret in (
        "5045",
        "3033",
        "45.0",
        "45,0",
        "dona",
        "Rafa",
        "Nando",
        "PROVA-SECRETA",
        "mapbox",
        "FenceKit&gt;",
    ):
        assert secret not in whole


def test_a_player_whose_case_only_waits_reads_nothing(server: GameServer, base: Base) -> None:
    assert signed_in(banned_person()).get(page_of(waiting(server, base))).status_code == 404


def test_the_owner_reads_what_was_done_in_the_own_base_and_where(case: Case) -> None:
    client = signed_in(User.objects.get(username="dona"))
    whole = html(client, page_of(case))
    assert "5045.5" in whole
    assert "mapbox" in whole
    for secret in ("Rafa", "Nando", "visto no vídeo", "PROVA-SECRETA", player_id("Invasor"), "raw"):
        assert secret not in whole.partition("<main")[2]


def test_a_lifted_mistake_does_not_count(desk: Client, server: GameServer, base: Base, case: Case) -> None:
    decide(desk, case, "mistake")
    second = waiting(make_server(slug="norte"), base)
    confirm_case(second, by=make_staff("nina"), reason="x")
    page = read(desk, page_of(second))
    assert "Cases that count 1" in page
    assert "does not count" in page
    assert "mistake of the community" in page


def test_many_acts_stand_on_pages_with_as_many_queries_as_one(
    desk: Client, server: GameServer, base: Base, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    case = waiting(server, base)
    address = page_of(case)
    read(desk, address)  # fills the cache
    with CaptureQueriesContext(connection) as queries:
        read(desk, address)
    for _number in range(ACTS + 4):
        make_infraction(server, base, status="review", case=case)
    with django_assert_num_queries(len(queries)):
        page = read(desk, address)
    assert page.count("Fence Kit") == ACTS
    assert "Show the next acts" in page
    after = case.infractions.order_by("pk")[ACTS - 1].pk
    assert read(desk, address, after=after).count("Fence Kit") == 5
    for nonsense in ("x", "-1", "9" * 30):
        read(desk, address, after=nonsense)


def test_notes_are_added_by_staff_alone(desk: Client, case: Case) -> None:
    address = reverse("case-note", args=[case.pk])
    assert desk.post(address, {"text": "liguei <b>pra ele</b>"}).status_code == 302
    assert "liguei &lt;b&gt;pra ele&lt;/b&gt;" in html(desk, page_of(case))
    assert desk.post(address, {"text": ""}).status_code == 302
    assert CaseNote.objects.count() == 2
    assert signed_in(User.objects.get(username="dona")).post(address, {"text": "x"}).status_code == 404


def test_a_ban_by_staff_has_a_case_without_acts_of_the_log(desk: Client, server: GameServer) -> None:
    ban = ban_by_hand(server, "Trapaceiro", evidence="veja https://example.org/v <script>")
    case = ban.cases.get()
    page = read(desk, page_of(case))
    assert "Trapaceiro: Trapaça" in page or "Trapaceiro: cheating" in page
    assert "veja" in page
    assert "<script>alert" not in page


def test_the_wall_and_the_verdict_link_to_the_case_for_those_who_may_read_it(
    desk: Client, case: Case
) -> None:
    address = page_of(case)
    placement = case.infractions.get().placement
    assert placement is not None
    for who, is_linked in (
        (desk, True),
        (signed_in(User.objects.get(username="dona")), True),
        (signed_in(make_user("qualquer")), False),
        (Client(), False),
    ):
        assert (f'href="{address}"' in html(who, reverse("wall"))) == is_linked
    assert f'href="{address}"' in html(desk, reverse("verdict", args=[placement.pk]))
