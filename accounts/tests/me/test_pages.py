"""A person's own pages: what stands there, what one can do, and that it is one's own alone."""

import html
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts.me.links import lines_of, links_of
from accounts.tests.people import PASSWORD, browser_of
from accounts.tests.services.test_exporting import everything_about
from clans.models import AccountLink, ClanMembership, User
from local.simulator.discord import opaque_id
from tanks.models import GarageTank, Player
from tanks.services.garages import store_private_garage
from tanks.services.links import follow_game
from tanks.tests.factories import rows
from territory.models import IdentityConflict, PlayerIdentity
from territory.tests import factories

pytestmark = pytest.mark.django_db
Kind, State, Proof = AccountLink.Kind, AccountLink.State, AccountLink.Proof


@pytest.fixture
def person() -> User:
    return User.objects.create_user("rafa.mota", password=PASSWORD, display_name="Rafa Mota")


@pytest.fixture
def browser(person: User) -> Client:
    return browser_of(person)


def read(browser: Client, address: str = "/me/") -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return words(answer.content.decode())


def words(page: str) -> str:
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main)).split())


def link(person: User, kind: str, key: str, **fields: Any) -> AccountLink:
    if fields.get("state", State.CLAIMED) != State.CLAIMED:
        fields = {"decided_at": timezone.now(), "proof": Proof.OAUTH} | fields
    return AccountLink.objects.create(user=person, kind=kind, key=key, **fields)


# -- Who one is ---------------------------------------------------------------------------------------------------


def prove(person: User, proof: str, by: User | None = None, **fields: Any) -> None:
    """Link a player of DayZ to the person by this proof."""
    values = {"gamertag": "RafaMotaBR", "player_id": factories.player_id("Rafa"), "platform": "xbox"} | fields
    PlayerIdentity.objects.create(user=person, **values)
    AccountLink.objects.filter(user=person).update(proof=proof, decided_by=by)


def prove_by(proof: str, name: str = "") -> Callable[[User], object]:
    return lambda person: prove(person, proof, factories.make_user(name) if name else None)


def with_xuid(xuid: str) -> Callable[[User], object]:
    """Link a player, and the Xbox account that was made from another number or from the same one."""

    def make(person: User) -> None:
        link(person, Kind.XBOX, opaque_id("2533274880000000"), name="RafaMotaBR", state=State.PROVEN)
        prove(person, Proof.OAUTH, xuid=xuid)

    return make


def claim_nickname(person: User) -> None:
    rows.claim(person, rows.player(rows.clan("Serrados", tag="SERTA"), "Rafa_Mota_BR"))


def refuse_gamertag(person: User) -> None:
    link(person, Kind.GAMERTAG, "rafa", name="Rafa", state=State.REFUSED, note="Não é você", proof="")


KNOWN = "DayZ (Xbox) · RafaMotaBR"
PROFILES: dict[str, tuple[Callable[[User], object], Sequence[str]]] = {
    "staff-by-name": (prove_by(Proof.STAFF, "equipe"), [f"{KNOWN} Confirmed by \u2068equipe\u2069 of staff, today"]),
    "staff": (prove_by(Proof.STAFF), [f"{KNOWN} Confirmed by staff, today", "Proven Unlink…",
              "The server knows you by your player id", "All is well: the server knows that you are you."]),
    "discord": (prove_by(Proof.OAUTH), [f"{KNOWN} Proven by your Discord account, today"]),
    "steam": (prove_by(Proof.HASH), [f"{KNOWN} Computed from your Steam account, today"]),
    "entered": (prove_by(Proof.ENTERED), [f"{KNOWN} Entered by staff, today"]),
    "not-seen": (lambda person: prove(person, Proof.STAFF, player_id=None),
                 ["Not seen in the log yet", "One step is missing: enter the DayZ server once"]),
    "xuid-proven": (with_xuid("2533274880000000"), ["XUID 2533274880000000, proven by your Xbox account"]),
    "xuid-typed": (with_xuid("2533274880000001"), ["XUID 2533274880000001, not proven"]),
    "no-gamertag": (lambda person: None,
                    ["One step is missing: the DayZ server does not know your gamertag yet.", "Missing", "Not set up.",
                     "Without it you are an intruder even in your own base.",
                     "Have bases of your own once the server knows your gamertag"]),
    "nickname": (claim_nickname, ["an officer of \u2068[SERTA] Serrados\u2069 has not confirmed it yet",
                 "See your tanks in \u2068[SERTA] Serrados\u2069 once an officer has confirmed you"]),
    "refused": (refuse_gamertag, ["Refused by staff, today: \u2068Não é você\u2069 Refused"]),
    "app": (lambda person: Authenticator.objects.create(user=person, type="totp", data={}),
            ["Set up: it shows the code for signing in.", "None yet. Without them a lost phone locks you out."]),
}  # fmt: skip


