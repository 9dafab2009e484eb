import html
import re
import uuid
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from clans.models import User
from tanks import selectors
from tanks.models import SyncedClan, SyncRun, SyncTrouble
from tanks.tests.factories import rows
from tanks.tests.factories.rows import visit_as

pytestmark = pytest.mark.django_db
PAGE, CHECK = "/sync/", "/sync/check"
HOSTILE = "<script>alert(1)</script>\u202e"
SECRET = "NameResolutionError: <10.0.0.7>"


@pytest.fixture(autouse=True)
def sync_settings(settings: Settings) -> None:
    settings.CLAN_ID, settings.WOT_APP_ID = "", uuid.uuid4().hex


def read(client: Client, language: str = "en", **query: Any) -> str:
    answer = client.get(PAGE, query, headers={"accept-language": language})
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


def words(page: str) -> str:
    """What is read out: without decoration and markup."""
    page = re.sub(r"<(\w+)[^>]*aria-hidden[^>]*>.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", page)).split())


def cells(page: str, table: str) -> list[list[str]]:
    """The words of a table's cells, row by row."""
    body = page.split(f'id="{table}"')[1].split("<tbody>")[1].split("</tbody>", maxsplit=1)[0]
    return [
        [words(cell) for cell in re.findall("<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        for row in body.split("<tr>")[1:]
    ]


def callouts(page: str) -> list[str]:
    return [words(found) for found in re.findall('<div class="callout.*?</div></div>', page, re.DOTALL)]


# -- Who may see it -----------------------------------------------------------------------------------------------


def test_page_of_a_member_elsewhere_offers_the_commanded_clans_alone(clan: SyncedClan) -> None:
    client = visit_as("commander", clan)
    who = User.objects.get(username="visitor-commander")
    elsewhere, second = rows.clan("Alfa"), rows.clan("Zulu")
    rows.member(who, elsewhere)
    assert 'class="chip"' not in read(client)
    rows.member(who, second, rows.COMMANDER)
    page = read(client, clan=second.pk)
    assert re.findall(r'class="chip" href="\?clan=(\d+)"( aria-current)?', page) == [
        (str(clan.pk), ""),
        (str(second.pk), " aria-current"),
    ]
    assert client.get(PAGE, {"clan": elsewhere.pk}).status_code == HTTPStatus.NOT_FOUND


# -- What it shows ------------------------------------------------------------------------------------------------


def test_page_shows_each_section_in_order(clan: SyncedClan) -> None:
    read_at = datetime(2026, 3, 1, 15, 0, 5, tzinfo=UTC)
    rows.status(
        clan,
        "tanks",
        last_success_at=read_at,
        last_change_at=read_at - timedelta(days=1),
        next_due_at=read_at + timedelta(minutes=20),
    )
    for section in ("accounts", "members"):
        rows.status(clan, section, last_error_at=read_at, trouble=SyncTrouble.UNAVAILABLE, last_error=SECRET)
    page = read(visit_as("commander", clan))
    members, accounts, vehicles, tanks, garages = cells(page, "freshness")
    assert [row[0] for row in (members, accounts, vehicles, garages)] == [
        "Members who is in the clan, and in which role",
        "Accounts battles, wins and ratings of each member",
        "Catalogue of vehicles names, tiers, nations and types; read when the game changes it",
        "Private garages what stands in the garage, of members who gave access",
    ]
    assert tanks == [
        "Players' vehicles every vehicle a member has fought in",
        "1 Mar, 12:00",
        "28 Feb, 12:00",
        "1 Mar, 12:20",
        "in order",
    ]
    assert (vehicles[1], vehicles[4], members[4], accounts[4]) == ("not yet", "\u2013", "trouble", "trouble")
    (trouble,) = callouts(page)
    assert trouble.startswith("The game's API did not answer.")
    for part in (
        "Concerns: Members ( 1 Mar, 12:00 ), Accounts",
        "Nothing is lost",
        "tries again by itself",
        "WOT_REALM",
    ):
        assert part in trouble


FIRST = "Nothing was read yet. The first reading is running or due."
FROM_NOON = "What you see is from today, 12:00."
READINGS: dict[str, tuple[list[str], str]] = {
    "never": ([], FIRST),
    "first": (["running"], FIRST),
    "never-well": (["failed"], "The last try failed. Nothing was read before."),
    "well": (["done"], "Read 12 min ago: everything arrived."),
    "well-before": (["running", "done", "failed"], "Read 12 min ago: everything arrived."),
    "in-part": (["partial"], "Read 12 min ago, but not everything arrived. What is missing stays as it was,"),
    "failed-once": (["failed", "done"], f"The last try failed. {FROM_NOON}"),
    "failed-thrice": (
        ["waiting", "failed", "abandoned", "failed", "done"],
        f"The last 3 tries failed. {FROM_NOON}",
    ),
}


@pytest.mark.parametrize(("states", "answer"), READINGS.values(), ids=READINGS)
def test_page_says_first_how_the_reading_goes(clan: SyncedClan, states: list[str], answer: str) -> None:
    with time_machine.travel(datetime(2026, 3, 1, 18, 0, tzinfo=UTC), tick=False):
        now = timezone.now()
        if "before" not in answer:
            rows.status(clan, "tanks", last_success_at=now - timedelta(hours=3))
        for state in reversed(states):
            rows.run(clan, state, ended_at=now - timedelta(minutes=12))
        assert answer in words(read(visit_as("commander", clan)).split('class="lede"')[1].split("</p>")[0])


def test_page_shows_the_newest_syncs(clan: SyncedClan) -> None:
    for number in range(selectors.RUNS_SHOWN + 3):
        rows.run(clan, calls=number)
    rows.run(rows.clan("Outro"), calls=77)
    begun = datetime(2026, 3, 1, 15, 0, 0, tzinfo=UTC)
    rows.run(
        clan,
        "partial",
        trigger="page",
        requested_by=rows.user("ana", display_name="Ana do Cerrado"),
        requested_at=begun,
        started_at=begun,
        ended_at=begun + timedelta(seconds=83),
        calls=1234,
        bytes=2_500_000,
        rows_changed=40_000,
        is_full=True,
        trouble=SyncTrouble.RATE_LIMITED,
    )
    found = cells(read(visit_as("commander", clan)), "runs")
    assert len(found) == selectors.RUNS_SHOWN
    assert found[0] == [
        "done in part all vehicles The game's API said that too many requests were sent.",
        *("1 Mar, 12:00", "Ana do Cerrado", "1 min 23 s", "1,234", "2.4 MB", "40,000"),
    ]
    assert found[1][2:4] == ["on schedule", "\u2013"]
    assert [row[4] for row in found[1:3]] == ["22", "21"]


@pytest.mark.parametrize(("kind", "times"), [("commander", 0), ("overseer", 2), ("superuser", 2)])
def test_page_shows_technical_errors_to_staff_alone(clan: SyncedClan, kind: str, times: int) -> None:
    rows.run(clan, "failed", trouble=SyncTrouble.UNAVAILABLE, error=SECRET)
    rows.status(clan, trouble=SyncTrouble.UNAVAILABLE, last_error=SECRET)
    client = visit_as(kind, clan)
    for page in (read(client), read(client, partial="1")):
        assert page.count("NameResolutionError: &lt;10.0.0.7&gt;") == times


@pytest.mark.parametrize(
    ("url", "source", "is_simulated"),
    [
        ("https://api.worldoftanks.com", "Wargaming the game's own API, realm HERE", False),
        ("http://127.0.0.1:9999", "Simulator invented players", True),
    ],
)
def test_page_says_whether_the_data_is_real(url: str, source: str, *, is_simulated: bool) -> None:
    clan = rows.clan(realm=rows.realm("here", url))
    page = read(visit_as("commander", clan))
    assert f"Source {source} Interval 20 min" in words(page)
    assert ("Simulated data" in page) is is_simulated


def test_page_escapes_hostile_names() -> None:
    clan = rows.clan(HOSTILE[:100], tag="<b>", realm=rows.realm(HOSTILE[:40], "http://127.0.0.1:9998"))
    rows.run(clan, requested_by=rows.user("x", display_name=HOSTILE))
    client = visit_as("overseer", clan)
    page = read(client)
    assert ">[&lt;b&gt;] &lt;script&gt;" in page
    rows.clan("Segundo")
    for shown in (page, read(client, clan=clan.pk)):
        assert "<script>alert" not in shown
        assert "[<b>]" not in shown


# -- While one is under way ---------------------------------------------------------------------------------------


def test_page_refreshes_what_changes_while_one_is_under_way(clan: SyncedClan) -> None:
    client = visit_as("commander", clan)
    for state, said, is_live in (
        ("", "No sync has been asked for yet.", False),
        ("done", "everything arrived", False),
        ("waiting", "A reading waits for its turn", True),
        ("running", "A reading is running", True),
    ):
        SyncRun.objects.all().delete()
        if state:
            rows.run(clan, state, started_at=rows.LONG_AGO)
        page, partial = read(client), read(client, partial="1")
        assert said in partial
        assert partial.strip() in page
        assert not [tag for tag in ("<html", "<form", "<script", "data-live") if tag in partial]
        assert ("data-live-target" in page, "js/live.js" in page) == (is_live, is_live), state


def test_page_says_when_no_application_id_is_set(clan: SyncedClan, settings: Settings) -> None:
    client = visit_as("commander", clan)
    assert "No application id" not in read(client)
    settings.WOT_APP_ID = ""
    page = read(client)
    assert "No application id is set" in page
    assert "WOT_APP_ID" in page


def test_page_says_that_a_clan_was_disbanded(clan: SyncedClan) -> None:
    client = visit_as("commander", clan)
    assert "disbanded" not in read(client)
    SyncedClan.objects.update(disbanded_at=rows.LONG_AGO)
    assert "that this clan is disbanded" in read(client)


def test_page_without_any_clan_tells_staff_what_to_configure(settings: Settings) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(rows.user("chefe", is_staff=True, is_superuser=True))
    assert "CLAN_ID" in read(client)
    assert "<form" not in read(client).split("<main")[1].split("</main>")[0]
    settings.WOT_REALM, settings.CLAN_ID = rows.OFFICIAL_URL, "1000004711"
    assert "#1000004711" in read(client)


# -- Its buttons -------------------------------------------------------------------------------------------------


def press(client: Client, clan: SyncedClan, **form: str) -> str:
    """Send what the page's own form holds, and return the message on the page it leads to."""
    page = read(client, clan=clan.pk).split("<main")[1]
    held = re.findall(r'<form[^>]* method="post" action="/sync/check">(.*?)</form>', page, re.DOTALL)[0]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', held))
    assert 'name="full" value="1">Read all vehicles again' in held
    answer = client.post(CHECK, hidden | form, follow=True, headers={"accept-language": "en"})
    assert answer.redirect_chain == [(f"/sync/?clan={clan.pk}", 302)]
    found = re.search(r'<div class="callout[^>]*role="status">.*?<div>(.*?)</div>', answer.content.decode())
    assert found
    return found[1]


def test_button_starts_a_sync_and_leads_back_with_a_message(clan: SyncedClan) -> None:
    client = visit_as("commander", clan, enforce_csrf_checks=True)
    assert press(client, clan) == "The reading was asked for. This page shows how it goes."
    assert press(client, clan) == "A reading is under way already. This page shows how it goes."
    run = SyncRun.objects.get()
    assert (run.state, run.is_full) == ("waiting", False)


def test_button_for_all_vehicles_asks_for_a_full_sync_after_one_that_runs(clan: SyncedClan) -> None:
    client = visit_as("commander", clan, enforce_csrf_checks=True)
    press(client, clan, full="1")
    assert SyncRun.objects.get().is_full
    SyncRun.objects.update(state="running", started_at=timezone.now(), is_full=False)
    assert "ask for all vehicles again" in press(client, clan, full="1")


@pytest.mark.parametrize(("kind", "status"), [("member", 403), ("stranger", 404), ("staff", 404)])
def test_form_sent_by_others_is_refused_with_a_page(clan: SyncedClan, kind: str, status: int) -> None:
    answer = visit_as(kind, clan).post(CHECK, {"clan": clan.pk, "next": "page"})
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    assert not SyncRun.objects.exists()


def test_form_sent_after_signing_out_leads_to_signing_in(clan: SyncedClan) -> None:
    answer = Client().post(CHECK, {"clan": clan.pk, "next": "page"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/sync/")


def test_next_leads_nowhere_but_to_the_page(clan: SyncedClan) -> None:
    answer = visit_as("commander", clan).post(CHECK, {"next": "https://example.org/"})
    assert answer.status_code == HTTPStatus.ACCEPTED
