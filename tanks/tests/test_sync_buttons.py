import re
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from tanks.models import SyncedClan, SyncRun
from tanks.tests import rows
from tanks.tests.rows import visit_as

pytestmark = pytest.mark.django_db
PAGE, CHECK = "/sync/", "/sync/check"


@pytest.fixture(autouse=True)
def sync_settings(settings: Settings) -> None:
    settings.CLAN_ID = ""


def read(client: Client, **query: Any) -> str:
    answer = client.get(PAGE, query, headers={"accept-language": "en"})
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


def press(client: Client, clan: SyncedClan, **form: str) -> str:
    """Send the page's own form and return the message on the page it leads to."""
    page = read(client, clan=clan.pk)
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.split("<main")[1])[0]
    hidden = {"csrfmiddlewaretoken": token, "clan": str(clan.pk), "next": "page"}
    answer = client.post(CHECK, hidden | form, follow=True, headers={"accept-language": "en"})
    assert answer.redirect_chain == [(f"/sync/?clan={clan.pk}", 302)]
    found = re.search(r'<div class="callout[^>]*role="status">.*?<div>(.*?)</div>', answer.content.decode())
    assert found
    return found[1]


def strict_commander(clan: SyncedClan) -> Client:
    who = rows.visitor("commander", clan)
    assert who is not None
    client = Client(enforce_csrf_checks=True)
    client.force_login(who)
    return client


def test_button_starts_a_sync_and_leads_back_with_a_message(clan: SyncedClan) -> None:
    client = strict_commander(clan)
    assert press(client, clan) == "The reading was asked for. This page shows how it goes."
    assert press(client, clan) == "A reading is under way already. This page shows how it goes."
    run = SyncRun.objects.get()
    assert (run.state, run.is_full) == ("waiting", False)


def test_button_for_all_vehicles_asks_for_a_full_sync(clan: SyncedClan) -> None:
    client = strict_commander(clan)
    press(client, clan, full="1")
    assert SyncRun.objects.get().is_full


def test_button_for_all_vehicles_while_a_sync_runs_says_to_ask_again(clan: SyncedClan) -> None:
    rows.run(clan, "running")
    assert "ask for all vehicles again" in press(strict_commander(clan), clan, full="1")


def test_form_of_the_page_holds_what_the_buttons_send(clan: SyncedClan) -> None:
    page = read(visit_as("commander", clan)).split("<main")[1]
    form = re.findall(r'<form[^>]* method="post" action="/sync/check">(.*?)</form>', page, re.DOTALL)[0]
    assert f'<input type="hidden" name="clan" value="{clan.pk}">' in form
    assert '<input type="hidden" name="next" value="page">' in form
    assert 'name="full" value="1">Read all vehicles again' in form


@pytest.mark.parametrize(("kind", "status"), [("member", 403), ("stranger", 404), ("staff", 404)])
def test_form_sent_by_others_is_refused_with_a_page(clan: SyncedClan, kind: str, status: int) -> None:
    answer = visit_as(kind, clan).post(CHECK, {"clan": clan.pk, "next": "page"})
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    assert not SyncRun.objects.exists()


def test_form_sent_after_signing_out_leads_to_signing_in(clan: SyncedClan) -> None:
    answer = Client().post(CHECK, {"clan": clan.pk, "next": "page"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/sync/")


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 302),
        ("application/json", 202),
        ("application/json, text/html;q=0.5", 202),
        ("*/*", 202),
        ("image/png", 202),
    ],
)
def test_browsers_get_a_page_and_machines_json(clan: SyncedClan, accept: str, status: int) -> None:
    assert visit_as("commander", clan).post(CHECK, headers={"accept": accept}).status_code == status


def test_next_leads_nowhere_but_to_the_page(clan: SyncedClan) -> None:
    answer = visit_as("commander", clan).post(CHECK, {"next": "https://example.org/"})
    assert answer.status_code == HTTPStatus.ACCEPTED
