"""Pages on which people say which accounts are theirs: what they read, and what stays of what they typed."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.tests.people import browser_of
from clans.models import AccountLink, User
from clans.services.account_links import refuse
from tanks.access import clan_accesses
from tanks.models import Player, SyncedClan
from tanks.tests.factories import rows
from territory.models import PlayerIdentity
from territory.tests.factories import make_player, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def clan() -> SyncedClan:
    return rows.clan(realm=rows.realm("here", "http://127.0.0.1:1"))


@pytest.fixture
def ana(client: Client) -> User:
    """The person who is signed in, in English."""
    ana = make_user("ana", language="en")
    client.force_login(ana)
    return ana


def post(client: Client, route: str, **values: str) -> str:
    """Post to a page and return what is read in the end."""
    return client.post(reverse(route), values, follow=True).content.decode()


# -- World of Tanks -----------------------------------------------------------------------------------------------


def test_nickname_is_looked_at_then_claimed_and_opens_nothing(
    client: Client, clan: SyncedClan, ana: User
) -> None:
    player = rows.player(clan, "NandoCWB", role="commander")
    checked = post(client, "claim-wargaming", nickname="nandocwb", check="1")
    assert "NandoCWB" in checked
    assert "A commander confirms it." in checked
    assert not AccountLink.objects.exists()
    assert "NandoCWB" in post(client, "claim-wargaming", nickname="nandocwb")
    link = AccountLink.objects.get()
    assert (link.user, link.key, link.state) == (ana, player.link_key, "claimed")
    assert clan_accesses(ana) == []
    assert client.get(reverse("clan-claims")).status_code == 404
    assert "NandoCWB" not in client.get(reverse("tanks")).content.decode()
    assert "Waiting" in client.get(reverse("claim-wargaming")).content.decode()


def test_one_of_a_choice_is_claimed_and_nothing_beside_it(
    client: Client, clan: SyncedClan, ana: User
) -> None:
    nando, cwb = rows.player(clan, "O_Nando"), rows.player(clan, "NandoCWB")
    taken = rows.player(clan, "Nando_2", user=rows.user())
    stranger = rows.player(clan, "Outra")
    assert "Which one is yours?" in post(client, "claim-wargaming", nickname="nando", check="1")
    for account in ("", taken.link_key, stranger.link_key, "x", "1:99999999999999999999"):
        page = post(client, "claim-wargaming", nickname="nando", account=account)
        assert "Choose yours" in page, account
    assert not AccountLink.objects.filter(user=ana).exists()
    post(client, "claim-wargaming", nickname="nando", account=cwb.link_key)
    assert [link.key for link in AccountLink.objects.filter(user=ana)] == [cwb.link_key] != [nando.link_key]


@pytest.mark.parametrize(
    ("nickname", "words"),
    [
        pytest.param("Velho", "already belongs to somebody here", id="taken"),
        pytest.param("Ninguem", "only the last reading", id="not-found-while-the-game-is-silent"),
        pytest.param("<script>", "&lt;script&gt;", id="markup"),
        pytest.param("", "required", id="blank"),
    ],
)
def test_answer_says_what_to_do(
    client: Client, clan: SyncedClan, ana: User, nickname: str, words: str
) -> None:
    rows.player(clan, "Velho", user=rows.user("velho"))
    assert words in post(client, "claim-wargaming", nickname=nickname)
    assert not AccountLink.objects.filter(state="claimed").exists()


def test_many_names_in_a_row_are_slowed_down(
    client: Client, clan: SyncedClan, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.services.claiming.MOST_LOOKUPS", 1)
    rows.player(clan, "Nando")
    pages = [post(client, "claim-wargaming", nickname="Nando", check="1") for _ in range(2)]
    assert ["Too many names in a row" in page for page in pages] == [False, True]


def test_refused_claim_shows_its_reason_and_may_be_made_again(
    client: Client, clan: SyncedClan, ana: User
) -> None:
    link = rows.claim(ana, rows.player(clan, "Nando"))
    refuse(link, by=rows.user(), reason="Quem é você?", at=rows.LONG_AGO)
    assert "Quem é você?" in client.get(reverse("claim-wargaming")).content.decode()
    post(client, "claim-wargaming", nickname="Nando")
    link.refresh_from_db()
    assert (link.state, link.note) == ("claimed", "Quem é você?")


# -- Registration -------------------------------------------------------------------------------------------------


TYPED = {
    "username": "rafa",
    "email": "r@example.org",
    "password1": "uma senha bem comprida",
    "has_read_privacy": "on",
}


@pytest.fixture
def newcomer() -> Client:
    return browser_of()


def test_check_answers_and_keeps_what_was_typed_but_the_password(newcomer: Client, clan: SyncedClan) -> None:
    rows.player(clan, "NandoCWB")
    page = post(newcomer, "account_signup", **TYPED, nickname="nandocwb", check="1")
    for typed in ("rafa", "r@example.org", "nandocwb"):
        assert f'value="{typed}"' in page, typed
    for words in ("NandoCWB", "commander confirms", "checked"):
        assert words in page, words
    assert TYPED["password1"] not in page
    assert page.index('name="check"') < page.index('name="password1"')
    assert not User.objects.filter(username="rafa").exists()


def test_nickname_is_claimed_with_the_new_account_and_opens_nothing(
    newcomer: Client, clan: SyncedClan
) -> None:
    player = rows.player(clan, "NandoCWB", role="commander")
    post(newcomer, "account_signup", **TYPED, nickname="NandoCWB", role="commander", is_staff="on")
    link = AccountLink.objects.get()
    assert (link.user.username, link.key, link.state) == ("rafa", player.link_key, "claimed")
    assert not link.user.is_staff
    assert clan_accesses(link.user) == []


@pytest.mark.parametrize(
    ("nickname", "is_registered"),
    [("", True), ("  ", True), ("Nando", False), ("Ninguem", False), ("Nan", False)],
    ids=["blank", "spaces", "taken", "nobody", "choice"],
)
def test_nickname_may_be_left_out_but_not_be_wrong(
    newcomer: Client, clan: SyncedClan, nickname: str, *, is_registered: bool
) -> None:
    rows.player(clan, "Nando", user=rows.user())
    post(newcomer, "account_signup", **TYPED, nickname=nickname)
    assert User.objects.filter(username="rafa").exists() is is_registered
    assert not AccountLink.objects.filter(state="claimed").exists()


@pytest.mark.parametrize(("route", "process"), [("account_signup", "login"), ("claim-wargaming", "connect")])
def test_sign_in_at_wargaming_is_offered_beside_a_nickname_that_was_found(
    newcomer: Client, clan: SyncedClan, settings: Settings, route: str, process: str
) -> None:
    rows.player(clan, "NandoCWB")
    if process == "connect":
        newcomer.force_login(rows.user("ana"))
    for application_id, is_offered in (("", False), ("0a1b2c3d4e5f60718293a4b5c6d7e8f9", True)):
        settings.WOT_APP_ID = application_id
        page = post(newcomer, route, nickname="NandoCWB", check="1")
        assert (f'formaction="/accounts/wargaming/login/?process={process}"' in page) is is_offered


# -- DayZ ---------------------------------------------------------------------------------------------------------


def test_gamertag_waits_for_staff_and_is_nobodys_until_then(client: Client, ana: User) -> None:
    page = post(client, "claim-gamertag", gamertag="Onça  Pintada", xuid="2535400000000017")
    assert "Until they confirm" in page
    link = AccountLink.objects.get()
    assert (link.kind, link.key, link.name, link.xuid) == (
        "gamertag",
        "onça pintada",
        "Onça  Pintada",
        "2535400000000017",
    )
    assert not PlayerIdentity.objects.exists()


@pytest.mark.parametrize(
    ("gamertag", "xuid", "words"),
    [
        pytest.param("Survivor", "", "gives this name to anybody", id="placeholder"),
        pytest.param("On\u200bça", "", "invisible characters", id="unseen-characters"),
        pytest.param("ana", "", "already yours", id="own"),
        pytest.param("Onça", "12x", "digits only", id="no-xuid"),
        pytest.param("Onça", "1" * 21, "at most 20", id="long-xuid"),
        pytest.param("x" * 101, "", "at most 100", id="long-name"),
        pytest.param("Jaguar", "", "already belongs", id="waiting-for-somebody-else"),
    ],
)
def test_gamertag_that_cannot_be_claimed_is_refused_at_once(
    client: Client, gamertag: str, xuid: str, words: str
) -> None:
    ana = make_player("ana")
    User.objects.update(language="en")
    make_player("Jaguar", known=False)
    client.force_login(ana)
    assert words in post(client, "claim-gamertag", gamertag=gamertag, xuid=xuid)
    assert not AccountLink.objects.filter(state="claimed").exists()


def test_gamertag_of_a_known_player_may_be_asked_for(client: Client, ana: User) -> None:
    make_player("Jaguar")
    post(client, "claim-gamertag", gamertag="Jaguar")
    assert AccountLink.objects.get(user=ana).state == "claimed"
    assert Player.objects.count() == 0
