"""Signing in with Discord, over sockets."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.http import HttpResponse

from accounts.services import discord as service
from accounts.services.discord import withdraw_connections
from accounts.tests.browser import Browser
from clans.models import AccountLink, User
from local.simulator.discord import FAULTS, Discord, Person, steam, xbox
from territory.tests.factories import make_user

LOGIN, BACK = "/accounts/discord/login/", "/accounts/discord/login/callback/"
ANA = "901100000000000001"
pytestmark = pytest.mark.django_db


def go(browser: Browser, person: str = ANA, **form: str) -> HttpResponse:
    """Press the button, choose a person at Discord, and come back as often as Discord is asked."""
    away = browser.post(LOGIN, **form)
    assert away.status_code == 302
    return browser.wander(browser.get(browser.choose(away["Location"], person=person)))


def asked(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query)


def why(answer: HttpResponse) -> str:
    return asked(answer["Location"])["why"][0]


def kinds(person: User | None) -> set[str]:
    return set(AccountLink.objects.filter(user=person, state="proven").values_list("kind", flat=True))


@pytest.fixture
def ana(discord: Discord) -> Person:
    person = discord.people[ANA]
    person.connections = [steam("76561198000000201", "ana"), xbox("opaque", "Onça")]
    return person


def test_without_a_discord_application_there_is_no_way_in(browser: Browser) -> None:
    for path in (LOGIN, BACK, f"{BACK}?code=1&state=2"):
        assert browser.client.get(path).status_code == 404
        assert browser.client.post(path).status_code in {404, 405}


def test_asks_for_the_id_only_and_for_connections_when_the_member_agrees(
    browser: Browser, discord: Discord
) -> None:
    plain, agreed = (asked(browser.post(LOGIN, **form)["Location"]) for form in ({}, {"connections": "1"}))
    assert (plain["scope"], set(agreed["scope"][0].split())) == (["identify"], {"identify", "connections"})
    assert plain["code_challenge_method"] == ["S256"]
    assert "email" not in str(plain)
    attacker = browser.client.post(f"{LOGIN}?scope=email,guilds&auth_params=scope%3Dbot")["Location"]
    assert asked(attacker)["scope"] == ["identify"]


def test_stranger_signs_in_and_nothing_of_the_token_is_kept(
    browser: Browser, discord: Discord, ana: Person
) -> None:
    answer = go(browser, next="/wall")
    assert (answer.status_code, browser.person and browser.person.discord_id) == (200, ANA)
    assert kinds(browser.person) == {"discord"}
    assert not SocialToken.objects.exists()
    assert SocialAccount.objects.get().extra_data == {}
    sent = [headers for _verb, path, headers in discord.requests if path != "/oauth2/authorize"]
    assert {headers["User-Agent"] for headers in sent} == {"WOTCS (sign-in)"}


def test_gamertag_is_refreshed_at_each_sign_in(browser: Browser, discord: Discord, ana: Person) -> None:
    go(browser, connections="1")
    ana.connections = [xbox("opaque", "Jaguar")]
    browser.client.logout()
    go(browser, next="/wall")
    assert AccountLink.objects.get(kind="gamertag").name == "Jaguar"
    assert AccountLink.objects.filter(kind="steam").exists()


def test_second_way_asks_nothing_and_goes_once_only(browser: Browser, discord: Discord, ana: Person) -> None:
    go(browser, connections="1")
    browser.client.logout()
    away = browser.post(LOGIN)
    again = browser.get(browser.choose(away["Location"], person=ANA))
    query = asked(again["Location"])
    assert (set(query["scope"][0].split()), query["prompt"]) == ({"identify", "connections"}, ["none"])
    discord.refused_scopes = {"connections"}
    assert browser.get(browser.choose(again["Location"], person=ANA))["Location"] == "/"
    assert browser.person
    assert not browser.person.reads_connections


@pytest.mark.parametrize("how", ["refused", "cancelled", "consent_required", "withdrawn"])
def test_agreement_ends_and_the_sign_in_succeeds(
    browser: Browser, discord: Discord, ana: Person, how: str
) -> None:
    go(browser, connections="1")
    browser.client.logout()
    if how == "withdrawn":
        withdraw_connections(User.objects.get())
        go(browser)
    else:
        discord.revoke(ANA)
        again = browser.get(browser.choose(browser.post(LOGIN)["Location"], person=ANA))
        if how == "refused":
            discord.refused_scopes = {"connections"}
            back = browser.choose(again["Location"], person=ANA)
        elif how == "cancelled":
            back = browser.choose(again["Location"], person="nobody")
        else:
            back = f"{BACK}?error={how}&state={asked(again['Location'])['state'][0]}"
        browser.get(back)
    assert browser.person
    assert not browser.person.reads_connections
    assert "xbox" in kinds(browser.person)


@pytest.mark.parametrize("path", ["/oauth2/token", "/users/@me", "/users/@me/connections"])
def test_fault_of_discord_is_one_clear_page_and_links_nothing(
    browser: Browser, discord: Discord, ana: Person, path: str
) -> None:
    a_list_still = {"wrong_shape"} if path.endswith("connections") else set()
    for kind in sorted(FAULTS.keys() - {"hang", "endless"} - a_list_still):
        discord.fault(path, kind)
        answer = go(browser, connections="1")
        assert (answer.status_code, browser.person) == (200, None), kind
        assert "Discord" in answer.content.decode()
        assert not User.objects.exists()


@pytest.mark.parametrize("kind", ["hang", "endless"])
def test_answer_without_end_is_given_up(
    browser: Browser, discord: Discord, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(service, "_TIMEOUT", (0.5, 0.5))
    discord.fault("/users/@me", kind)
    begun = time.monotonic()
    go(browser)
    assert (browser.person, time.monotonic() - begun < 10) == (None, True)


def test_discord_that_is_not_there_is_one_clear_page(
    browser: Browser, discord: Discord, settings: object
) -> None:
    away = browser.post(LOGIN)
    back = browser.choose(away["Location"], person=ANA)
    settings.DISCORD_API_URL = "http://127.0.0.1:1/api"  # type: ignore[attr-defined]
    assert why(browser.get(back)) == "unavailable"


@pytest.mark.parametrize("kind", ["http_500", "unauthorized", "html"])
def test_connections_that_cannot_be_read_today_keep_nobody_out(
    browser: Browser, discord: Discord, ana: Person, kind: str
) -> None:
    go(browser, connections="1")
    browser.client.logout()
    discord.fault("/users/@me/connections", kind)
    go(browser)
    assert browser.person
    assert browser.person.reads_connections


def test_somebody_else_at_discord_in_between_is_not_signed_in(
    browser: Browser, discord: Discord, ana: Person
) -> None:
    discord.people["902"] = Person("902", "bia")
    go(browser, connections="1")
    browser.client.logout()
    again = browser.get(browser.choose(browser.post(LOGIN)["Location"], person=ANA))
    browser.get(browser.choose(again["Location"], person="902"))
    assert browser.person
    assert browser.person.discord_id == ANA
    assert User.objects.count() == 1


def test_cancelled_sign_in_says_so(browser: Browser, discord: Discord) -> None:
    away = browser.post(LOGIN)
    answer = browser.get(browser.choose(away["Location"], person="nobody"))
    assert why(answer) == "cancelled"
    assert browser.wander(answer).status_code == 200


def test_person_with_a_password_is_told_to_use_it(browser: Browser, discord: Discord) -> None:
    make_user("ana", discord_id=ANA, password="md5$x$y")
    answer = go(browser)
    assert (browser.person, answer.status_code) == (None, 200)
    assert "senha" in answer.content.decode() or "password" in answer.content.decode()


def test_inactive_person_is_refused_like_a_wrong_password(browser: Browser, discord: Discord) -> None:
    make_user("ana", discord_id=ANA, is_active=False)
    answer = browser.get(browser.choose(browser.post(LOGIN)["Location"], person=ANA))
    assert (answer["Location"], browser.person) == ("/accounts/login/", None)


def test_account_is_linked_to_whoever_is_signed_in(browser: Browser, discord: Discord, ana: Person) -> None:
    person = make_user("rafa", password="md5$x$y")
    browser.client.force_login(person)
    go(browser, process="connect", connections="1")
    assert browser.person == person
    assert User.objects.get().reads_connections
    assert kinds(person) == {"discord", "steam", "player_id", "xbox", "gamertag"}
