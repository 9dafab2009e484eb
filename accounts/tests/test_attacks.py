"""Attempts to get into, or to take, an account by the ways to other sites: each ends without anybody signed in or linked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from allauth.socialaccount.models import SocialAccount
from django.core import signing
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.providers.wargaming import COOKIE
from accounts.tests.browser import Browser
from clans.models import AccountLink, User
from local.simulator.discord import Discord, Person
from local.simulator.simulator import Simulator
from tanks.models import Player
from territory.tests.factories import make_user

pytestmark = pytest.mark.django_db
DISCORD, DISCORD_BACK = "/accounts/discord/login/", "/accounts/discord/login/callback/"
WARGAMING = "/accounts/wargaming/login/"
ANA = "901100000000000001"


@dataclass
class Scene:
    """Two browsers, a victim's and an attacker's, each with an account at both sites."""

    discord: Discord
    wargaming: Simulator
    victim: Browser
    attacker: Browser

    @property
    def accounts(self) -> tuple[str, str]:
        one, other, *_more = map(str, self.wargaming.world.members)
        return one, other

    def discord_back(self, browser: Browser, person: str = ANA, **form: str) -> str:
        return browser.choose(browser.post(DISCORD, **form)["Location"], person=person)

    def wargaming_back(self, browser: Browser, number: int = 0, **form: str) -> str:
        return browser.choose(browser.post(WARGAMING, **form)["Location"], account=self.accounts[number])


@pytest.fixture
def scene(discord: Discord, wargaming: Simulator, db: None) -> Scene:
    discord.people["902"] = Person("902", "mallory")
    return Scene(discord, wargaming, Browser(), Browser())


# -- Discord


def state_of_another_browser(scene: Scene) -> HttpResponse:
    return scene.victim.get(scene.discord_back(scene.attacker, "902"))


def forged_state(scene: Scene) -> HttpResponse:
    back = scene.discord_back(scene.attacker)
    return scene.attacker.get(back.partition("state=")[0] + "state=forged")


def no_state(scene: Scene) -> HttpResponse:
    return scene.attacker.get(scene.discord_back(scene.attacker).partition("&state=")[0])


def expired_state(scene: Scene) -> HttpResponse:
    back = scene.discord_back(scene.victim)
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        return scene.victim.get(back)


def stolen_code_in_own_browser(scene: Scene) -> HttpResponse:
    """The attacker has the victim's code, and a state of the attacker's own: PKCE refuses."""
    code = parse_qs(urlsplit(scene.discord_back(scene.victim)).query)["code"][0]
    state = parse_qs(urlsplit(scene.attacker.post(DISCORD)["Location"]).query)["state"][0]
    return scene.attacker.get(f"{DISCORD_BACK}?code={code}&state={state}")


def used_code(scene: Scene) -> HttpResponse:
    back = scene.discord_back(scene.victim)
    code = parse_qs(urlsplit(back).query)["code"][0]
    scene.discord._codes.pop(code)
    return scene.victim.get(back)


def error_where_a_code_should_be(scene: Scene) -> HttpResponse:
    state = parse_qs(urlsplit(scene.attacker.post(DISCORD)["Location"]).query)["state"][0]
    return scene.attacker.get(f"{DISCORD_BACK}?error=server_error&state={state}")


# -- Wargaming


def no_cookie(scene: Scene) -> HttpResponse:
    """The attacker's own way back, sent to the victim as a link."""
    return scene.victim.get(scene.wargaming_back(scene.attacker))


def cookie_of_another_browser(scene: Scene) -> HttpResponse:
    back = scene.wargaming_back(scene.attacker)
    scene.victim.post(WARGAMING)
    return scene.victim.get(back)


def bear_cookie(scene: Scene, *, key: str | None = None, salt: str = COOKIE) -> HttpResponse:
    trip = {"nonce": "n", "realm": 1, "process": "login", "next": "", "user": None}
    scene.attacker.client.cookies[COOKIE] = signing.dumps(trip, key=key, salt=salt)
    return scene.attacker.get("/accounts/wargaming/back/n/?status=ok&account_id=7&access_token=x")


def wrong_nonce(scene: Scene) -> HttpResponse:
    query = scene.wargaming_back(scene.attacker).partition("?")[2]
    return scene.attacker.get(f"/accounts/wargaming/back/{'x' * 32}/?{query}")


def forged_cookie(scene: Scene) -> HttpResponse:
    return bear_cookie(scene, key="guessed")


def cookie_of_another_purpose(scene: Scene) -> HttpResponse:
    return bear_cookie(scene, salt="another")


def expired_cookie(scene: Scene) -> HttpResponse:
    back = scene.wargaming_back(scene.victim)
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        return scene.victim.get(back)


def foreign_token(scene: Scene) -> HttpResponse:
    """The attacker's own token with the victim's account id."""
    own, victims = scene.accounts
    back = scene.wargaming_back(scene.attacker)
    return scene.attacker.get(back.replace(f"account_id={own}", f"account_id={victims}"))


