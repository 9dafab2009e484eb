"""`sync_clan` as a person and as a program read it."""

import json
import sys
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import translation
from pytest_django import Settings

from tanks.models import SyncRun
from tanks.tests.services.sync import truth
from tanks.tests.services.sync.conftest import PAGES, Site
from tanks.tests.services.sync.test_asking_and_claiming import command

pytestmark = pytest.mark.django_db


def test_json_holds_the_numbers_of_the_run(site: Site) -> None:
    said, end = command("--json")
    assert end is None
    printed = json.loads(said)
    run = SyncRun.objects.get()
    assert printed == {
        "run": run.pk,
        "clan": site.clan.wargaming_id,
        "name": site.truth().clan.name,
        "realm": site.simulator.url,
        "state": "done",
        "full": True,
        "calls": len(site.watch.asked),
        "bytes": run.bytes,
        "rows_changed": run.rows_changed,
        "changes": run.changes,
        "seconds": printed["seconds"],
        "trouble": "",
        "error": "",
    }
    assert printed["calls"] == 3 + PAGES + 1
    tanks = len(truth.expected_tanks(site.truth()))
    assert printed["changes"]["tanks"] == 2 * tanks, "each vehicle, and its first snapshot"
    assert printed["rows_changed"] == sum(printed["changes"].values())
    assert 0 < printed["seconds"] < 60


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


def test_clan_can_be_named(settings: Settings, site: Site) -> None:
    settings.CLAN_ID = "4"
    said, end = command("--clan", str(site.simulator.world.clan_id), "--json")
    assert end is None
    assert json.loads(said)["clan"] == site.simulator.world.clan_id
    truth.assert_all_stored(site.clan, site.truth())


def test_words_are_in_the_readers_language(synced: Site) -> None:
    name = synced.truth().clan.name
    with translation.override("en"):
        assert f"{name}: done. 3 calls, 0 rows changed, " in command()[0]
    with translation.override("pt-br"):
        said, _ = command()
    assert name in said
    assert "calls" not in said
    assert "rows changed" not in said


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_bar_shows_on_a_terminal_only(synced: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, is_shown in ((Terminal(), True), (StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        with translation.override("en"):
            call_command("sync_clan", "--full", stdout=StringIO())
        assert ("members" in stream.getvalue()) == is_shown
        assert ("players' vehicles" in stream.getvalue()) == is_shown