@pytest.mark.parametrize(("make", "sentences"), PROFILES.values(), ids=PROFILES)
def test_profile_says_what_stands_behind_and_what_is_missing(
    person: User, browser: Client, make: Callable[[User], object], sentences: Sequence[str]
) -> None:
    make(person)
    page = read(browser)
    assert [words for words in sentences if words not in page] == []


def test_claim_waits_and_is_taken_back(person: User, browser: Client) -> None:
    claim = link(person, Kind.GAMERTAG, "rafa", name="Rafa")
    page = read(browser)
    assert "You entered it, today; staff have not confirmed it yet Waiting Take it back" in page
    assert "One step is missing: staff still have to confirm your gamertag." in page
    assert browser.post(reverse("withdraw-claim", args=[claim.pk])).status_code == 302
    assert not AccountLink.objects.exists()


def test_conflicts_are_shown_only_to_those_in_them(person: User, browser: Client) -> None:
    assert "Identity conflict" not in read(browser)
    link(person, Kind.STEAM, "76561197960265729", name="Rafa", state=State.DISPUTED)
    prove(person, Proof.STAFF)
    other = {"player_id": factories.player_id("Outro"), "gamertag": "RafaMotaBR"}
    seen = {"first_seen_at": timezone.now(), "last_seen_at": timezone.now()}
    IdentityConflict.objects.create(identity=PlayerIdentity.objects.get(), **other, **seen)
    page = read(browser)
    assert "“\u2068Rafa\u2069” is linked to somebody else, too." in page
    assert "The log saw “\u2068RafaMotaBR\u2069” with another player id." in page
    assert "Identity conflict" not in read(browser_of(factories.make_user()))


@pytest.mark.parametrize(
    ("doors", "offered"),
    [
        ({}, set()),
        (
            {"discord": "/d", "discord:connections": "/dc", "wargaming": "/w"},
            {"Link", "Bring it from Discord", "Sign in at Wargaming"},
        ),
    ],
    ids=["nothing-configured", "providers"],
)
def test_only_what_is_configured_is_offered(doors: dict[str, str], offered: set[str]) -> None:
    with translation.override("en"):
        lines = lines_of(links_of(factories.make_user()), doors, timezone.now())
        by_hand = {"Set a password", "Write it by hand; staff confirm it", "Write the nickname"}
        assert {str(way.label) for line in lines for way in line.ways} == offered | by_hand


def test_home_and_the_account_menu_lead_to_the_profile(browser: Client) -> None:
    page = browser.get("/").content.decode()
    assert page.count('href="/me/"') == 3  # the menu, the bar of a phone, and the missing gamertag
    assert "Link my gamertag" in page


# -- What one may, and the rest -----------------------------------------------------------------------------------


def test_powers_are_those_that_the_person_has(person: User, browser: Client) -> None:
    prove(person, Proof.STAFF)
    server = factories.make_server()
    factories.make_base(server, person)
    factories.permit(factories.make_base(server, factories.make_user(), x=9000.0), person)
    clan = rows.clan("Serrados", tag="SERTA")
    rows.player(clan, "Rafa_Mota_BR", user=person, role="commander")
    follow_game(clan, at=timezone.now())
    ClanMembership.objects.create(
        user=person, clan=factories.make_clan("Ex"), joined_at=rows.LONG_AGO, left_at=timezone.now()
    )
    page = read(browser)
    assert (
        "Build in your base Build in 1 base of others Build with \u2068[SERTA] Serrados\u2069 you command the clan "
        "See the tanks of \u2068[SERTA] Serrados\u2069"
    ) in page
    assert "Ex\u2069" not in page


