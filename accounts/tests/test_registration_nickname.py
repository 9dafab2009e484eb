"""Registration with a nickname of World of Tanks: looked at, then claimed with the new account."""

import pytest
from django.test import Client
from pytest_django import Settings

from clans.models import AccountLink, User
from tanks.access import clan_accesses
from tanks.models import SyncedClan
from tanks.tests.factories import rows

pytestmark = pytest.mark.django_db
TYPED = {
    "username": "rafa",
    "email": "r@example.org",
    "password1": "uma senha bem comprida",
    "has_read_privacy": "on",
}


@pytest.fixture
def clan() -> SyncedClan:
    return rows.clan(realm=rows.realm("here", "http://127.0.0.1:1"))


def post(client: Client, **values: str) -> str:
    return client.post(
        "/accounts/signup/", TYPED | values, follow=True, headers={"accept-language": "en"}
    ).content.decode()


def test_check_answers_and_keeps_what_was_typed_but_the_password(client: Client, clan: SyncedClan) -> None:
    rows.player(clan, "NandoCWB")
    page = post(client, nickname="nandocwb", check="1")
    for words in (
        'value="rafa"',
        'value="r@example.org"',
        'value="nandocwb"',
        "NandoCWB",
        "commander confirms",
        "checked",
    ):
        assert words in page, words
    assert TYPED["password1"] not in page
    assert page.index('name="check"') < page.index('name="password1"')
    assert not User.objects.filter(username="rafa").exists()


def test_nickname_is_claimed_with_the_new_account_and_opens_nothing(client: Client, clan: SyncedClan) -> None:
    player = rows.player(clan, "NandoCWB", role="commander")
    post(client, nickname="NandoCWB", role="commander", is_staff="on")
    link = AccountLink.objects.get()
    assert (link.user.username, link.key, link.state) == ("rafa", player.link_key, "claimed")
    assert not link.user.is_staff
    assert clan_accesses(link.user) == []


@pytest.mark.parametrize("nickname", ["", "  "])
def test_nickname_may_be_left_out(client: Client, clan: SyncedClan, nickname: str) -> None:
    post(client, nickname=nickname)
    assert User.objects.filter(username="rafa").exists()
    assert not AccountLink.objects.exists()


def test_nickname_that_cannot_be_claimed_makes_no_account_yet(client: Client, clan: SyncedClan) -> None:
    rows.player(clan, "Nando", user=rows.user())
    for nickname in ("Nando", "Ninguem", "Nan"):
        post(client, nickname=nickname)
    assert not User.objects.filter(username="rafa").exists()


@pytest.mark.parametrize(
    ("is_signed_in", "address", "process"),
    [(False, "/accounts/signup/", "login"), (True, "/me/wargaming/", "connect")],
)
def test_sign_in_at_wargaming_is_offered_beside_a_nickname_that_was_found(
    client: Client, clan: SyncedClan, settings: Settings, *, is_signed_in: bool, address: str, process: str
) -> None:
    rows.player(clan, "NandoCWB")
    if is_signed_in:
        client.force_login(rows.user("ana"))
    for application_id, is_offered in (("", False), ("0a1b2c3d4e5f60718293a4b5c6d7e8f9", True)):
        settings.WOT_APP_ID = application_id
        page = client.post(address, {"nickname": "NandoCWB", "check": "1"}).content.decode()
        assert (f'formaction="/accounts/wargaming/login/?process={process}"' in page) is is_offered
