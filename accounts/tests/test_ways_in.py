"""Signing in and registration, as whoever guesses, imitates or counts sees it."""

# ruff: noqa: RUF001 - letters that look like others are what is tested

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from accounts.tests.people import OTHER_PASSWORD, PASSWORD, make_person, sign_in
from clans.models import User

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
MISMATCH = "User name or password do not match."
NEW = {"username": "nova", "password1": PASSWORD, "has_read_privacy": "on"}


def register(client: Client, address: str = "203.0.113.5", **given: str) -> Any:
    return client.post(reverse("account_signup"), NEW | given, headers=ENGLISH, REMOTE_ADDR=address)


def errors_of(answer: Any) -> list[str]:
    return [str(error) for errors in answer.context["form"].errors.values() for error in errors]


# -- Signing in ---------------------------------------------------------------------------------------------------

REFUSED: dict[str, Callable[[], tuple[str, str]]] = {
    "a wrong password": lambda: (make_person().username, "errada"),
    "nobody of that name": lambda: ("ninguem", PASSWORD),
    "an inactive account": lambda: (make_person(is_active=False).username, PASSWORD),
    "a person known by Discord only": lambda: (User.objects.for_discord_id("42").username, PASSWORD),
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_every_refused_sign_in_says_the_same(client: Client, make: Any) -> None:
    name, password = make()
    answer = sign_in(client, name, password, headers=ENGLISH)
    page = re.sub(r"<input[^>]*>", "", answer.content.decode())
    assert answer.status_code == 200
    assert errors_of(answer) == [f"{MISMATCH} Check them and try again."]
    assert name not in page
    assert reverse("account_reset_password") in page


def test_name_is_read_as_forms_store_it() -> None:
    make_person()
    assert [sign_in(Client(), typed).status_code for typed in ("ana", " ana ", "ａｎａ")] == [302] * 3


def test_forms_answer_in_pages_only(client: Client) -> None:
    """An answer in JSON would hold the password that was typed."""
    answer = sign_in(client, "ana", "s3gr3do", headers={"accept": "application/json"})
    assert answer["Content-Type"].startswith("text/html")
    assert "s3gr3do" not in answer.content.decode()


@pytest.mark.parametrize(("who", "status"), [("anonymous", 302), ("member", 403), ("staff", 302)])
def test_admin_leads_through_the_one_door(client: Client, who: str, status: int) -> None:
    if who != "anonymous":
        client.force_login(make_person(is_staff=who == "staff"))
    answer = client.get(reverse("admin:login"), {"next": "/admin/clans/user/"})
    assert answer.status_code == status
    if who == "anonymous":
        assert answer["Location"] == "/accounts/login/?next=/admin/clans/user/"
        make_person(is_staff=True)
        landed = client.post(answer["Location"], {"login": "ana", "password": PASSWORD})
        assert landed["Location"] == "/admin/clans/user/"


def test_admins_own_page_for_passwords_leads_to_the_one_that_counts(client: Client) -> None:
    client.force_login(make_person(is_staff=True))
    assert client.get(reverse("admin:password_change"))["Location"] == reverse("account_change_password")


# -- Registration -------------------------------------------------------------------------------------------------


def test_whoever_registers_is_signed_in_and_may_do_nothing_yet(client: Client) -> None:
    answer = register(client, email="Nova@Example.org", next="/wall")
    assert answer["Location"] == "/wall"
    person = User.objects.get()
    assert (person.username, person.email, person.is_staff) == ("nova", "nova@example.org", False)
    assert person.check_password(PASSWORD)
    assert client.session["_auth_user_id"] == str(person.pk)


IMITATIONS = {
    "the same": ("Ana", "Somebody has that name already. Choose another one."),
    "in other case": ("aNA", "Somebody has that name already. Choose another one."),
    "in wide letters": ("Ａｎａ", "Somebody has that name already. Choose another one."),
    "of somebody known by Discord": ("Discord-42", "That name could be taken for somebody else's."),
    "of staff": ("ADMIN", "That name could be taken for somebody else's."),
    "turned round": ("\u202eana", "Enter a valid username."),
    "too long": ("a" * 41, "at most 40 characters"),
}


@pytest.mark.parametrize(("name", "words"), IMITATIONS.values(), ids=IMITATIONS)
def test_name_that_imitates_is_refused(client: Client, name: str, words: str) -> None:
    make_person("Ana")
    answer = register(client, username=name)
    assert words in " ".join(errors_of(answer))
    assert User.objects.count() == 1


WRONG = {
    "short": ({"password1": "1q2w3e4"}, "3 characters are missing: use 10 or more."),
    "one short": ({"password1": "1q2w3e4rt"}, "1 character is missing: use 10 or more."),
    "like the name": ({"username": "onca-do-cerrado", "password1": "onca-do-cerrado"}, "too similar"),
    "unread": ({"has_read_privacy": ""}, "Read how your data are used, then tick this box."),
    "no address": ({"email": "nova"}, "valid email address"),
}


@pytest.mark.parametrize(("given", "words"), WRONG.values(), ids=WRONG)
def test_registration_says_what_is_missing(client: Client, given: dict[str, str], words: str) -> None:
    answer = register(client, **given)
    assert words in " ".join(errors_of(answer))
    assert not User.objects.exists()


def test_registration_tells_neither_by_words_nor_by_work_which_e_mail_is_known(client: Client) -> None:
    make_person(email="ana@example.org")
    seen = []
    for name, email in [("um", "ana@example.org"), ("dois", "ninguem@example.org")]:
        with CaptureQueriesContext(connection) as queries:
            answer = register(Client(), username=name, email=email)
        kinds = [re.sub(r"'[^']*'|\d+", "?", query["sql"])[:60] for query in queries]
        seen.append((answer.status_code, answer["Location"], kinds))
    assert seen[0] == seen[1]
    assert seen[0][0] == 302


def test_two_who_take_one_name_at_once_are_told_apart(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_person("nova")
    monkeypatch.setattr(
        "accounts.forms.RegistrationForm.clean_username", lambda form: form.cleaned_data["username"]
    )
    answer = client.post(reverse("account_signup"), NEW, headers=ENGLISH, follow=True)
    assert "Somebody has that name already." in answer.content.decode()
    assert User.objects.count() == 1


COUNTED = {
    "account_login": ({"login": "x", "password": "y"}, "clans.backends.MOST_BY_ADDRESS"),
    "account_signup": ({"username": "x"}, "accounts.forms.MOST_REGISTRATIONS"),
    "mfa_login_webauthn": ({"credential": "{}"}, "accounts.forms.MOST_BY_ADDRESS"),
}


@pytest.mark.parametrize(
    ("page", "fields", "limit"), [(page, *of) for page, of in COUNTED.items()], ids=COUNTED
)
def test_attempts_are_counted_by_the_address_of_the_visitor(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, page: str, fields: dict[str, str], limit: str
) -> None:
    settings.TRUSTED_PROXIES = 1
    monkeypatch.setattr(limit, 2)
    visitors = ["198.51.100.7", "1.1.1.1, 198.51.100.7", "198.51.100.8", "198.51.100.7"]
    answers = [
        Client().post(reverse(page), fields, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=noted)
        for noted in visitors
    ]
    assert [answer.status_code == 429 for answer in answers] == [False, False, False, True]
    assert ["Retry-After" in answer for answer in answers] == [False, False, False, True]


# -- Passwords of those who are in ---------------------------------------------------------------------------------


def test_wrong_present_passwords_are_counted_as_at_the_sign_in(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(make_person())
    given = {"oldpassword": "errada", "password1": OTHER_PASSWORD}
    monkeypatch.setattr("clans.backends.MOST_BY_ACCOUNT", 2)
    statuses = [client.post(reverse("account_change_password"), given).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert sign_in(Client()).status_code == 429


def test_new_password_ends_all_other_sessions(client: Client) -> None:
    make_person()
    other = Client()
    sign_in(client), sign_in(other)
    given = {"oldpassword": PASSWORD, "password1": OTHER_PASSWORD}
    assert client.post(reverse("account_change_password"), given)["Location"] == reverse("mfa_index")
    assert client.get(reverse("mfa_index")).status_code == 200
    assert other.get(reverse("mfa_index")).status_code == 302


def test_person_without_a_password_sets_the_first_one(client: Client) -> None:
    person = User.objects.for_discord_id("42")
    client.force_login(person)
    assert client.get(reverse("account_change_password"))["Location"] == reverse("account_set_password")
    client.post(reverse("account_set_password"), {"password1": PASSWORD})
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


POSTED = [
    *map("account_{}".format, ["login", "signup", "logout", "reauthenticate", "change_password", "set_password"]),
    *map("mfa_{}".format, ["authenticate", "reauthenticate", "activate_totp", "deactivate_totp", "add_webauthn"]),
    *("account_reset_password", "mfa_generate_recovery_codes", "mfa_login_webauthn", "mfa_reauthenticate_webauthn"),
]  # fmt: skip


@pytest.mark.parametrize("is_in", [False, True], ids=["anonymous", "signed in"])
def test_form_without_its_token_is_refused(*, is_in: bool) -> None:
    client = Client(enforce_csrf_checks=True)
    if is_in:
        client.force_login(make_person())
    assert {page: client.post(reverse(page)).status_code for page in POSTED} == dict.fromkeys(POSTED, 403)
