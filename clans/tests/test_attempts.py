"""Guessing is bounded by address and by account, on every page with a password, and written down without secrets."""

import logging
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from clans.models import User
from common.attempts import (
    MOST_BY_ACCOUNT,
    MOST_BY_ADDRESS,
    WINDOW_SECONDS,
    TooManyAttemptsError,
    client_address,
    count_attempt,
)

pytestmark = pytest.mark.django_db
PASSWORD, WRONG = "uma-senha-longa", "s3gr3do-errado"


@pytest.fixture(autouse=True)
def at_the_beginning_of_a_window() -> Any:
    now = timezone.now().timestamp()
    with time_machine.travel(now - now % WINDOW_SECONDS + 1, tick=False) as clock:
        yield clock


@pytest.fixture
def ana() -> User:
    return User.objects.create_user("ana", password=PASSWORD, is_staff=True)


def sign_in(client: Client, name: str, password: str = WRONG, *, address: str = "203.0.113.5") -> Any:
    given = {"login": name, "password": password}
    return client.post(
        reverse("account_login"), given, REMOTE_ADDR=address, headers={"accept-language": "en"}
    )


@pytest.mark.parametrize("name", ["ana", "nobody-here"])
def test_account_is_closed_after_too_many_wrong_passwords_whether_it_exists_or_not(
    client: Client, ana: User, name: str
) -> None:
    answers = [sign_in(client, name, address=f"203.0.113.{n}") for n in range(MOST_BY_ACCOUNT + 1)]

    assert [answer.status_code for answer in answers] == [200] * MOST_BY_ACCOUNT + [429]
    assert "Try again in 15 minutes." in answers[-1].content.decode()
    assert answers[-1]["Retry-After"] == str(WINDOW_SECONDS)
    # The right password is not looked at either.
    assert sign_in(client, name, PASSWORD, address="198.51.100.1").status_code == 429


def test_address_is_closed_after_too_many_accounts_and_no_other_one_is(client: Client, ana: User) -> None:
    for _ in range(MOST_BY_ADDRESS - 1):
        count_attempt("sign-in", "203.0.113.5", MOST_BY_ADDRESS)
    assert [sign_in(client, name).status_code for name in ("a", "b")] == [200, 429]
    assert sign_in(client, "ana", PASSWORD).status_code == 429
    assert sign_in(client, "ana", PASSWORD, address="203.0.113.6").status_code == 302


def test_closed_account_opens_with_the_next_window(
    client: Client, ana: User, at_the_beginning_of_a_window: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clans.backends.MOST_BY_ACCOUNT", 1)
    assert [sign_in(client, "ana").status_code for _ in range(3)] == [200, 429, 429]
    at_the_beginning_of_a_window.shift(timedelta(seconds=WINDOW_SECONDS))

    assert sign_in(client, "ana", PASSWORD).status_code == 302


def test_right_passwords_close_nothing(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("MOST_BY_ACCOUNT", "MOST_BY_ADDRESS"):
        monkeypatch.setattr(f"clans.backends.{limit}", 1)
    assert [sign_in(Client(), "ana", PASSWORD).status_code for _ in range(3)] == [302] * 3


def test_wrong_passwords_are_noted_without_name_and_password(
    client: Client, ana: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        sign_in(client, "ana")
        sign_in(client, WRONG)

    assert f"account {ana.pk}, from 203.0.113.5" in caplog.text
    assert "account unknown, from 203.0.113.5" in caplog.text
    assert WRONG not in caplog.text


def test_people_can_sign_in_while_the_cache_is_down(client: Client, ana: User, settings: Settings) -> None:
    down = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": down}

    assert sign_in(client, "ana").status_code == 200
    assert sign_in(client, "ana", PASSWORD).status_code == 302


def test_counts_of_kinds_and_names_are_apart() -> None:
    for _ in range(3):
        count_attempt("a", "", 1)
    for kind, whose in [("a", "x"), ("a", "y"), ("b", "x"), ("a", "\x00 ã" * 500)]:
        count_attempt(kind, whose, 1)
        with pytest.raises(TooManyAttemptsError):
            count_attempt(kind, whose, 1)


ADDRESSES = {
    "no proxy": (0, "", "203.0.113.5", "203.0.113.5"),
    "a visitor's own note is not trusted": (0, "198.51.100.7", "203.0.113.5", "203.0.113.5"),
    "one proxy": (1, "198.51.100.7", "10.0.0.1", "198.51.100.7"),
    "one proxy, the visitor noted more": (1, "1.1.1.1, 198.51.100.7", "10.0.0.1", "198.51.100.7"),
    "two proxies": (2, "1.1.1.1, 198.51.100.7, 10.0.0.2", "10.0.0.1", "198.51.100.7"),
    "past the proxies": (2, "198.51.100.7", "203.0.113.5", "203.0.113.5"),
    "a proxy that notes nothing": (1, "", "203.0.113.5", "203.0.113.5"),
    "a note that is no address": (1, "nonsense", "203.0.113.5", "203.0.113.5"),
    "one network of IPv6": (0, "", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    "IPv4 in IPv6": (0, "", "::ffff:203.0.113.5", "203.0.113.5"),
    "a socket": (0, "", "", ""),
}


@pytest.mark.parametrize(("proxies", "noted", "line", "address"), ADDRESSES.values(), ids=ADDRESSES)
def test_address_is_what_the_outermost_trusted_proxy_noted(
    settings: Settings, proxies: int, noted: str, line: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"x-forwarded-for": noted} if noted else {}
    assert client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=line)) == address
