"""Questions about places: counted before they are answered, noted for staff, forgotten after a while."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client, RequestFactory
from django.utils import timezone

from clans.models import User
from common.attempts import TooManyAttemptsError
from territory.models import PlaceQuestion
from territory.services.questions import (
    MOST_BY_ADDRESS,
    MOST_BY_PERSON,
    REMEMBERED,
    forget_questions,
    limit_questions,
    note_question,
)
from territory.tests.admin.pages import enter
from territory.tests.factories import make_server, make_user

pytestmark = pytest.mark.django_db


def ask(person: User, address: str = "192.0.2.1") -> Any:
    request = RequestFactory().post("/bases/new/", REMOTE_ADDR=address)
    request.user = person
    limit_questions(request)
    return request


def test_person_asks_so_many_questions_an_hour_wherever_from() -> None:
    ana = make_user()
    for number in range(MOST_BY_PERSON):
        ask(ana, f"192.0.2.{number}")
    with pytest.raises(TooManyAttemptsError) as refused:
        ask(ana, "192.0.2.250")
    assert 0 < refused.value.wait_seconds <= 3601
    ask(make_user(), "192.0.2.250")


def test_people_of_one_address_share_its_limit() -> None:
    people = [make_user() for _number in range(5)]
    for number in range(MOST_BY_ADDRESS):
        ask(people[number % 5])
    with pytest.raises(TooManyAttemptsError):
        ask(make_user())


def test_old_questions_are_forgotten() -> None:
    ana, server, now = make_user(), make_server(), timezone.now()
    for is_free in (True, False):
        note_question(ana, server, "base", x=1, z=2, answer=is_free)
    assert [one.answer for one in PlaceQuestion.objects.order_by("pk")] == ["yes", "no"]
    PlaceQuestion.objects.filter(answer="no").update(asked_at=now - REMEMBERED - timedelta(minutes=1))
    assert forget_questions(now=now) == 1
    assert PlaceQuestion.objects.get().answer == "yes"


def test_staff_see_first_who_was_refused_most_and_only_if_they_may_see_positions(client: Client) -> None:
    server, patient, curious = make_server(), make_user("patient"), make_user("curious")
    for person, answers in ((curious, "nnny"), (patient, "yyyyn")):
        for letter in answers:
            note_question(person, server, "base", x=1, z=2, answer=letter == "y")
    enter(client, "moderator")
    page = client.get("/admin/territory/placequestion/").content.decode()
    assert page.index("curious") < page.index("patient")
    staff = make_user(is_staff=True)
    staff.user_permissions.add(*permissions("view_placequestion"))
    client.force_login(staff)
    assert client.get("/admin/territory/placequestion/").status_code == 403
    staff.user_permissions.add(*permissions("view_placement"))
    assert client.get("/admin/territory/placequestion/").status_code == 200


def permissions(*codenames: str) -> Any:
    return Permission.objects.filter(codename__in=codenames)
