"""Whereabouts are secrets: what a stranger learns by asking, however often; and what happens at once."""

import re
import threading
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clans.models import User
from territory.models import Base, GameServer, Infraction, PlaceQuestion
from territory.services import bases, questions
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.database import at_once
from territory.tests.factories import (
    incoming,
    make_base,
    make_clan,
    make_player,
    make_server,
    make_user,
    permit,
)
from territory.tests.pages.members import Browser, base_fields

TAKEN = "Part of the circle is already taken."
_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


@pytest.fixture
def server(db: None) -> GameServer:
    return make_server(slug="sul")


def ask(browser: Browser, server: GameServer, act: str = "try", **fields: Any) -> str:
    return browser.post("/bases/new/", base_fields(server, act=act, **fields))


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["try", "save"])
def test_taken_circle_says_nothing_else(server: GameServer, act: str) -> None:
    clan = make_clan("OURO")
    make_base(
        server, make_player("Nando"), name="Fortaleza", place="igreja", x=5100, z=3070, radius_m=80, clan=clan
    )
    page = ask(Browser(make_player("Espia")), server, act)
    assert TAKEN in page
    assert "Had it counted" not in page
    for secret in ("Fortaleza", "Nando", "igreja", "OURO", "5100", "3070"):
        assert secret not in page, secret
    assert Base.objects.count() == 1


@pytest.mark.django_db
def test_answer_is_the_same_whichever_and_however_many_bases_are_hit(server: GameServer) -> None:
    browser, answers = Browser(make_player("Espia")), []

    def answer() -> None:
        with CaptureQueriesContext(connection) as queries:
            page = ask(browser, server)
        answers.append((len(queries), _CSRF.sub("", page)))
        Base.objects.all().delete()

    make_base(server, make_player("Longe"), x=5270, radius_m=170)
    answer()
    make_base(server, make_user(), clan=make_clan("OURO"))
    answer()
    many = make_user()
    for number in range(5):
        make_base(server, many, x=4900 + number, radius_m=50)
    answer()
    assert TAKEN in answers[0][1]
    assert len(set(answers)) == 1


@pytest.mark.django_db
def test_after_some_questions_nothing_is_answered_and_nothing_saved(
    server: GameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "MOST_BY_PERSON", 2)
    make_base(server, make_user())
    client = Browser(make_player("Espia")).client
    places = [
        ("try", "5000 / 3000"),
        ("save", "5000 / 3100"),
        ("try", "9000 / 9000"),
        ("save", "9000 / 9000"),
    ]
    posts = [base_fields(server, act=act, centre=centre) for act, centre in places]
    answers = [client.post("/bases/new/", given) for given in posts]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert len({_CSRF.sub("", answer.content.decode()) for answer in answers[2:]}) == 1
    assert (PlaceQuestion.objects.count(), Base.objects.count()) == (2, 1)


@pytest.mark.django_db
def test_each_question_is_noted_with_its_answer(server: GameServer) -> None:
    make_base(server, make_user())
    browser = Browser(espia := make_player("Espia"))
    ask(browser, server)
    ask(browser, server, "save")
    ask(browser, server, centre="9000 / 9000")
    ask(browser, server, "save", centre="9000 / 9000")
    noted = PlaceQuestion.objects.order_by("pk").values_list("person", "kind", "x", "z", "answer")
    assert list(noted) == [
        (espia.pk, "base", 5000, 3000, "no"),
        (espia.pk, "base", 5000, 3000, "no"),
        (espia.pk, "base", 9000, 9000, "yes"),
        (espia.pk, "base", 9000, 9000, "yes"),
    ]


@pytest.mark.django_db
def test_moving_and_growing_a_base_are_questions_too(server: GameServer) -> None:
    base = make_base(server, espia := make_player("Espia"))
    make_base(server, make_user(), x=5210)
    browser = Browser(espia)
    for fields in ({"radius_m": "111"}, {"centre": "5011 / 3000"}):
        assert TAKEN in browser.post(f"/bases/{base.pk}/", base_fields(**fields))
    assert [one.answer for one in PlaceQuestion.objects.all()] == ["no", "no"]
    base.refresh_from_db()
    assert (base.x, base.radius_m) == (5000, 100)


@pytest.mark.django_db
def test_form_takes_the_same_queries_with_one_base_and_with_thirty(
    server: GameServer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = Browser(ana := make_player("Ana"))
    make_base(server, ana, x=100)
    browser.get("/bases/new/")
    with django_assert_num_queries(7):
        browser.get("/bases/new/")
    for number in range(1, 30):
        make_base(server, ana, x=100.0 + 400 * number)
        make_base(server, make_user(), x=100.0 + 400 * number, z=9000)
    with django_assert_num_queries(7):
        browser.get("/bases/new/")


# -- At once ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_registrations_at_once_one_gets_the_place() -> None:
    server = make_server()
    browsers = [Browser(make_player(name)) for name in ("Ana", "Bia")]
    pages = at_once(*(
        lambda browser=browser, x=x: browser.post("/bases/new/", base_fields(server, centre=f"{x} / 3000"))
        for browser, x in zip(browsers, (5000, 5120), strict=True)
    ))  # fmt: skip
    assert Base.objects.count() == 1
    assert sorted((TAKEN in page, "Base registered" in page) for page in pages) == [
        (False, True),
        (True, False),
    ]


@pytest.mark.django_db(transaction=True)
def test_registrations_at_once_do_not_stand_in_each_others_way() -> None:
    """PostgreSQL calls it a deadlock when two rows wait for each other's exclusion: nobody may get an error page for it."""
    server = make_server()
    people = [make_player(name) for name in ("Ana", "Bia", "Caio", "Duda")]
    for x in range(1000, 9000, 1000):
        draft = bases.BaseDraft(server, "Toca", x, 1000, 100)
        got = at_once(*(partial(_gets, person, draft) for person in people))
        assert sorted(got) == [False, False, False, True]


def _gets(person: User, draft: bases.BaseDraft) -> bool:
    try:
        bases.register_base(person, draft, at=timezone.now())
    except bases.CircleTakenError:
        return False
    return True


@pytest.mark.django_db(transaction=True)
def test_permission_revoked_while_judging_bans_no_friend_for_what_was_allowed() -> None:
    server = make_server()
    base = make_base(server, make_player("Ana"))
    permission = permit(base, make_player("Bia"))
    now = timezone.now()
    store(server, [incoming("Bia", occurred_at=now, origin_id=f"act {number}") for number in range(200)])
    is_judged = threading.Event()

    def judge() -> None:
        while judge_due(server.pk, now=timezone.now()).judged:
            pass
        is_judged.set()

    def revoke() -> str:
        return Browser(base.owner).post(f"/bases/{base.pk}/permissions/{permission.pk}/revoke/")

    at_once(judge, revoke)
    assert is_judged.is_set()
    permission.refresh_from_db()
    assert permission.revoked_at is not None
    assert permission.revoked_at > now
    assert not Infraction.objects.exists()
