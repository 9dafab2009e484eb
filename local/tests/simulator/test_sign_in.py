"""Signing in at the stand-ins, as their references say it."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from local.simulator import discord as stand_in
from local.simulator.discord import CLIENT_ID, CLIENT_SECRET, Discord, Person
from local.simulator.simulator import Simulator
from local.tests.simulator.conftest import APPLICATION_ID, Ask

BACK = "http://127.0.0.1:8000/back/nonce/"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


def test_member_comes_back_with_a_token_that_opens_the_account_and_one_who_cancels_without(
    simulator: Simulator, session: requests.Session, ask: Ask
) -> None:
    def sign_in(account: str) -> dict[str, str]:
        location = ask("auth/login", redirect_uri=BACK, nofollow=1)["data"]["location"]
        assert account in session.get(location, timeout=10).text
        answer = session.post(location, data={"account": account}, allow_redirects=False, timeout=10)
        assert answer.headers["Location"].startswith(f"{BACK}?")
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    number = str(next(iter(simulator.world.members)))
    said = sign_in(number)
    assert (said["status"], said["account_id"]) == ("ok", number)
    form = {"application_id": APPLICATION_ID, "access_token": said["access_token"]}
    told = [
        session.post(f"{simulator.url}/wot/auth/{method}/", data=form, timeout=10).json()
        for method in ("prolongate", "logout", "prolongate")
    ]
    assert told[0]["data"]["account_id"] == int(number)
    assert told[1]["status"] == "ok"
    assert told[2]["error"]["message"] == "INVALID_ACCESS_TOKEN"
    assert sign_in("") == {"status": "error", "code": "401", "message": "AUTH_CANCEL"}


@pytest.fixture
def discord() -> Iterator[Discord]:
    with stand_in.running([Person("1", "ana", connections=[stand_in.xbox("opaque", "Onça")])]) as running:
        yield running


def asked(**fields: str) -> dict[str, str]:
    return {
        "client_id": CLIENT_ID, "response_type": "code", "redirect_uri": BACK, "scope": "identify", "state": "s",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    } | fields  # fmt: skip


def authorize(
    discord: Discord, session: requests.Session, *, person: str = "1", **fields: str
) -> dict[str, str]:
    address = f"{discord.api_url}/oauth2/authorize"
    form = asked(**fields) | {"person": person}
    answer = session.post(address, data=form, allow_redirects=False, timeout=10)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def exchange(discord: Discord, session: requests.Session, code: str, **fields: str) -> Any:
    form = {
        "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "grant_type": "authorization_code", "code": code,
        "redirect_uri": BACK, "code_verifier": VERIFIER,
    } | fields  # fmt: skip
    return session.post(f"{discord.api_url}/oauth2/token", data=form, timeout=10)


def read(discord: Discord, session: requests.Session, token: str, path: str) -> Any:
    return session.get(f"{discord.api_url}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=10)


def test_code_is_good_once_and_the_token_opens_what_was_granted(
    discord: Discord, session: requests.Session
) -> None:
    said = authorize(discord, session)
    assert said["state"] == "s"
    token = exchange(discord, session, said["code"]).json()["access_token"]
    assert read(discord, session, token, "/users/@me").json()["id"] == "1"
    assert read(discord, session, token, "/users/@me/connections").status_code == 403
    assert exchange(discord, session, said["code"]).status_code == 400
    discord.revoke("1")
    assert read(discord, session, token, "/users/@me").status_code == 401


@pytest.mark.parametrize(
    "fields",
    [
        {"code_verifier": "x"},
        {"redirect_uri": f"{BACK}x"},
        {"client_secret": "x"},
        {"client_id": "x"},
        {"code": "x"},
    ],
    ids=str,
)
def test_exchange_that_differs_is_refused(
    discord: Discord, session: requests.Session, fields: dict[str, str]
) -> None:
    code = authorize(discord, session)["code"]
    assert exchange(discord, session, **{"code": code} | fields).status_code in {400, 401}


def test_page_is_left_out_for_what_was_granted_before(discord: Discord, session: requests.Session) -> None:
    address = f"{discord.api_url}/oauth2/authorize"
    silent = asked(prompt="none")
    assert session.get(address, params=silent, allow_redirects=False, timeout=10).status_code == 200
    authorize(discord, session)
    assert session.get(address, params=silent, allow_redirects=False, timeout=10).status_code == 302
    more = silent | {"scope": "identify connections"}
    assert session.get(address, params=more, allow_redirects=False, timeout=10).status_code == 200
    discord.revoke("1")
    assert session.get(address, params=silent, allow_redirects=False, timeout=10).status_code == 200


def test_declined_scope_is_not_in_the_token(discord: Discord, session: requests.Session) -> None:
    discord.refused_scopes = {"connections"}
    code = authorize(discord, session, scope="identify connections")["code"]
    assert exchange(discord, session, code).json()["scope"] == "identify"
    assert authorize(discord, session, person="nobody")["error"] == "access_denied"
