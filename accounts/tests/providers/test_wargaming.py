"""Signing in with Wargaming, over sockets."""

import logging
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.utils import timezone
from django.views.debug import ExceptionReporter
from redis import ConnectionError as RedisConnectionError

from accounts.services import wargaming as service
from accounts.tests.browser import Browser
from clans.models import AccountLink, ClanMembership, User
from local.simulator import api
from local.simulator.simulator import Simulator
from tanks.models import Player, Realm
from tanks.services.realms import clan_in, realm_at
from tanks.services.roster import store_roster
from tanks.wargaming import answers
from territory.tests.factories import make_user

LOGIN = "/accounts/wargaming/login/"
pytestmark = pytest.mark.django_db


def go(browser: Browser, account: int | str, **form: str) -> HttpResponse:
    return browser.get(browser.choose(browser.post(LOGIN, **form)["Location"], account=str(account)))


def why(answer: HttpResponse) -> str:
    return parse_qs(urlsplit(answer["Location"]).query)["why"][0]


def member(wargaming: Simulator, role: str = "private") -> int:
    return next(number for number, place in wargaming.world.members.items() if place.role == role)


@pytest.fixture
def clan(wargaming: Simulator) -> None:
    """The simulator's clan, as a sync has read it."""
    world = wargaming.world
    synced = clan_in(realm_at(wargaming.url), world.clan_id)
    said = api.answer(world, "clans/info", "GET", {"clan_id": str(world.clan_id)})
    store_roster(synced, answers.clans(said["data"])[world.clan_id], at=timezone.now())


def test_without_an_application_id_there_is_no_way_in(browser: Browser, settings: Any) -> None:
    settings.WOT_APP_ID = ""
    assert [browser.client.get(LOGIN).status_code, browser.client.post(LOGIN).status_code] == [404, 404]
    assert browser.client.get("/accounts/wargaming/back/nonce/").status_code == 404


def test_realm_with_an_application_id_of_its_own_is_a_way_in(
    browser: Browser, wargaming: Simulator, settings: Any
) -> None:
    settings.WOT_APP_ID = ""
    realm = Realm.objects.create(name="simulator", url=wargaming.url, application_id="own")
    assert browser.client.get(LOGIN).status_code == 200
    assert browser.post(LOGIN, realm=realm.pk).status_code == 302
    assert browser.post(LOGIN, realm="999").status_code == 404


@pytest.mark.parametrize("is_https", [True, False])
def test_address_of_the_return_has_no_query_and_the_cookie_is_guarded(
    browser: Browser, wargaming: Simulator, settings: Any, *, is_https: bool
) -> None:
    settings.SESSION_COOKIE_SECURE = is_https
    away = browser.post(LOGIN, next="/wall")
    back = urlsplit(parse_qs(urlsplit(away["Location"]).query)["redirect_uri"][0])
    assert (back.query, back.path.startswith("/accounts/wargaming/back/")) == ("", True)
    cookie = away.cookies["wargaming_sign_in"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 600)
    assert bool(cookie["secure"]) is is_https


@pytest.mark.parametrize(("role", "rank"), [("private", "member"), ("commander", "commander")])
def test_member_signs_in_and_the_role_counts_at_once(
    browser: Browser, wargaming: Simulator, clan: None, role: str, rank: str
) -> None:
    number = member(wargaming, role)
    answer = go(browser, number, next="/tanks/")
    assert (answer.status_code, answer["Location"]) == (302, "/tanks/")
    player = Player.objects.get(account_id=number)
    assert player.user == browser.person
    assert ClanMembership.objects.get(user=browser.person).role == rank
    assert AccountLink.objects.get(user=browser.person).proof == "wargaming"
    assert go(browser, number).status_code == 302
    assert User.objects.count() == 1


def test_name_comes_from_the_api_and_the_token_is_forgotten(browser: Browser, wargaming: Simulator) -> None:
    number = member(wargaming)
    back = browser.choose(browser.post(LOGIN)["Location"], account=str(number))
    browser.get(back.replace("nickname=", "nickname=Commander_"))
    player = Player.objects.get()
    assert player.nickname == wargaming.world.players[number].nickname
    assert (player.access_token, len(wargaming.world.forgotten_tokens)) == ("", 1)


def test_answer_leads_to_a_clean_address_and_sends_no_referrer(
    browser: Browser, wargaming: Simulator
) -> None:
    for answer in (
        go(browser, member(wargaming)),
        browser.client.get("/accounts/wargaming/back/x/?access_token=secret"),
    ):
        assert (answer.status_code, answer["Referrer-Policy"]) == (302, "no-referrer")
        assert "token" not in answer["Location"]


TROUBLES = {
    "status=error&code=401&message=AUTH_CANCEL": "cancelled",
    "status=error&code=403&message=AUTH_EXPIRED": "expired",
    "status=error&code=410&message=AUTH_ERROR": "refused",
    **dict.fromkeys(("status=error", ""), "refused"),
    "status=ok": "forged",
    **{f"status=ok&account_id={number}&access_token=x": "forged" for number in ("1e3", "-1", "٣", "")},
    **{f"status=ok&account_id=7&access_token={token}": "refused" for token in ("", "%00", "unknown")},
}


def test_each_trouble_has_its_words(browser: Browser, wargaming: Simulator) -> None:
    for said, trouble in TROUBLES.items():
        back = parse_qs(urlsplit(browser.post(LOGIN)["Location"]).query)["redirect_uri"][0]
        answer = browser.get(f"{back}?{said}")
        assert (why(answer), browser.person) == (trouble, None), said
        assert browser.get(answer["Location"]).status_code == 200
        assert not User.objects.exists()


