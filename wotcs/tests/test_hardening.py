"""What protects the site under HTTPS, and who signs in from being led astray."""

import json
import os
import subprocess
import sys
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from clans.models import User
from territory.tests.factories import make_user
from tests.conftest import database_url_of_test
from wotcs.tasks import clear_sessions

# As in production, but without the .env of this machine and with files that nobody has collected.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "wotcs.settings",
    "DJANGO_TESTING": "true",
    "DEBUG": "false",
    "HTTPS": "true",
    "TRUSTED_PROXIES": "1",
    "STAFF_SECOND_FACTOR": "true",
    "ALLOWED_HOSTS": "clan.example",
    "SECRET_KEY": "0aB3dE6gH9jK2mN5pQ8sT1vW4yZ7-0aB3dE6gH9jK2mN5pQ8sT1vW4yZ7",
}
PASSWORD = "a-long-password"


# The person whose cookies are looked at is in the tests' database only until this ends.
SIGN_IN = """
import django, json, sys
django.setup()
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from wotcs.tests.test_hardening import PASSWORD, make_person
call_command("check", "--deploy", "--fail-level", "WARNING", stdout=sys.stderr)
client = Client(headers={"host": "clan.example", "x-forwarded-proto": "https"})
with transaction.atomic():
    make_person()
    client.get("/accounts/login/")
    answer = client.post("/accounts/login/", {"login": "Maria", "password": PASSWORD})
    client.post("/i18n/setlang/", {"language": "en"})
    transaction.set_rollback(True)
cookies = {name: [bool(cookie["secure"]), cookie["samesite"]] for name, cookie in client.cookies.items()}
print(json.dumps({"status": answer.status_code, "headers": dict(answer.headers), "cookies": cookies}))
"""


@pytest.mark.slow
@pytest.mark.django_db
def test_under_https_nothing_is_found_cookies_travel_only_there_and_browsers_are_told() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SIGN_IN],
        cwd=settings.BASE_DIR,
        env=os.environ | PRODUCTION | {"DATABASE_URL": database_url_of_test()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [line.partition(" (")[0] for line in done.stderr.splitlines()] == [
        "System check identified no issues"
    ]
    answer = json.loads(done.stdout)
    assert answer["status"] == 302
    assert answer["cookies"].keys() == {"csrftoken", "sessionid", "django_language"}
    assert all(flags == [True, "Lax"] for flags in answer["cookies"].values())
    assert answer["headers"]["Strict-Transport-Security"] == "max-age=31536000"


# -- Every answer -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/nowhere/", "/accounts/login/", "/healthz", "/api/v1/nowhere"])
def test_every_answer_denies_the_device_and_its_window(client: Client, address: str) -> None:
    headers = client.get(address).headers
    denied = headers["Permissions-Policy"].split(", ")
    assert {f"{one}=()" for one in ("camera", "microphone", "geolocation", "payment", "usb")} <= set(denied)
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


# -- Signing in ---------------------------------------------------------------------------------------------------


def make_person() -> User:
    person = make_user("Maria", is_staff=True)
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(client: Client, **given: str) -> Any:
    return client.post(reverse("account_login"), {"login": "Maria", "password": PASSWORD, **given})


@pytest.mark.django_db
def test_signing_in_renews_the_session(client: Client) -> None:
    make_person()
    session = client.session  # which somebody else may have planted in this browser
    session["planted"] = True
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = planted = str(session.session_key)

    assert sign_in(client).status_code == 302

    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie.value != planted
    assert cookie["httponly"]
    assert not Session.objects.filter(session_key=planted).exists()
    other = Client()
    other.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert other.get(reverse("tanks")).status_code == 302


@pytest.mark.django_db
def test_nothing_is_kept_of_the_browser_of_an_ended_session(client: Client) -> None:
    make_person()
    other = Client()
    sign_in(client)
    sign_in(other)
    other.post(reverse("account_logout"))
    clear_sessions()
    assert [row.session_key for row in UserSession.objects.all()] == [client.session.session_key]


ELSEWHERE = {
    "another site": "https://evil.example/",
    "without a scheme": "//evil.example/",
    "three slashes": "///evil.example/",
    "backslashes": "/\\evil.example/",
    "two backslashes": "\\\\evil.example/",
    "a scheme without slashes": "https:evil.example",
    "a scheme without a host": "http:///evil.example/",
    "behind our name": "http://testserver@evil.example/",
    "below our name": "http://testserver.evil.example/",
    "a script": "javascript:alert(1)",
    "a page of its own": "data:text/html,evil",
    "a tab": "/\t/evil.example/",
    "a line break": "/\r\n/evil.example/",
    "a space in front": " //evil.example/",
    "an unseen character in front": "\x08//evil.example/",
    "a broken address": "http://[evil.example/",
}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("door", "is_signed_in", "given"),
    [
        ("account_login", False, {"login": "Maria", "password": PASSWORD}),
        ("account_signup", False, {"username": "Nova", "password1": PASSWORD, "has_read_privacy": "on"}),
        ("account_reauthenticate", True, {"password": PASSWORD}),
        ("account_logout", False, {}),
        ("set_language", False, {"language": "en"}),
        ("account_login", True, None),
        ("admin:login", True, None),
        ("admin:login", False, None),
    ],
    ids=str,
)
def test_no_address_leads_elsewhere(door: str, given: dict[str, str] | None, *, is_signed_in: bool) -> None:
    """Post a form, or open a page where there is nothing to post."""
    person = make_person()
    for words, address in ELSEWHERE.items():
        client, target = Client(), {"next": address}
        if is_signed_in:
            client.force_login(person)
        if given is None:
            answer = client.get(reverse(door), target)
        else:
            answer = client.post(reverse(door), given | target, headers={"referer": "https://evil.example/"})
        User.objects.filter(username="Nova").delete()
        assert answer.status_code == 302, words
        location = answer["Location"]
        assert location.startswith("/"), words
        assert urlsplit(location.replace("\\", "/")).netloc == "", words
        assert "evil" not in location, words