def test_staff_read_their_groups(person: User, browser: Client) -> None:
    User.objects.filter(pk=person.pk).update(is_staff=True)
    person.groups.add(Group.objects.get(name="moderator"))
    assert "Work as staff moderator" in read(browser)


def test_name_and_address_are_saved(person: User, browser: Client) -> None:
    browser.post("/me/", {"display_name": " Rafa ", "email": "rafa@example.org"})
    person.refresh_from_db()
    assert (person.display_name, person.email) == ("Rafa", "rafa@example.org")


@pytest.mark.parametrize(
    "values",
    [{"display_name": "Rafa\u202e"}, {"display_name": "x" * 151}, {"email": "nowhere"}],
    ids=["turned-round", "long", "address"],
)
def test_bad_details_are_refused_beside_their_field(
    person: User, browser: Client, values: dict[str, str]
) -> None:
    answer = browser.post("/me/", {"display_name": "Rafa", "email": ""} | values)
    assert 'class="error"' in answer.content.decode()
    person.refresh_from_db()
    assert (person.display_name, person.email) == ("Rafa Mota", "")


def test_connections_are_read_until_the_person_says_no(person: User, browser: Client) -> None:
    User.objects.filter(pk=person.pk).update(reads_connections=True)
    assert "Stop reading my connections" in read(browser)
    browser.post(reverse("withdraw-connections"))
    person.refresh_from_db()
    assert person.reads_connections is False


def test_sessions_are_listed_and_ended(person: User) -> None:
    def sign_in(agent: str) -> Client:
        browser = Client(headers={"user-agent": agent, "accept-language": "en"})
        browser.post(reverse("account_login"), {"login": person.username, "password": PASSWORD})
        browser.get("/me/")
        return browser

    phone, laptop, work = sign_in("Android Chrome"), sign_in("Windows Firefox"), sign_in("Linux Chrome")
    page = laptop.get("/me/").content.decode()
    assert "Firefox · Windows" in words(page)
    ends = re.findall(r'action="(/me/sessions/\d+/end/)"', page)
    assert len(ends) == 2
    laptop.post(ends[0])
    assert [one.get("/me/").status_code for one in (phone, laptop, work)].count(302) == 1
    laptop.post(reverse("end-sessions"))
    assert [one.get("/me/").status_code for one in (phone, laptop, work)] == [302, 200, 302]


def test_profile_asks_the_same_number_of_queries_for_few_rows_and_for_many(
    person: User, browser: Client
) -> None:
    counts = []
    for tag in ("Um", "Dois"):
        everything_about(person, tag)
        browser.force_login(User.objects.get(pk=person.pk))
        with CaptureQueriesContext(connection) as queries:
            read(browser)
        counts.append(len(queries))
    assert len(set(counts)) == 1


# -- Somebody else's ----------------------------------------------------------------------------------------------


def test_what_is_somebody_elses_is_not_there(browser: Client) -> None:
    other = factories.make_user("outra")
    everything_about(other, "Zulmira")
    session, player = UserSession.objects.get(user=other), other.players.get()
    before = other.account_links.count()
    routes = {
        **dict.fromkeys(("unlink", "withdraw-claim"), other.account_links.earliest("pk")),
        "end-session": session,
        **dict.fromkeys(("revoke-garage", "share-garage"), player),
    }
    assert browser.get(reverse("unlink", args=[routes["unlink"].pk])).status_code == 404
    for route, row in routes.items():
        assert browser.post(reverse(route, args=[row.pk])).status_code == 404, route
    assert (other.account_links.count(), UserSession.objects.get(user=other)) == (before, session)
    player.refresh_from_db()
    assert (player.access_token, player.shares_garage) == ("token-Zulmira", False)


def test_unlinking_says_what_it_costs_and_does_it(person: User, browser: Client) -> None:
    prove(person, Proof.STAFF)
    address = reverse("unlink", args=[person.account_links.get().pk])
    assert "From then on the server does not know that you are you" in read(browser, address)
    browser.post(address)
    assert PlayerIdentity.objects.get().user is None


