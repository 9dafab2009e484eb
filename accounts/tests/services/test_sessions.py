"""Where a person is signed in: what is listed, and what an end ends."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.utils import timezone, translation
from pytest_django import Settings
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.services.sessions import SessionRow, browser_in_words, end_sessions, sessions_of
from accounts.tests.people import OTHER_PASSWORD, make_person, sign_in
from clans.models import User

pytestmark = pytest.mark.django_db
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
AGENTS = {
    WINDOWS: "Chrome · Windows",
    f"{WINDOWS} Edg/131.0.0.0": "Edge · Windows",
    f"{WINDOWS} OPR/116.0.0.0": "Opera · Windows",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0": "Firefox · Linux",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36": "Chrome · Android",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36": "Samsung Internet · Android",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1": "Safari · iPhone",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15": "Safari · macOS",
    "curl/8.5.0": "Unknown browser",
    "": "Unknown browser",
}  # fmt: skip


def test_browser_is_named_in_words() -> None:
    with translation.override("en"):
        assert {agent: browser_in_words(agent) for agent in AGENTS} == AGENTS


def request_of(client: Client) -> Any:
    request = RequestFactory().get("/")
    request.user, request.session = User.objects.get(), client.session
    return request


def listed(client: Client) -> list[SessionRow]:
    return sessions_of(request_of(client))


def signed_in(address: str = "203.0.113.5", **given: Any) -> Client:
    client = Client(REMOTE_ADDR=address, HTTP_USER_AGENT=WINDOWS)
    sign_in(client, **given)
    return client


def test_sessions_are_listed_this_one_first(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_person()
    own, other = signed_in("203.0.113.5"), signed_in("2001:db8::1")
    request = request_of(own)
    with django_assert_num_queries(2):
        first, second = sessions_of(request)
    assert (first.is_this_one, first.address, first.browser) == (True, "203.0.113.5", "Chrome · Windows")
    assert (second.is_this_one, second.address) == (False, "2001:db8::1")
    assert [row.is_this_one for row in listed(other)] == [True, False]


ADDRESSES: dict[str, tuple[int, dict[str, str], str]] = {
    "behind a proxy": (1, {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "1.1.1.1, 198.51.100.7"}, "198.51.100.7"),
    "behind a socket": (0, {"REMOTE_ADDR": ""}, ""),
    "with a zone": (1, {"HTTP_X_FORWARDED_FOR": "fe80::1%eth0"}, "fe80::1"),
}  # fmt: skip


@pytest.mark.parametrize(("proxies", "noted", "address"), ADDRESSES.values(), ids=ADDRESSES)
def test_address_is_the_visitors(
    settings: Settings, proxies: int, noted: dict[str, str], address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    make_person()
    client = Client()
    assert sign_in(client, **noted).status_code == 302
    assert [row.address for row in listed(client)] == [address]


def test_use_is_noted_now_and_then(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_person()
    client = signed_in()
    before = UserSession.objects.get().last_seen_at
    client.get("/")
    assert UserSession.objects.get().last_seen_at == before
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        client.get("/", REMOTE_ADDR="198.51.100.9")
        (row,) = listed(client)
    assert row.last_seen_at > before + timedelta(minutes=10)
    assert row.address == "198.51.100.9"


def test_ended_sessions_are_gone() -> None:
    person = make_person()
    own, other, of_bia = signed_in(), signed_in(), Client()
    make_person("bia")
    sign_in(of_bia, "bia")
    for but, alive in ((own.session.session_key, [200, 302]), (None, [302, 302])):
        end_sessions(person, but=but)
        assert [one.get("/accounts/2fa/").status_code for one in (own, other)] == alive
    assert of_bia.get("/accounts/2fa/").status_code == 200


@pytest.mark.parametrize("how", ["signed out", "expired", "another password"])
def test_session_that_no_longer_works_is_not_listed(how: str) -> None:
    person = make_person()
    own, other = signed_in(), signed_in()
    key = other.session.session_key
    if how == "signed out":
        other.post("/accounts/logout/")
    elif how == "expired":
        Session.objects.filter(session_key=key).update(expire_date=timezone.now())
    else:
        person.set_password(OTHER_PASSWORD)
        person.save()
        own = signed_in(password=OTHER_PASSWORD)
    assert [row.is_this_one for row in listed(own)] == [True]
