from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from tanks.models import Section, SyncedClan, SyncRun, SyncTrouble
from tanks.tests.factories import rows
from tanks.tests.factories.answers import NOW
from tanks.tests.factories.rows import visit_as

pytestmark = pytest.mark.django_db
STATUS = "/sync/status"
SECRET = "NameResolutionError: 10.0.0.7"


@pytest.fixture(autouse=True)
def sync_settings(settings: Settings) -> None:
    settings.CLAN_ID = ""


def read_status(client: Client, **query: Any) -> dict[str, Any]:
    answer = client.get(STATUS, query)
    assert answer.status_code == HTTPStatus.OK
    assert "no-store" in answer["Cache-Control"]
    body: dict[str, Any] = answer.json()
    return body


def test_status_shows_the_newest_run(clan: SyncedClan) -> None:
    rows.run(clan)
    begun = NOW + timedelta(seconds=2)
    times = {"requested_at": NOW, "started_at": begun, "ended_at": begun + timedelta(seconds=1.5)}
    figures = {"calls": 7, "bytes": 123_456, "rows_changed": 42, "changes": {"tanks": 42}}
    trouble = {"trouble": SyncTrouble.RATE_LIMITED, "error": SECRET}
    run = rows.run(clan, "partial", trigger="page", **times, **figures, **trouble)
    body = read_status(visit_as("commander", clan))
    assert "too many requests" in body["run"].pop("detail")
    assert body["run"] == {
        "id": run.pk,
        "state": "partial",
        "trigger": "page",
        "is_full": False,
        "trouble": "rate_limited",
        "requested_at": "2026-03-01T12:00:00Z",
        "started_at": "2026-03-01T12:00:02Z",
        "ended_at": "2026-03-01T12:00:03.500Z",
        "seconds": 1.5,
        **figures,
    }
    assert (body["clan"], body["running"]) == (clan.name, False)


def test_status_without_any_run_is_empty_and_lists_every_section(clan: SyncedClan) -> None:
    body = read_status(visit_as("commander", clan))
    assert (body["run"], body["source"], body["realm"]) == (None, "api", "na")
    assert [row["section"] for row in body["sections"]] == Section.values
    assert {(row["last_success_at"], row["detail"]) for row in body["sections"]} == {(None, "")}


def test_status_shows_each_sections_freshness(clan: SyncedClan) -> None:
    times = {"last_success_at": NOW, "last_change_at": NOW - timedelta(days=1), "last_error_at": NOW}
    trouble = {"trouble": SyncTrouble.HELD_BACK, "last_error": SECRET}
    rows.status(clan, "members", next_due_at=NOW + timedelta(minutes=20), **times, **trouble)
    members = read_status(visit_as("commander", clan))["sections"][0]
    assert "Members were missing" in members.pop("detail")
    assert members == {
        "section": "members",
        "label": "Members",
        "trouble": "held_back",
        "notes": [],
        "last_success_at": "2026-03-01T12:00:00Z",
        "last_change_at": "2026-02-28T12:00:00Z",
        "last_error_at": "2026-03-01T12:00:00Z",
        "next_due_at": "2026-03-01T12:20:00Z",
    }


def test_status_of_another_clans_run_is_the_newest_of_this_one(clan: SyncedClan) -> None:
    asked, newest = rows.run(clan, "failed"), rows.run(clan)
    foreign = rows.run(rows.clan("Outro"), "running")
    client = visit_as("commander", clan)
    body = read_status(client, run=asked.pk)
    assert (body["run"]["id"], body["running"]) == (asked.pk, False)
    for number in (foreign.pk, "x", "-1", "9" * 5000, "9" * 19, "\u0661", ""):
        assert read_status(client, run=number)["run"]["id"] == newest.pk
    for state in ("waiting", "running"):
        SyncRun.objects.filter(pk=asked.pk).update(state=state)
        assert read_status(client)["running"] is True


@pytest.mark.parametrize("kind", ["commander", "overseer", "superuser"])
def test_status_shows_technical_errors_of_what_is_not_well_to_staff_alone(
    clan: SyncedClan, kind: str
) -> None:
    rows.run(clan, "failed", trouble=SyncTrouble.UNAVAILABLE, error=SECRET)
    rows.status(clan, trouble=SyncTrouble.UNAVAILABLE, last_error=SECRET)
    rows.status(clan, "members", last_success_at=NOW, last_error_at=rows.LONG_AGO, last_error=SECRET)
    body = read_status(visit_as(kind, clan))
    errors = [body["run"].get("error"), *(row.get("error") for row in body["sections"])]
    if kind == "commander":
        assert (set(errors), SECRET in str(body)) == ({None}, False)
    else:
        assert errors == [SECRET, "", "", "", SECRET, ""]
