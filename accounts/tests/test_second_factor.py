"""The second factor: who has to give one, where, and what a password alone opens."""

import json
import re
from typing import Any

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings as site_settings
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.middleware import OPEN, SET_UP
from accounts.tests.keys import SoftKey
from accounts.tests.people import PASSWORD, add_app, code_of, make_person, note_way, recovery_code_of, sign_in
from clans.models import User
from territory.tests.factories import make_user

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def is_asked(settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = True


def give_code(client: Client, code: str, page: str = "mfa_authenticate") -> Any:
    return client.post(reverse(page), {"code": code}, headers=ENGLISH)


# -- Signing in with one ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["code of the app", "code of half a minute ago", "recovery code"])
def test_password_alone_signs_nobody_in_who_has_a_second_factor(client: Client, kind: str) -> None:
    person = make_person()
    secret = add_app(person)
    answer = sign_in(client, to="/rules/")
    assert answer["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    code = recovery_code_of(person) if kind == "recovery code" else code_of(secret, steps=-("half" in kind))
    assert give_code(client, code)["Location"] == "/rules/"
    assert client.session["_auth_user_id"] == str(person.pk)


@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_code_works_once(kind: str) -> None:
    person = make_person()
    secret = add_app(person)
    code = code_of(secret) if kind == "app" else recovery_code_of(person)
    statuses = []
    for _ in range(2):
        browser = Client()
        sign_in(browser)
        statuses.append(give_code(browser, code).status_code)
    assert statuses == [302, 200]


@pytest.mark.parametrize("page", ["mfa_authenticate", "mfa_reauthenticate"])
def test_codes_are_guessed_a_few_times_only(
    client: Client, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setattr("accounts.forms.MOST_BY_ACCOUNT", 2)
    person = make_person()
    secret = add_app(person)
    if page == "mfa_authenticate":
        sign_in(client)
    else:
        client.force_login(person)
    assert [give_code(client, "000000", page).status_code for _ in range(3)] == [200, 200, 429]
    assert give_code(client, code_of(secret), page).status_code == 429


def test_second_step_renews_the_session(client: Client) -> None:
    secret = add_app(make_person())
    sign_in(client)
    planted = client.cookies[site_settings.SESSION_COOKIE_NAME].value
    give_code(client, code_of(secret))
    assert client.cookies[site_settings.SESSION_COOKIE_NAME].value != planted


ODD_ANSWERS = (
    *("", "x", "[]", "1", '"a"', "{}", '{"id": 1}', '{"response": []}', '{"response": {"userHandle": 1}}'),
    *(
        json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": response})
        for response in (
            {"clientDataJSON": "AA"},
            {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA", "userHandle": "_____w"},
        )
    ),
)


@pytest.mark.parametrize("page", ["mfa_login_webauthn", "mfa_authenticate", "mfa_reauthenticate_webauthn"])
def test_odd_answer_of_a_key_is_a_wrong_one(client: Client, page: str) -> None:
    person = make_person()
    add_app(person)
    key = {"type": Authenticator.Type.WEBAUTHN, "data": {"name": "x", "credential": {}}}
    for credential in ODD_ANSWERS:
        stored = Authenticator.objects.create(user=person, **key)
        if page == "mfa_authenticate":
            sign_in(client)
        elif page == "mfa_reauthenticate_webauthn":
            client.force_login(person)
        stored.delete()
        answer = client.post(reverse(page), {"credential": credential})
        assert answer.status_code in {200, 302}, credential
        assert page == "mfa_reauthenticate_webauthn" or "_auth_user_id" not in client.session


def options_of(page: Any) -> Any:
    return page.context["js_data"]["request_options"]


def add_key(client: Client, person: User, key: SoftKey, **fields: str) -> Any:
    note_way(client, person, "password", reauthenticated=True)
    options = client.get(reverse("mfa_add_webauthn")).context["js_data"]["creation_options"]
    given = {"credential": key.registration(options), "name": "telefone"} | fields
    return client.post(reverse("mfa_add_webauthn"), given)


def ask_for_passkey(client: Client) -> Any:
    page = reverse("mfa_login_webauthn")
    return client.get(page, headers={"accept": "application/json"}).json()["request_options"]


@pytest.mark.parametrize("way", ["alone", "after the password", "when it is asked again"])
def test_key_gets_its_person_in(client: Client, way: str) -> None:
    person, key = make_person(), SoftKey()
    client.force_login(person)
    assert add_key(client, person, key, passwordless="on")["Location"] == reverse("mfa_view_recovery_codes")
    browser, page = Client(), reverse("mfa_authenticate")
    if way == "alone":
        page, options = reverse("mfa_login_webauthn"), ask_for_passkey(browser)
    elif way == "after the password":
        sign_in(browser)
        options = options_of(browser.get(page))
    else:
        browser, page = client, reverse("mfa_reauthenticate_webauthn")
        options = options_of(browser.get(page))
    answer = key.assertion(options, user_pk_to_url_str(person))
    assert browser.post(page, {"credential": answer, "next": "/rules/"})["Location"] == "/rules/"
    assert browser.session["_auth_user_id"] == str(person.pk)
    assert Client().post(page, {"credential": answer}).status_code in {200, 302}


@pytest.mark.parametrize(
    "fault", ["another key", "of another site", "for another person", "an old challenge", "no finger or PIN"]
)
def test_foreign_answer_of_a_key_gets_nobody_in(client: Client, fault: str) -> None:
    person, other, key = make_person(), make_person("bia"), SoftKey(is_verified=fault != "no finger or PIN")
    client.force_login(person)
    add_key(client, person, key)
    browser = Client()
    old, options = ask_for_passkey(browser), ask_for_passkey(browser)
    if fault == "another key":
        key = SoftKey()
    elif fault == "of another site":
        key.host = "evil.example"
    whose = user_pk_to_url_str(other if fault == "for another person" else person)
    answer = key.assertion(old if fault == "an old challenge" else options, whose)
    refused = browser.post(reverse("mfa_login_webauthn"), {"credential": answer})
    assert refused["Location"] == reverse("account_login")
    assert "_auth_user_id" not in browser.session


# -- Setting up ---------------------------------------------------------------------------------------------------


def secret_shown(client: Client) -> str:
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    return re.findall(r'id="secret" value="([A-Z2-7]{32})"', page)[0]  # type: ignore[no-any-return]


def test_setting_an_app_up_shows_picture_secret_and_codes_once(client: Client) -> None:
    person = make_person(email="ana@example.org")
    sign_in(client)
    answer = client.get(reverse("mfa_activate_totp"))
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    client.post(answer["Location"], {"password": PASSWORD})
    secret = secret_shown(client)
    assert secret not in json.dumps([row.data for row in Authenticator.objects.all()])

    answer = give_code(client, code_of(secret), "mfa_activate_totp")
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    stored = json.dumps([row.data for row in Authenticator.objects.filter(user=person)])
    assert secret not in stored
    codes = [client.get(reverse("mfa_view_recovery_codes")).content.decode() for _ in range(2)]
    assert [len(re.findall(r"<li>\d{8}</li>", page)) for page in codes] == [10, 0]
    assert recovery_code_of(person) in codes[0].split('href="data:text/plain')[1]
    assert recovery_code_of(person) not in codes[1]


def test_second_factor_is_changed_by_who_gives_it_never_by_the_password(client: Client) -> None:
    names = ("deactivate_totp", "generate_recovery_codes", "view_recovery_codes", "add_webauthn")
    pages = [reverse(f"mfa_{name}") for name in names]
    person, door = make_person(), reverse("mfa_reauthenticate")
    secret = add_app(person)
    client.force_login(person)  # a session from before, or one that somebody else has
    assert [client.get(page)["Location"].split("?")[0] for page in pages] == [door] * 4
    by_password = client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert by_password["Location"].startswith(door)
    assert [client.get(page).status_code for page in pages] == [302] * 4
    give_code(client, code_of(secret), "mfa_reauthenticate")
    assert [client.get(page).status_code for page in pages] == [200] * 4


def test_person_without_password_sets_one_up(client: Client) -> None:
    client.force_login(User.objects.for_discord_id("42"))
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


def test_key_of_somebody_else_is_not_there(client: Client) -> None:
    other = Authenticator.objects.create(
        user=make_person("bia"), type=Authenticator.Type.WEBAUTHN, data={"name": "x", "credential": {}}
    )
    person = make_person()
    client.force_login(person)
    note_way(client, person, "password", reauthenticated=True)
    assert client.post(reverse("mfa_remove_webauthn", args=[other.pk])).status_code == 404
    assert Authenticator.objects.filter(pk=other.pk).exists()


# -- Staff --------------------------------------------------------------------------------------------------------

WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "a session from before": ("", {}),
    "password": ("password", {"username": "ana"}),
    "provider": ("socialaccount", {"provider": "discord", "uid": "42"}),
    "password and code": ("mfa", {"type": "totp"}),
    "passkey": ("mfa", {"type": "webauthn", "passwordless": True}),
}
WITH_FACTOR = {"password and code", "passkey"}
PAGES = {
    "a page": ("/", "redirect"),
    "the admin": ("/admin/", "redirect"),
    "a page of staff": ("/staff/verdicts/", "redirect"),
    "a page that is not there": ("/nowhere/", "redirect"),
    "an answer in JSON": ("/sync/status", "forbidden"),
    "the api": ("/api/v1/openapi.json", "forbidden"),
    "the admin's JSON": ("/admin/autocomplete/", "forbidden"),
    "privacy": ("/privacy/", "open"),
    "health": ("/readyz", "open"),
    "setting one up": ("/accounts/2fa/", "set-up"),
}


@pytest.fixture
def moderator() -> User:
    person = make_person(is_staff=True)
    person.groups.add(Group.objects.get(name="moderator"))
    return person


@pytest.mark.parametrize("has_one", [False, True], ids=["has none", "has one"])
def test_staff_use_nothing_before_their_second_factor(
    is_asked: None, client: Client, moderator: User, *, has_one: bool
) -> None:
    if has_one:
        add_app(moderator)
    client.force_login(moderator)
    door = reverse("mfa_reauthenticate" if has_one else "mfa_index")
    for page, (address, kind) in PAGES.items():
        answer = client.get(address)
        if kind == "forbidden":
            assert (answer.status_code, answer["Content-Type"]) == (403, "application/json"), page
        elif kind == "redirect" or (kind == "set-up" and has_one):
            assert (answer.status_code, answer["Location"].split("?")[0]) == (302, door), page
        else:
            assert answer.status_code not in {302, 403}, page


@pytest.mark.parametrize("way", WAYS)
def test_second_factor_of_the_session_opens_everything(
    is_asked: None, client: Client, moderator: User, way: str
) -> None:
    client.force_login(moderator)
    method, more = WAYS[way]
    if method:
        note_way(client, moderator, method, **more)
    for page in ("/staff/verdicts/", "/rules/"):
        assert (client.get(page).status_code == 200) is (way in WITH_FACTOR)


@pytest.mark.parametrize("who", ["member", "staff where the setting is off"])
def test_others_are_not_asked(client: Client, settings: Settings, who: str) -> None:
    settings.STAFF_SECOND_FACTOR = who == "member"
    client.force_login(make_user("ana", is_staff=who != "member"))
    assert client.get("/").status_code == 200


def test_record_of_somebody_else_counts_for_nobody(is_asked: None, client: Client) -> None:
    person = make_person(is_staff=True)
    client.force_login(person)
    note_way(client, make_person("bia"), "mfa", type="totp")
    assert client.get("/").status_code == 302


def test_staff_are_led_to_set_one_up_and_back_to_work(is_asked: None, client: Client) -> None:
    make_person(is_staff=True)
    sign_in(client, to="/admin/")
    page = client.get("/admin/", follow=True, headers=ENGLISH).content.decode()
    assert "Staff sign in with a second factor. Set one up" in page
    assert "/staff/verdicts/" not in page
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    give_code(client, code_of(secret_shown(client)), "mfa_activate_totp")
    assert client.get("/admin/").status_code == 200


def test_staff_from_before_give_theirs_and_go_on(is_asked: None, client: Client) -> None:
    person = make_person(is_staff=True)
    secret = add_app(person)
    client.force_login(person)
    door = client.get("/staff/verdicts/?page=2")["Location"]
    assert door == "/accounts/2fa/reauthenticate/?next=%2Fstaff%2Fverdicts%2F%3Fpage%3D2"
    answer = client.post(door, {"code": code_of(secret)})
    assert answer["Location"] == "/staff/verdicts/?page=2"


def test_posts_of_staff_without_it_do_nothing(is_asked: None, client: Client) -> None:
    person = make_person(is_staff=True, is_superuser=True)
    client.force_login(person)
    answer = client.post("/admin/clans/user/add/", {"username": "outra", "usable_password": "false"})
    assert answer["Location"] == reverse("mfa_index")
    assert User.objects.count() == 1


def test_every_open_route_is_a_route() -> None:
    arguments = {"account_reset_password_from_key": ["1", "k"]}
    assert all(reverse(name, args=arguments.get(name, [])) for name in OPEN | SET_UP)


def test_superuser_removes_what_was_lost(client: Client) -> None:
    person = make_person(is_staff=True)
    add_app(person)
    signed_in = Client()
    sign_in(signed_in)
    give_code(signed_in, recovery_code_of(person))
    client.force_login(make_person("chefe", is_staff=True, is_superuser=True))
    given = {"action": "remove_second_factor", "_selected_action": person.pk, "confirmed": "1"}
    client.post(reverse("admin:clans_user_changelist"), given)
    assert not Authenticator.objects.exists()
    assert signed_in.get(reverse("mfa_index")).status_code == 302
    assert sign_in(Client())["Location"] == "/"