@pytest.mark.parametrize(
    ("path", "kind"),
    [("auth/login", "http_500"), ("auth/prolongate", "html"), ("account/info", "SOURCE_NOT_AVAILABLE")],
)
def test_api_that_is_down_is_one_clear_page(
    browser: Browser, wargaming: Simulator, path: str, kind: str
) -> None:
    wargaming.fault(kind, times=None, path=path)
    away = browser.post(LOGIN)
    if path != "auth/login":
        away = browser.get(browser.choose(away["Location"], account=str(member(wargaming))))
    assert (why(away), browser.person) == ("unavailable", None)
    assert not User.objects.exists()


def test_cache_that_is_down_lets_nobody_in(
    browser: Browser, wargaming: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise RedisConnectionError

    back = browser.choose(browser.post(LOGIN)["Location"], account=str(member(wargaming)))
    monkeypatch.setattr(type(cache._connections["default"]), "add", down)  # type: ignore[attr-defined]
    assert (why(browser.get(back)), browser.person) == ("unavailable", None)


EU, STAND_IN = "https://api.worldoftanks.eu", "http://127.0.0.1:9"
OWN = {
    EU: ["https://eu.wargaming.net/id/openid/", "https://worldoftanks.eu/auth/"],
    STAND_IN: ["http://127.0.0.1:10/id/"],
}
FOREIGN = {
    EU: [
        "http://eu.wargaming.net/id/", "https://wargaming.net.evil.example/", "https://evilwargaming.net/",
        "https://eu.wargaming.net@evil.example/", "https://eu.wargaming.net:8443/", "javascript:alert(1)", "//evil.example",
        "/accounts/login/", "https://evil.example\\.wargaming.net/", "https://eu.wargaming.net/\r\nX: y", "https://[", "",
    ],
    STAND_IN: ["http://evil.example/id/", "ftp://127.0.0.1/"],
}  # fmt: skip


@pytest.mark.parametrize("url", [EU, STAND_IN])
def test_browser_is_sent_to_wargaming_or_to_the_stand_ins_machine_alone(settings: Any, url: str) -> None:
    settings.WOT_REALM = url
    realm = Realm(name="x", url=url)
    assert [one for one in OWN[url] + FOREIGN[url] if service._may_send_to(one, realm)] == OWN[url]


# -- The garage ---------------------------------------------------------------------------------------------------


@pytest.fixture
def owner(browser: Browser, wargaming: Simulator) -> Player:
    go(browser, member(wargaming))
    return Player.objects.get()


def test_token_for_the_garage_is_kept_sealed_until_it_is_taken_back(
    browser: Browser, wargaming: Simulator, owner: Player
) -> None:
    go(browser, owner.account_id, process="garage")
    owner.refresh_from_db()
    token = owner.access_token
    assert token.startswith(f"sim-{owner.account_id}-")
    assert owner.token_expires_at is not None
    assert token not in wargaming.world.forgotten_tokens
    browser.client.post(f"/me/garage/{owner.pk}/revoke/")
    assert Player.objects.get(pk=owner.pk).access_token == ""
    assert token in wargaming.world.forgotten_tokens


def test_token_of_another_player_is_forgotten(browser: Browser, wargaming: Simulator, owner: Player) -> None:
    other = next(number for number in wargaming.world.members if number != owner.account_id)
    forgotten = len(wargaming.world.forgotten_tokens)
    assert why(go(browser, other, process="garage")) == "not-yours"
    assert len(wargaming.world.forgotten_tokens) == forgotten + 1
    assert set(Player.objects.values_list("access_token", flat=True)) == {""}


def test_garage_is_for_people_who_are_signed_in(browser: Browser, wargaming: Simulator) -> None:
    assert browser.client.post(f"{LOGIN}?process=garage")["Location"] == "/accounts/login/"
    assert browser.client.post(f"{LOGIN}?process=anything").status_code == 404


def test_account_is_linked_to_whoever_is_signed_in(browser: Browser, wargaming: Simulator) -> None:
    person = make_user("rafa", password="md5$x$y")
    browser.client.force_login(person)
    go(browser, member(wargaming), process="connect")
    assert (browser.person, Player.objects.get().user) == (person, person)


# -- Secrets ------------------------------------------------------------------------------------------------------


def test_token_is_in_no_log_session_or_row(
    browser: Browser, wargaming: Simulator, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(logging.getLogger("urllib3"), "level", logging.ERROR)
    number = member(wargaming)
    back = browser.choose(browser.post(LOGIN)["Location"], account=str(number))
    token = parse_qs(urlsplit(back).query)["access_token"][0]
    browser.get(back)
    browser.get(back)
    assert token not in caplog.text
    assert f"sim-{number}" not in caplog.text + str(dict(browser.client.session))


def test_error_of_ours_shows_and_logs_no_token(
    browser: Browser, wargaming: Simulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    back = browser.choose(browser.post(LOGIN)["Location"], account=str(member(wargaming)))
    monkeypatch.setattr(service, "proven_login", broken)
    browser.client.raise_request_exception = False
    answer = browser.get(back)
    assert answer.status_code == 500
    assert "sim-" not in answer.content.decode() + caplog.text
    (record,) = [one for one in caplog.records if one.exc_info]
    report = ExceptionReporter(record.request, *record.exc_info).get_traceback_text()  # type: ignore[attr-defined, misc]
    assert ("RuntimeError" in report, "sim-" in report) == (True, False)