def linking_after_signing_out(scene: Scene) -> HttpResponse:
    scene.victim.client.force_login(make_user("victim", password="md5$x$y"))
    back = scene.wargaming_back(scene.victim, process="connect")
    scene.victim.client.logout()
    return scene.victim.get(back)


def linking_for_somebody_else(scene: Scene) -> HttpResponse:
    """Begun by one person, finished in a browser that another has signed in with since."""
    scene.victim.client.force_login(make_user("victim", password="md5$x$y"))
    back = scene.wargaming_back(scene.victim, process="connect")
    scene.victim.client.force_login(make_user("other", password="md5$x$y"))
    answer = scene.victim.get(back)
    scene.victim.client.logout()
    return answer


ATTACKS: tuple[Callable[[Scene], HttpResponse], ...] = (
    *(state_of_another_browser, forged_state, no_state, expired_state, stolen_code_in_own_browser, used_code),
    *(error_where_a_code_should_be, no_cookie, cookie_of_another_browser, wrong_nonce, forged_cookie),
    *(cookie_of_another_purpose, expired_cookie, foreign_token),
    *(linking_after_signing_out, linking_for_somebody_else),
)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__.replace("_", " "))
def test_attempt_signs_nobody_in_and_links_nothing(
    scene: Scene, attack: Callable[[Scene], HttpResponse]
) -> None:
    answer = attack(scene)
    assert (answer.status_code, urlsplit(answer["Location"]).path) == (302, "/accounts/providers/error/")
    assert scene.victim.get(answer["Location"]).status_code == 200
    assert [scene.victim.person, scene.attacker.person] == [None, None]
    assert not AccountLink.objects.exists()
    assert not SocialAccount.objects.exists()
    assert not Player.objects.exists()
    assert not User.objects.exclude(username__in=["victim", "other"]).exists()


# -- Once only


@pytest.mark.parametrize("way", ["discord", "wargaming"])
def test_answer_is_good_once(scene: Scene, way: str) -> None:
    back = getattr(scene, f"{way}_back")(scene.victim)
    cookie = scene.victim.client.cookies.get(COOKIE)
    scene.victim.get(back)
    assert scene.victim.person
    scene.victim.client.logout()
    if cookie:  # the browser would have forgotten it; an attacker has not
        scene.victim.client.cookies[COOKIE] = cookie.value
    assert "why=forged" in scene.victim.get(back)["Location"]
    assert scene.victim.person is None


# -- Where it leads


ELSEWHERE = (
    *("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"),
    *("https://[evil", "http:evil.example", "\x01//x"),
)


@pytest.mark.parametrize("way", ["discord", "wargaming"])
def test_signing_in_leads_to_no_other_site(scene: Scene, way: str) -> None:
    for address in ELSEWHERE:
        back = getattr(scene, f"{way}_back")(scene.victim, next=address)
        assert scene.victim.get(f"{back}&next={address}")["Location"] == "/", address
        assert scene.victim.person
        scene.victim.client.logout()


def test_next_address_is_checked_again_at_the_return(scene: Scene) -> None:
    away = scene.victim.post(WARGAMING)
    trip = signing.loads(away.cookies[COOKIE].value, salt=COOKIE) | {"next": "https://evil.example/"}
    scene.victim.client.cookies[COOKIE] = signing.dumps(trip, salt=COOKIE)
    back = scene.victim.choose(away["Location"], account=scene.accounts[0])
    assert scene.victim.get(back)["Location"] == "/"


def test_browser_is_not_sent_where_an_api_should_not_send_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tanks.wargaming.client.Client.login", lambda *_: "https://evil.example/id/")
    assert "why=unavailable" in scene.victim.post(WARGAMING)["Location"]


# -- Sessions and forms


@pytest.mark.parametrize("way", ["discord", "wargaming"])
def test_session_is_a_new_one_after_signing_in(scene: Scene, way: str) -> None:
    scene.victim.client.session.save()
    scene.victim.client.cookies["sessionid"] = (
        scene.attacker.client.session.session_key or "fixed-by-the-attacker"
    )
    back = getattr(scene, f"{way}_back")(scene.victim)
    before = scene.victim.client.cookies["sessionid"].value
    scene.victim.get(back)
    assert scene.victim.person
    assert scene.victim.client.cookies["sessionid"].value != before


@pytest.mark.parametrize(
    "path", [DISCORD, WARGAMING, f"{WARGAMING}?process=garage", f"{DISCORD}?process=connect"]
)
def test_no_other_site_begins_a_sign_in(scene: Scene, path: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_user("victim"))
    assert browser.post(path).status_code == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT"])
@pytest.mark.parametrize("path", [DISCORD, WARGAMING])
def test_only_a_form_begins_a_sign_in(scene: Scene, path: str, method: str) -> None:
    answer = scene.victim.client.generic(method, path)
    assert answer.status_code == (200 if method == "GET" else 405)
    assert not scene.discord.requests


def test_attempts_at_wargaming_are_counted(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.providers.wargaming.MOST_BY_ADDRESS", 2)
    assert [scene.attacker.post(WARGAMING).status_code for _ in range(3)] == [302, 302, 429]
