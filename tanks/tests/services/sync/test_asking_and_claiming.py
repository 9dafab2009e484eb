"""Who is synced when: asking, being due, claiming, and what settings that are wrong bring."""

import json
import sys
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone, translation
from pytest_django import Settings

from clans.models import Clan
from local.simulator.world import CLAN_NAME
from tanks import tasks
from tanks.models import Player, Realm, SyncedClan, SyncRun
from tanks.services import sync
from tanks.tests.factories import rows
from tanks.tests.services.sync import truth
from tanks.tests.services.sync.conftest import PAGES, Site

pytestmark = pytest.mark.django_db
State, Trigger = SyncRun.State, SyncRun.Trigger


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The clans for which a worker was woken."""
    clans: list[int] = []
    monkeypatch.setattr(tasks.sync_clan, "apply_async", lambda args, **_: clans.append(*args))
    return clans


def test_asking_twice_asks_once() -> None:
    clan, person = rows.clan(), rows.user()
    asked = sync.request_sync(clan, trigger=Trigger.PAGE, by=person)
    again = sync.request_sync(clan, trigger=Trigger.COMMAND, is_full=True)
    assert again == asked
    stored = SyncRun.objects.get()
    assert (stored.state, stored.trigger, stored.requested_by) == (State.WAITING, Trigger.PAGE, person)
    assert stored.is_full, "who asks for all vehicles gets them"
    SyncRun.objects.update(state=State.RUNNING, started_at=timezone.now())
    assert sync.request_sync(clan, trigger=Trigger.PAGE) == asked


def test_asking_behind_one_that_may_be_dead_waits_for_the_next() -> None:
    clan = rows.clan()
    dead = rows.run(clan, "running", started_at=timezone.now() - timedelta(minutes=2))
    asked = sync.request_sync(clan, trigger=Trigger.PAGE, is_full=True)
    assert (asked != dead, asked.state, asked.is_full) == (True, State.WAITING, True)


def test_due_are_those_whose_time_has_come_who_were_asked_for_or_left_in_the_middle() -> None:
    now = timezone.now()
    later = now + timedelta(minutes=5)
    due, waiting, doubtful, running, idle = (
        rows.clan(name, sync_due_at=now if name == "due" else later)
        for name in ("due", "waiting", "doubtful", "running", "idle")
    )
    Clan.objects.create(name="not of the game")
    rows.run(waiting, State.WAITING)
    rows.run(doubtful, State.RUNNING, started_at=now - timedelta(minutes=2))
    rows.run(running, State.RUNNING, started_at=now - timedelta(seconds=5))
    rows.run(idle, State.ABANDONED, started_at=now - timedelta(hours=2))
    assert set(sync.due_clans(now)) == {due.pk, waiting.pk, doubtful.pk}


def test_sweep_wakes_tasks_and_makes_the_clan_of_the_settings(settings: Settings, woken: list[int]) -> None:
    settings.WOT_REALM, settings.CLAN_ID = "http://127.0.0.1:9", "77"
    tasks.sync_due_clans()
    clan = SyncedClan.objects.get(wargaming_id=77)
    assert woken == [clan.pk]
    SyncedClan.objects.update(sync_due_at=timezone.now() + timedelta(minutes=1))
    tasks.sync_due_clans()
    assert woken == [clan.pk]


@pytest.mark.parametrize(("realm", "number"), [("nonsense", "77"), ("http://127.0.0.1:9", "seventy")])
def test_sweep_goes_on_with_wrong_settings(
    settings: Settings, woken: list[int], realm: str, number: str
) -> None:
    other = rows.clan()
    settings.WOT_REALM, settings.CLAN_ID = realm, number
    tasks.sync_due_clans()
    assert woken == [other.pk]
    assert list(Realm.objects.values_list("name", flat=True)) == ["na"], "nothing half-made"


def test_task_syncs_a_clan_that_is_due_and_no_sooner_and_moves_its_time(
    settings: Settings, synced: Site
) -> None:
    tasks.sync_clan(synced.clan.pk)
    assert (synced.watch.asked, SyncRun.objects.count()) == ([], 1)
    settings.WOT_SYNC_MINUTES = 35
    SyncedClan.objects.update(sync_due_at=timezone.now())
    tasks.sync_clan(synced.clan.pk)
    assert len(synced.watch.asked) == 3
    run = SyncRun.objects.latest("pk")
    assert (run.state, run.trigger) == (State.DONE, Trigger.SCHEDULE)
    synced.clan.refresh_from_db()
    assert run.started_at
    assert synced.clan.sync_due_at == run.started_at + timedelta(minutes=35)
    assert {status.next_due_at for status in synced.clan.sync_statuses.all()} == {synced.clan.sync_due_at}


def test_task_does_what_was_asked_for_before_the_time(synced: Site) -> None:
    asked = sync.request_sync(synced.clan, trigger=Trigger.PAGE, is_full=True)
    tasks.sync_clan(synced.clan.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.trigger, asked.is_full) == (State.DONE, Trigger.PAGE, True)
    assert len(synced.watch.ids("account/tanks")) == 10
    tasks.sync_clan(synced.clan.pk)
    assert SyncRun.objects.count() == 2


def command(*arguments: str) -> tuple[str, Any]:
    """Return what the command says, and its exit code or its error."""
    out = StringIO()
    try:
        call_command("sync_clan", *arguments, stdout=out)
    except (SystemExit, CommandError) as end:
        return out.getvalue(), end
    return out.getvalue(), None


def test_missing_application_id_stops_before_anything_is_sent(settings: Settings, site: Site) -> None:
    settings.WOT_APP_ID = ""
    said, end = command()
    assert (type(end), end.code) == (SystemExit, 1)
    assert "WOT_APP_ID is not set" in said
    assert site.watch.asked == []
    run = SyncRun.objects.get()
    assert (run.state, run.trouble, run.calls) == (State.FAILED, "not_configured", 0)
    assert site.trouble("members") == "not_configured"
    assert not Player.objects.exists()


@pytest.mark.parametrize(
    ("realm", "number", "advice"),
    [
        *(("http://127.0.0.1:9", number, "CLAN_ID") for number in ("", "onça", "0", "٣", str(2**63))),
        *((realm, "77", "https://api.worldoftanks.com") for realm in ("nonsense", "https://")),
    ],
)
def test_nonsense_in_the_settings_makes_no_row(
    settings: Settings, realm: str, number: str, advice: str
) -> None:
    settings.WOT_REALM, settings.CLAN_ID = realm, number
    said, end = command()
    assert isinstance(end, CommandError)
    assert (advice in str(end), said) == (True, "")
    assert (Realm.objects.count(), SyncedClan.objects.count(), SyncRun.objects.count()) == (0, 0, 0)


def test_json_holds_the_numbers_of_the_run(settings: Settings, site: Site) -> None:
    settings.CLAN_ID = "4"
    said, end = command("--clan", str(site.simulator.world.clan_id), "--json")
    assert end is None
    printed = json.loads(said)
    run = SyncRun.objects.get()
    names = ("state", "calls", "bytes", "rows_changed", "changes", "trouble", "error")
    assert printed == {name: getattr(run, name) for name in names} | {
        "run": run.pk,
        "clan": site.clan.wargaming_id,
        "name": CLAN_NAME,
        "realm": site.simulator.url,
        "full": True,
        "seconds": printed["seconds"],
    }
    assert printed["state"] == "done"
    assert printed["calls"] == len(site.watch.asked) == 3 + PAGES + 1
    tanks = len(truth.expected_tanks(site.truth()))
    assert printed["changes"]["tanks"] == 2 * tanks, "each vehicle, and its first snapshot"
    assert printed["rows_changed"] == sum(printed["changes"].values())
    assert 0 < printed["seconds"] < 60
    truth.assert_all_stored(site.clan, site.truth())


def test_exit_code_tells_whether_anything_came(synced: Site) -> None:
    assert command()[1] is None
    synced.simulator.fault("METHOD_DISABLED", path="account/tanks")
    synced.simulator.play()
    said, end = command("--json")
    assert (end, json.loads(said)["state"]) == (None, "partial")
    synced.simulator.fault("SOURCE_NOT_AVAILABLE", times=None)
    said, end = command("--json")
    assert isinstance(end, SystemExit)
    assert end.code == 1
    assert json.loads(said)["trouble"] == "unavailable"


@pytest.mark.parametrize("is_terminal", [True, False])
def test_words_are_in_the_readers_language_and_a_bar_shows_on_a_terminal_only(
    synced: Site, monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool
) -> None:
    screen = StringIO()
    screen.isatty = lambda: is_terminal  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", screen)
    with translation.override("en"):
        assert f"{CLAN_NAME}: done. 4 calls, 0 rows changed, " in command("--full")[0]
    assert [part in screen.getvalue() for part in ("members", "players' vehicles")] == [is_terminal] * 2
    with translation.override("pt-br"):
        said, _ = command()
    assert (CLAN_NAME in said, "calls" in said, "rows changed" in said) == (True, False, False)


def test_mistyped_number_leaves_no_clan(site: Site) -> None:
    with translation.override("en"):
        assert "knows no clan 5" in str(command("--clan", "5")[1])
    assert not SyncedClan.objects.filter(wargaming_id=5).exists()