def test_last_way_in_shows_no_button() -> None:
    person = factories.make_user("so-discord", discord_id="123")
    SocialAccount.objects.create(user=person, provider="discord", uid="123")
    browser = browser_of(person)
    address = reverse("unlink", args=[person.account_links.get().pk])
    page = read(browser, address)
    assert "It is your only way to sign in" in page
    assert "Set a password first" in page
    browser.post(address)
    assert User.objects.filter(discord_id="123").exists()


# -- The garage ---------------------------------------------------------------------------------------------------


@pytest.fixture
def player(person: User) -> Player:
    token = {"access_token": "a" * 32, "token_expires_at": timezone.now() + timedelta(days=9)}
    player = rows.player(rows.clan(), "Rafa_Mota_BR", user=person, **token)
    store_private_garage(player, [rows.garage_tank(player).tank_id, rows.vehicle().pk], at=timezone.now())
    return player


def test_garage_says_what_was_given_and_read(browser: Client, player: Player) -> None:
    page = read(browser, "/me/garage/")
    assert "Rafa_Mota_BR Given" in page
    assert "2 vehicles in the garage." in page
    assert "Nobody but you sees it." in page
    assert player.access_token not in page


def test_garage_is_taken_back_with_what_it_showed(browser: Client, player: Player) -> None:
    browser.post(reverse("revoke-garage", args=[player.pk]))
    assert Player.objects.get().access_token == ""
    assert set(GarageTank.objects.values_list("in_garage", flat=True)) == {None}
    assert "Not given" in read(browser, "/me/garage/")


def test_garage_is_shared_and_no_longer(browser: Client, player: Player) -> None:
    for shares in ("yes", "no"):
        browser.post(reverse("share-garage", args=[player.pk]), {"shares": shares})
        assert Player.objects.get().shares_garage is (shares == "yes")


# -- One's data ---------------------------------------------------------------------------------------------------


def test_export_is_a_file_that_nobody_keeps(person: User, browser: Client) -> None:
    answer = browser.get("/me/export/")
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
    assert answer.json()["account"]["username"] == "rafa.mota"


def leave(browser: Client, **values: str) -> str:
    given = {"username": "rafa.mota", "password": PASSWORD} | values
    return browser.post("/me/delete/", given, follow=True).content.decode()


def is_erased(person: User) -> bool:
    return User.objects.filter(pk=person.pk, erased_at__isnull=False).exists()


def test_account_is_deleted_by_name_and_password(person: User, browser: Client) -> None:
    assert "Your account is deleted." in leave(browser)
    assert is_erased(person)
    assert browser.get("/me/").status_code == 302


@pytest.mark.parametrize(
    "values",
    [{"username": "rafa"}, {"password": "outra"}, {"password": ""}],
    ids=["name", "password", "blank"],
)
def test_account_is_not_deleted_without_name_and_password(
    person: User, browser: Client, values: dict[str, str]
) -> None:
    assert 'class="error"' in leave(browser, **values)
    assert not is_erased(person)


def test_staff_do_not_delete_their_account(person: User, browser: Client) -> None:
    User.objects.filter(pk=person.pk).update(is_staff=True)
    assert "Ask a superuser to take your powers away first." in leave(browser)
    assert not is_erased(person)


@pytest.mark.parametrize(("minutes", "may"), [(1, True), (6, False)], ids=["fresh", "old"])
def test_without_a_password_a_fresh_sign_in_is_needed(*, minutes: int, may: bool) -> None:
    person = factories.make_user("so-discord")
    browser = browser_of(person)
    session = browser.session
    at = (timezone.now() - timedelta(minutes=minutes)).timestamp()
    session["account_authentication_methods"] = [{"method": "socialaccount", "at": at}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    assert ("Sign in again" in read(browser, "/me/delete/")) is not may
    leave(browser, username="so-discord")
    assert is_erased(person) is may


def test_deleted_account_is_named_as_such_where_the_name_stood(person: User) -> None:
    base = factories.make_base(factories.make_server(), person)
    factories.permit(base, factories.make_user("amiga"), granted_by=person)
    leave(browser_of(person))
    staff = rows.visit_as("superuser", rows.clan())
    page = staff.get(reverse("admin:territory_base_change", args=[base.pk])).content.decode()
    assert "Rafa Mota" not in page
    assert "deleted account" in page
