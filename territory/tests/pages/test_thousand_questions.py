"""A stranger who asks a thousand times: what is answered depends on nothing hidden but yes or no, and soon it ends."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from territory.models import Activity, Base, BaseRevision, Placement, PlaceQuestion
from territory.services import questions
from territory.services.bases import BaseDraft, CircleTakenError, register_base
from territory.tests.factories import (
    join,
    make_base,
    make_clan,
    make_placement,
    make_player,
    make_server,
    permit,
)
from territory.tests.pages.members import Browser, base_fields

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]

ASKED = 1000
TAKEN = "Part of the circle is already taken."
ITEMS = ("FenceKit", "WatchtowerKit", "ShelterKit", "Fireplace", "UndergroundStash")
_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')
_HEAD = re.compile(r'id="answer-head">.*?<span>(.*?)</span>', re.DOTALL)
Question = tuple[str, dict[str, Any]]


@pytest.fixture(autouse=True)
def one_hour(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let all that is asked be asked within one hour."""
    monkeypatch.setattr("common.attempts.time.time", lambda: 1_800_000_000.0)
    cache.clear()
    yield
    cache.clear()


def thousand_questions(seed: int) -> list[Question]:
    """Return questions on both pages, all over a part of the map in which bases lie close to each other."""
    chance = random.Random(seed)
    made: list[Question] = []
    for _number in range(ASKED // 2):
        centre = f"{chance.uniform(3000, 6000):.1f} / {chance.uniform(3000, 6000):.1f}"
        made.append(("check", {"point": centre, "item": chance.choice(ITEMS), "other_item": ""}))
        made.append(("new", {"centre": centre, "radius_m": str(chance.randint(50, 200))}))
    return made


def hide_bases(seed: int, server: Any, spy: Any) -> None:
    """Fill that part of the map with bases of others in every condition, and with what happened in them."""
    chance = random.Random(seed)
    clan = make_clan(f"Clã {seed}")
    friend = make_player(f"Amigo {seed}")
    join(clan, friend)
    for number in range(60):
        owner = make_player(f"Dono {seed} {number}")
        x, z = chance.uniform(3000, 6000), chance.uniform(3000, 6000)
        draft = BaseDraft(server, f"Base {seed} {number}", x, z, chance.uniform(50, 200), f"lugar {seed}")
        try:
            base = register_base(owner, draft, at=timezone.now())
        except CircleTakenError:
            continue
        Base.objects.filter(pk=base.pk).update(
            clan=clan if number % 3 else None, registered_at=timezone.now()
        )
        permit(base, friend)
        # Where a circle is free, a dry run tells how many strangers placed something there: none, in these worlds.
        for act in range(number % 4 if number % 5 else 0):
            make_placement(server, base, x=x + act, z=z - act, gamertag=f"Dono {seed} {number}")
        if number % 5 == 0:
            Base.objects.filter(pk=base.pk).update(removed_at=timezone.now())


def ask(browser: Browser, server: Any, question: Question, act: str = "try") -> tuple[str, int, str]:
    """Return the answer in a word, how many queries it took, and the page without its token."""
    page, given = question
    connection.queries_log.clear()  # it holds some thousands only
    with CaptureQueriesContext(connection) as queries:
        if page == "check":
            body = browser.post("/bases/check/", given)
        else:
            body = browser.post("/bases/new/", base_fields(server, act=act, **given))
    head = _HEAD.search(body)
    answer = head[1] if head else "taken" if TAKEN in body else "free"
    return answer, len(queries), _CSRF.sub("", body)


def test_thousand_answers_depend_on_nothing_hidden_but_yes_or_no(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two worlds with other bases of other people: wherever both answer alike, both send the same page."""
    for name in ("MOST_BY_PERSON", "MOST_BY_ADDRESS"):
        monkeypatch.setattr(questions, name, 10**6)
    server, spy = make_server(slug="sul"), make_player("Espia")
    make_base(server, spy, name="Toca do espia", x=1000, z=1000)
    asked, browser = thousand_questions(seed=7), Browser(spy)
    told: list[list[tuple[str, int, str]]] = []
    for world in (1, 2):
        cache.clear()
        hide_bases(world, server, spy)
        told.append([ask(browser, server, question) for question in asked])
        forget_the_world(spy)
    answers = Counter((question[0], first[0]) for question, first in zip(asked, told[0], strict=True))
    assert len(answers) == 5, answers  # yes, no, and an item forbidden everywhere; free and taken
    alike = 0
    for question, first, second in zip(asked, *told, strict=True):
        if first[0] == second[0]:
            alike += 1
            assert first == second, question
    assert ASKED / 2 < alike < ASKED


def forget_the_world(spy: Any) -> None:
    Placement.objects.all().delete()
    Activity.objects.all().delete()
    BaseRevision.objects.all().delete()
    others = Base.objects.exclude(owner=spy)
    for base in others:
        base.permissions.all().delete()
    others.delete()


def test_registering_in_earnest_tells_no_more_than_trying(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOST_BY_PERSON", "MOST_BY_ADDRESS"):
        monkeypatch.setattr(questions, name, 10**6)
    server, browser = make_server(slug="sul"), Browser(spy := make_player("Espia"))
    hide_bases(3, server, spy)
    only_new = [question for question in thousand_questions(seed=8) if question[0] == "new"]
    taken = [question for question in only_new[:100] if ask(browser, server, question)[0] == "taken"]
    assert len(taken) > 10
    for question in taken:
        tried, in_earnest = (ask(browser, server, question, act) for act in ("try", "save"))
        assert tried[2] == in_earnest[2], question
    assert not Base.objects.filter(owner=spy).exists()


@pytest.mark.parametrize(
    ("accounts", "answered"),
    [(1, questions.MOST_BY_PERSON), (5, questions.MOST_BY_ADDRESS)],
    ids=["one person", "five accounts at one address"],
)
def test_limit_stops_a_thousand_questions_on_either_page(accounts: int, answered: int) -> None:
    server = make_server(slug="sul")
    hide_bases(4, server, None)
    browsers = [Browser(make_player(f"Espia {number}")) for number in range(accounts)]
    statuses = Counter(
        _status(browsers[number % accounts], server, question)
        for number, question in enumerate(thousand_questions(seed=9))
    )
    assert statuses == {200: answered, 429: ASKED - answered}
    assert PlaceQuestion.objects.count() == answered


def _status(browser: Browser, server: Any, question: Question) -> int:
    page, given = question
    if page == "check":
        return browser.client.post("/bases/check/", given).status_code
    return browser.client.post("/bases/new/", base_fields(server, act="try", **given)).status_code
