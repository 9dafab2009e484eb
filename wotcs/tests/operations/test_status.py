"""The public page of the site's state."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tanks.tests.factories import rows
from territory.models import Placement
from territory.services.intake import store
from territory.tests.factories import incoming, make_log_source, make_server

pytestmark = pytest.mark.django_db


def words(client: Client) -> str:
    page = client.get("/status/", headers={"accept-language": "en"}).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("<main")[2].partition("</main>")[0]))


def test_everything_works_is_said_first(client: Client) -> None:
    assert "Everything works" in words(client)


# The figures are read on a connection of their own, which sees nothing of an open transaction.
@pytest.mark.django_db(transaction=True)
def test_what_is_late_is_said_first_and_what_works_besides(client: Client) -> None:
    store(make_server(), [incoming()])
    Placement.objects.update(received_at=timezone.now() - timedelta(hours=1))
    text = words(client)
    assert "Judging of placements: late The rest works." in text
    assert "Bans to the game servers works" in text


def test_a_broker_that_is_down_stops_all_work_and_the_page_says_so(
    client: Client, settings: Settings
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert "Judging of placements: stands still" in words(client)


def test_a_log_that_cannot_be_read_is_named_by_its_server_and_its_error_is_not(client: Client) -> None:
    make_log_source(make_server(name="Fronteira"), "/srv/secret", last_error="Permission denied: /srv/secret")
    text = words(client)
    assert "Log of Fronteira: cannot be read" in text
    assert "secret" not in text


def test_a_clan_that_was_disbanded_is_no_source_any_more(client: Client) -> None:
    for name, disbanded_at in (("Sertão", None), ("Antigo", timezone.now())):
        rows.status(rows.clan(name, disbanded_at=disbanded_at), last_success_at=timezone.now())
    text = words(client)
    assert "Sertão" in text
    assert "Antigo" not in text
