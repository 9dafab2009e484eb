"""What all pages share: roles, languages, errors, the content security policy, and vendored files."""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client
from django.urls import path, reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from analytics.selectors import territory_figures
from analytics.views import FIGURES_KEY
from territory.models import Infraction
from territory.tests.factories import (
    make_ban,
    make_base,
    make_infraction,
    make_placement,
    make_server,
    make_user,
    make_visitor,
)
from wotcs.urls import urlpatterns as site_urls

pytestmark = pytest.mark.django_db
ROLES = ["anonymous", "member", "staff", "moderator", "superuser"]
VENDOR = Path(settings.BASE_DIR) / "static" / "vendor"


def _break(request: HttpRequest) -> NoReturn:
    raise RuntimeError("secret of the server")


urlpatterns = [*site_urls, path("broken/", _break)]


@pytest.fixture(autouse=True)
def no_figures_kept() -> Iterator[None]:
    cache.delete(FIGURES_KEY)
    yield
    cache.delete(FIGURES_KEY)


def visit(client: Client, address: str, role: str = "anonymous", language: str = "en") -> str:
    if user := make_visitor(role):
        client.force_login(user)
    answer = client.get(address, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


# -- Home ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_home_shows_the_public_figures_to_everybody(client: Client, role: str) -> None:
    server = make_server()
    make_infraction(server, make_base(server, make_user()), ban=make_ban(server))
    figures = re.findall(r"<dt>(.*?)</dt><dd>(\d+)</dd>", visit(client, "/", role))
    assert figures == [
        ("Active bases", "1"),
        ("Placements judged", "1"),
        ("Active bans", "1"),
        ("Invasions today", "1"),
        ("Invasions in 7 days", "1"),
        ("Invasions in 30 days", "1"),
    ]


@pytest.mark.parametrize(
    ("role", "links"),
    [
        ("anonymous", {"home", "wall", "login"}),
        ("member", {"home", "wall"}),
        ("staff", {"home", "wall", "admin:index"}),
        ("moderator", {"home", "wall", "verdicts", "admin:index"}),
        ("superuser", {"home", "wall", "verdicts", "admin:index"}),
    ],
)
def test_navigation_shows_each_role_what_it_may_see(client: Client, role: str, links: set[str]) -> None:
    page = visit(client, "/", role)
    header = page[page.index("<header") : page.index("</header>")]
    known = ["home", "wall", "verdicts", "admin:index", "login"]
    assert {name for name in known if f'href="{reverse(name)}"' in header} == links
    assert ("Sign out" in header) is (role != "anonymous")


@pytest.mark.parametrize("rows", [1, 3])
def test_home_takes_four_queries_and_then_none_for_a_while(
    client: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    server = make_server()
    base = make_base(server, make_user())
    for n in range(rows):
        make_infraction(server, base, gamertag=f"P{n}", ban=make_ban(server, gamertag=f"P{n}"))
    with django_assert_num_queries(4):
        visit(client, "/")
    with django_assert_num_queries(0):
        visit(client, "/")


def test_home_works_while_the_cache_is_down(client: Client, settings: Settings) -> None:
    down = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": down}
    assert "Active bases" in visit(client, "/")


def test_figures_count_what_holds_now() -> None:
    now = datetime(2026, 2, 7, 1, 30, tzinfo=ZoneInfo("America/Sao_Paulo"))
    server = make_server()
    base = make_base(server, make_user(), registered_at=now - timedelta(days=90))
    make_base(server, make_user(), x=9000.0, removed_at=now, registered_at=now - timedelta(days=90))
    for hours in (1, 2, 24 * 7 - 1, 24 * 7 + 1, 24 * 30 - 1, 24 * 30 + 1):
        make_infraction(server, base, occurred_at=now - timedelta(hours=hours))
    make_infraction(server, base, occurred_at=now, status=Infraction.Status.REVIEW)
    make_infraction(server, base, occurred_at=now, infraction_type=Infraction.Type.FORBIDDEN_ITEM)
    make_placement(server, state="pending", outcome="", rule="")
    make_ban(server, gamertag="A")
    make_ban(server, gamertag="B", ends_at=now)
    make_ban(server, gamertag="C", lifted_at=now)
    figures = territory_figures(now)
    assert (figures.active_bases, figures.placements_judged, figures.active_bans) == (1, 8, 1)
    assert (figures.invasions_today, figures.invasions_7_days, figures.invasions_30_days) == (1, 3, 5)


# -- Signing in and out, languages --------------------------------------------------------------------------------


def test_sign_in_leads_to_where_one_wanted_to_go_and_sign_out_home(client: Client) -> None:
    user = make_user("Maria")
    user.set_password("a-long-password")
    user.save()
    refused = client.post(reverse("login"), {"username": "Maria", "password": "wrong"})
    assert b'role="alert"' in refused.content
    given = {"username": "Maria", "password": "a-long-password", "next": "/wall"}
    assert client.post(reverse("login"), given)["Location"] == "/wall"
    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout"))["Location"] == "/"
    assert "_auth_user_id" not in client.session


def test_sign_in_does_not_lead_to_other_sites(client: Client) -> None:
    user = make_user("Maria")
    user.set_password("a-long-password")
    user.save()
    given = {"username": "Maria", "password": "a-long-password", "next": "https://elsewhere.example/"}
    assert client.post(reverse("login"), given)["Location"] == "/"


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
    assert b"This page does not exist" in answer.content
    assert b'content="noindex"' in answer.content


def test_a_form_without_its_token_is_refused_with_words() -> None:
    answer = Client(enforce_csrf_checks=True).post(reverse("login"), {}, headers={"accept-language": "en"})
    assert answer.status_code == 403
    assert b"The form could not be checked" in answer.content


def test_a_fault_of_ours_is_told_in_both_languages_and_tells_nothing_else(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    answer = Client(raise_request_exception=False).get("/broken/")
    assert answer.status_code == 500
    page = answer.content.decode()
    assert "Algo deu errado" in page
    assert "Something went wrong" in page
    assert "secret" not in page


def test_a_request_that_makes_no_sense_is_told_in_both_languages() -> None:
    answer = Client(raise_request_exception=False).get("/", headers={"host": "bad_host!"})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "Não foi possível entender o pedido" in page
    assert "could not be understood" in page


# -- Policy and files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["/", "/wall", "/rules/", "/accounts/login/", "/staff/verdicts/", "/staff/verdicts/{pk}/"]
)
def test_pages_hold_nothing_the_policy_forbids(client: Client, address: str) -> None:
    server = make_server()
    placement = make_placement(server, make_base(server, make_user()))
    page = visit(client, address.format(pk=placement.pk), "anonymous" if "login" in address else "superuser")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    assert not re.search(r"(src|href|action)=\"(https?:)?//", page)


def test_every_page_carries_the_policy(client: Client) -> None:
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy + ";"
    assert "unsafe" not in policy


def test_vendored_files_are_those_of_the_manifest() -> None:
    manifest = json.loads((VENDOR / "manifest.json").read_text())
    listed = {
        f"{package['folder']}/{name}": digest
        for package in manifest
        for name, digest in package["sha256"].items()
    }
    found = {
        str(file.relative_to(VENDOR)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in VENDOR.glob("*/**/*")
        if file.is_file()
    }
    assert found == listed
    assert all(package["version"] in package["folder"] and package["licence"] for package in manifest)


def test_vendored_files_refer_to_no_maps_and_no_other_sites() -> None:
    for file in VENDOR.glob("*/*.css"):
        text = file.read_text()
        assert "sourceMappingURL" not in text
        assert not re.search(r"url\((?!['\"]?data:)", text)
        assert "@import" not in text


def test_home_counts_now(client: Client) -> None:
    assert timezone.localtime().strftime("Counted at %H:") in visit(client, "/")
