"""The staff's queue of links that wait, with both sides of each, and the questions before a decision."""

import pytest
from django.http import HttpResponse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.tests.people import browser_of, staff_with
from clans.models import AccountLink, User
from clans.services.account_links import claim, dispute, prove
from local.simulator.discord import opaque_id
from tanks.tests.factories import rows
from territory.models import PlayerIdentity
from territory.services.linking import gamertag_key
from territory.tests.factories import make_placement, make_player, make_server, make_user

pytestmark = pytest.mark.django_db
URL = "/staff/links/"
Kind, Proof = AccountLink.Kind, AccountLink.Proof
XUID = "2535400000000017"
VIEW, CHANGE = "view_accountlink", "change_accountlink"


def ask_for(gamertag: str = "Onça", who: str = "ana", xuid: str = "") -> AccountLink:
    user = User.objects.filter(username=who).first() or make_user(who)
    return claim(user, Kind.GAMERTAG, gamertag_key(gamertag), name=gamertag, xuid=xuid)


def read(person: User | None = None) -> str:
    return browser_of(person or staff_with(VIEW, CHANGE)).get(URL).content.decode()


def post(link: AccountLink, decision: str, person: User | None = None, **values: str) -> HttpResponse:
    client = browser_of(person or staff_with(VIEW, CHANGE))
    return client.post(f"{URL}{link.pk}/{decision}/", values, follow=True)  # type: ignore[return-value]


def test_queue_is_for_staff_who_see_links_and_deciding_for_those_who_change_them() -> None:
    link = ask_for()
    member, anybody = make_user(), staff_with("view_user")
    assert [browser_of(one).get(URL).status_code for one in (member, anybody, staff_with(VIEW))] == [
        404,
        404,
        200,
    ]
    viewer, changer, both = staff_with(VIEW), staff_with(CHANGE), staff_with(VIEW, CHANGE)
    for person, expected in ((member, 404), (viewer, 404), (changer, 404), (both, 200)):
        for decision in ("confirm", "refuse"):
            assert browser_of(person).get(f"{URL}{link.pk}/{decision}/").status_code == expected
            if expected == 404:
                assert post(link, decision, person, reason="x", platform="xbox").status_code == 404
    assert "/confirm/" not in read(staff_with(VIEW))
    link.refresh_from_db()
    assert link.state == "claimed"


def test_gamertag_shows_log_connection_and_xuid() -> None:
    ask_for(xuid=XUID)
    lines = ["Not in the log lately", "connected no Xbox account", "nothing proves it", "Nobody else here"]
    page = read()
    assert [words for words in lines if words not in page] == []
    ana = User.objects.get(username="ana")
    make_placement(make_server(), gamertag="onça", occurred_at=timezone.now())
    xbox = prove(ana, Kind.XBOX, opaque_id(XUID), name="ONÇA", proof=Proof.OAUTH, at=timezone.now())
    lines, page = ["In the log, the last time", "has this gamertag", "The XUID fits"], read()
    assert [words for words in lines if words not in page] == []
    AccountLink.objects.filter(pk=xbox.pk).update(name="Jaguar", key="else")
    make_placement(make_server(), gamertag="Onça", player_id="A" * 40, occurred_at=timezone.now())
    ask_for(who="bia")
    lines, page = (
        ["2 different players", "is \u2068Jaguar\u2069", "nothing proves it", "1 other person says"],
        read(),
    )
    assert [words for words in lines if words not in page] == []
    assert "5045.5" not in page  # whereabouts are not needed here
    assert ("(by the Discord account)" in page, "signed in with it" in page) == (True, False)


def test_dispute_shows_both_sides_and_asks_whose_it_is() -> None:
    make_player("Onça")
    User.objects.filter(username="Onça").update(display_name="Bia")
    link = dispute(make_user("ana"), Kind.PLAYER_ID, PlayerIdentity.objects.get().player_id or "", name="Onça",
                   proof=Proof.HASH, at=timezone.now())  # fmt: skip
    page = read()
    for words in ("It belongs to \u2068Bia\u2069", "computed from the Steam account", "entered by hand"):
        assert words in page, words
    client = browser_of(staff_with(VIEW, CHANGE))
    question = client.get(f"{URL}{link.pk}/confirm/").content.decode()
    for words in ("\u2068Bia\u2069 loses it", "stays as it is", "counts as built by \u2068ana\u2069"):
        assert words in question, words
    assert "keeps it" in client.get(f"{URL}{link.pk}/refuse/").content.decode()
    assert post(link, "confirm").status_code == 200  # without a reason the question stays
    assert PlayerIdentity.objects.get().user != link.user
    post(link, "confirm", reason="O Steam prova.")
    assert PlayerIdentity.objects.get().user == link.user
    assert AccountLink.objects.get(user__display_name="Bia", state="refused").note == "O Steam prova."


def test_gamertag_is_confirmed_for_one_console() -> None:
    link = ask_for()
    post(link, "confirm")
    assert not PlayerIdentity.objects.exists()
    assert "Confirmed" in post(link, "confirm", platform="playstation").content.decode()
    assert PlayerIdentity.objects.get().platform == "playstation"


def test_stale_page_is_told_who_decided() -> None:
    link, first = ask_for(), staff_with(VIEW, CHANGE)
    post(link, "refuse", first, reason="x")
    for decision in ("confirm", "refuse"):
        answer = post(link, decision, reason="y", platform="xbox")
        assert (answer.status_code, first.username in answer.content.decode()) == (409, True)
        assert "No link waits." in answer.content.decode()
        assert browser_of(first).get(f"{URL}{link.pk}/{decision}/").status_code == 409
    assert browser_of(first).get(f"{URL}99999/confirm/").status_code == 404


@pytest.mark.parametrize("decision", ["confirm", "refuse"])
def test_page_read_about_another_owner_decides_nothing(decision: str) -> None:
    make_player("Onça")
    link, client = ask_for("Onça"), browser_of(staff_with(VIEW, CHANGE))
    page = client.get(f"{URL}{link.pk}/{decision}/")
    answers = {"owner": page.context["form"]["owner"].value(), "platform": "xbox", "reason": "x"}
    bia = make_user("bia")
    PlayerIdentity.objects.update(user=bia)
    assert client.post(f"{URL}{link.pk}/{decision}/", answers).status_code == 409
    assert PlayerIdentity.objects.get().user == bia
    assert AccountLink.objects.get(pk=link.pk).state == "claimed"


def test_own_link_is_for_others_to_decide() -> None:
    person = staff_with(VIEW, CHANGE)
    link = ask_for(who=person.username)
    assert "somebody else decides" in read(person)
    assert post(link, "confirm", person, platform="xbox").status_code == 409


def test_queue_costs_the_same_with_more_rows(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client, clan = browser_of(staff_with(VIEW, CHANGE)), rows.clan()
    for count in (1, 2):
        for number in range(count):
            ask_for(f"Nome {count}{number}", f"p{count}{number}")
            rows.claim(rows.user(), rows.player(clan))
            name = f"Onça {count}{number}"
            make_player(name)
            ask_for(name, f"q{count}{number}")
        with django_assert_num_queries(15):
            client.get(URL)


def test_queue_has_pages_with_the_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.waiting.PAGE", 2)
    for number in range(3):
        ask_for(f"g{number}", f"p{number}")
    client = browser_of(staff_with(VIEW, CHANGE))
    pages = [client.get(f"{URL}?page={page}").content.decode() for page in (1, 2)]
    assert [page.count("asks for") for page in pages] == [2, 1]
    assert pages[0].index("g0") < pages[0].index("g1")
    assert "3 links wait" in pages[1]
