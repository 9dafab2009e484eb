"""What all pages share: navigation, languages, errors, and the content security policy."""

import re
from typing import NoReturn

import pytest
from django.http import HttpRequest
from django.test import Client
from django.urls import path, reverse
from pytest_django import Settings

from territory.tests.factories import make_base, make_placement, make_server, make_user, make_visitor
from wotcs.urls import urlpatterns as site_urls

pytestmark = pytest.mark.django_db


def _break(request: HttpRequest) -> NoReturn:
    raise RuntimeError("secret of the server")


urlpatterns = [*site_urls, path("broken/", _break)]


def visit(client: Client, address: str, role: str = "anonymous", language: str = "en") -> str:
    if user := make_visitor(role):
        client.force_login(user)
    answer = client.get(address, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


# -- Navigation ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "links"),
    [
        ("anonymous", {"home", "wall", "rules", "account_login"}),
        ("member", {"home", "bases", "tanks"}),
        ("staff", {"home", "bases", "tanks", "admin:index"}),
        ("moderator", {"home", "bases", "tanks", "review"}),
        ("superuser", {"home", "bases", "tanks", "review"}),
    ],
)
def test_navigation_shows_each_role_what_it_may_see(client: Client, role: str, links: set[str]) -> None:
    page = visit(client, "/", role)
    header = page[page.index("<header") : page.index("</header>")]
    known = ["home", "bases", "wall", "rules", "tanks", "review", "admin:index", "account_login"]
    assert {name for name in known if f'href="{reverse(name)}"' in header} == links
    assert ("Sign out" in header) is (role != "anonymous")


# -- Signing in and out, languages --------------------------------------------------------------------------------


@pytest.mark.parametrize(("wanted", "address"), [("/wall", "/wall"), ("https://elsewhere.example/", "/")])
def test_sign_in_leads_to_where_one_wanted_to_go_on_this_site_and_sign_out_home(
    client: Client, wanted: str, address: str
) -> None:
    user = make_user("Maria")
    user.set_password("a-long-password")
    user.save()
    refused = client.post(reverse("account_login"), {"login": "Maria", "password": "wrong"})
    assert b'role="alert"' in refused.content
    given = {"login": "Maria", "password": "a-long-password", "next": wanted}
    assert client.post(reverse("account_login"), given)["Location"] == address
    assert client.get(reverse("account_logout")).status_code == 405
    assert client.post(reverse("account_logout"))["Location"] == "/"
    assert "_auth_user_id" not in client.session


def test_language_is_switched_by_post_and_kept(client: Client) -> None:
    page = visit(client, "/wall?gamertag=a&server=b", language="pt-br")
    assert '<html lang="pt-br">' in page
    assert 'name="next" value="/wall?gamertag=a&amp;server=b"' in page
    answer = client.post(reverse("set_language"), {"language": "en", "next": "/wall?gamertag=a"})
    assert answer["Location"] == "/wall?gamertag=a"
    assert '<html lang="en">' in visit(client, "/", language="pt-br")


def test_site_speaks_portuguese_to_whoever_asks_for_neither_language(client: Client) -> None:
    assert '<html lang="pt-br">' in visit(client, "/", language="fr")


def test_the_readers_own_name_is_escaped(client: Client) -> None:
    client.force_login(make_user("x", display_name="<script>alert(1)</script>"))
    page = client.get("/").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


# -- Errors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["anonymous", "moderator"])
def test_a_page_that_is_not_there_says_so_in_the_readers_language(client: Client, role: str) -> None:
    if user := make_visitor(role):
        client.force_login(user)
    answer = client.get("/nowhere/", headers={"accept-language": "en"})
    assert answer.status_code == 404
    assert b"We did not find this page" in answer.content
    assert b'content="noindex"' in answer.content


def test_a_form_without_its_token_is_refused_with_words() -> None:
    answer = Client(enforce_csrf_checks=True).post(
        reverse("account_login"), {}, headers={"accept-language": "en"}
    )
    assert answer.status_code == 403
    assert b"The form could not be checked" in answer.content


@pytest.mark.parametrize(
    ("address", "host", "status", "words"),
    [
        ("/broken/", "localhost", 500, ["Algo deu errado", "Something went wrong"]),
        ("/", "bad_host!", 400, ["Não foi possível entender o pedido", "could not be understood"]),
    ],
    ids=["fault of ours", "makes no sense"],
)
def test_request_that_fails_is_told_in_both_languages_and_tells_nothing_else(
    settings: Settings, address: str, host: str, status: int, words: list[str]
) -> None:
    settings.ROOT_URLCONF = __name__
    answer = Client(raise_request_exception=False).get(address, headers={"host": host})
    page = answer.content.decode()
    assert (answer.status_code, [one in page for one in words]) == (status, [True, True])
    assert "secret" not in page


# -- Policy and files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        *("/", "/wall", "/rules/", "/status/", "/privacy/", "/accounts/login/", "/staff/verdicts/"),
        *("/staff/verdicts/{pk}/", "/dev/components", "/map/", "/map/?table=bases", "/bases/check/"),
    ],
)
def test_pages_hold_nothing_the_policy_forbids(client: Client, address: str) -> None:
    server = make_server()
    placement = make_placement(server, make_base(server, make_user()))
    page = visit(client, address.format(pk=placement.pk), "anonymous" if "login" in address else "superuser")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
    scripts = re.findall(r"<script[^>]*>", page)
    assert all("src=" in tag or 'type="application/json"' in tag for tag in scripts)
    assert not re.search(r"(src|href|action)=\"(https?:)?//", page)


def test_every_page_carries_the_policy(client: Client) -> None:
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy + ";"
    assert "unsafe" not in policy
