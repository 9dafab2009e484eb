"""Several syncs at once: one at a time for a clan, one reading of the catalogue, one pace for all."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import translation
from pytest_django import Settings

from local.simulator.simulator import Simulator
from local.simulator.world import World
from tanks.management.commands import sync_clan
from tanks.models import Section, SyncedClan, SyncRun
from tanks.services import sync
from tanks.tests.services.sync import truth
from tanks.tests.services.sync.conftest import PAGES, Site, running_site
from tanks.tests.services.sync.processes import kill, start_sync, wait_for_request
from tanks.tests.services.sync.watch import Watch

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
Given = Callable[[], dict[str, Any]]


@pytest.fixture
def site(transactional_db: None, settings: Settings, world: World) -> Iterator[Site]:
    with running_site(settings, world) as site:
        yield site


def test_one_clan_is_synced_by_one_process_at_a_time(
    site: Site, child_settings: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.watch.plan("hang", "encyclopedia/info")
    process = start_sync(child_settings())
    try:
        wait_for_request(site.watch, "encyclopedia/info", 1, process)
        with pytest.raises(sync.SyncRunningError):
            site.sync_on()
        assert sync.sync_if_due(site.clan) is None
        monkeypatch.setattr(sync_clan, "_PATIENCE_SECONDS", 0.3)
        with (
            translation.override("en"),
            pytest.raises(CommandError, match="Another process is syncing this clan"),
        ):
            call_command("sync_clan")
        assert len(site.watch.asked) == 3, "the others sent nothing"
        site.simulator.clear()  # the first one's connection breaks, and it asks again
        said, error = process.communicate(timeout=60)
    finally:
        kill(process)
    assert process.returncode == 0, error
    assert json.loads(said)["state"] == "done"
    assert Counter(site.watch.paths()) == {
        "clans/info": 1,
        "account/info": 1,
        "encyclopedia/info": 2,
        "encyclopedia/vehicles": PAGES,
        "account/tanks": 1,
    }
    assert SyncRun.objects.count() == 1
    truth.assert_all_stored(site.clan, site.truth())


@pytest.fixture
def neighbours(transactional_db: None, settings: Settings, world: World) -> Iterator[list[Site]]:
    """Four clans of one realm, behind one address."""
    worlds = [World(seed=seed, members=10, clan_id=world.clan_id + seed) for seed in (21, 22, 23)]
    for other in worlds:
        other.catalogue = world.catalogue
    with running_site(settings, world) as site:
        others = [Simulator(other, rate=10_000) for other in worlds]
        watch = Watch(site.simulator, *others)
        clans = [
            SyncedClan.objects.create(name="?", realm=site.clan.realm, wargaming_id=w.clan_id) for w in worlds
        ]
        found = zip([site.simulator, *others], [site.clan, *clans], strict=True)
        yield [Site(simulator, watch, clan) for simulator, clan in found]


def test_catalogue_is_left_to_its_reader(neighbours: list[Site], child_settings: Given) -> None:
    reader, other, *_ = neighbours
    reader.watch.plan("hang", "encyclopedia/vehicles", 2)
    process = start_sync(child_settings())
    try:
        wait_for_request(reader.watch, "encyclopedia/vehicles", 2, process)
        assert other.sync_on().state == SyncRun.State.DONE
        assert truth.stored_tanks(other.clan) == truth.expected_tanks(other.truth())
        reader.simulator.clear()  # its connection breaks, and it asks for the page again
        said, error = process.communicate(timeout=60)
    finally:
        kill(process)
    assert json.loads(said)["state"] == "done", error
    assert reader.watch.count("encyclopedia/vehicles") == PAGES + 1
    for site in (reader, other):
        truth.assert_all_stored(site.clan, site.truth())


def test_catalogue_that_another_clan_has_just_read_is_not_read_again(neighbours: list[Site]) -> None:
    late, quick, *_ = neighbours

    def meanwhile(section: Section, done: int, _total: int) -> None:
        if section == Section.ACCOUNTS and not done:
            quick.sync_on()

    sync.sync_now(late.clan, trigger=SyncRun.Trigger.COMMAND, is_full=False, on_step=meanwhile)
    assert late.watch.count("encyclopedia/vehicles") == PAGES
    for site in (late, quick):
        truth.assert_all_stored(site.clan, site.truth())


@pytest.mark.timed
def test_four_processes_keep_one_pace(
    settings: Settings, neighbours: list[Site], child_settings: Given
) -> None:
    settings.WOT_REQUESTS_PER_SECOND = 5.0
    given = child_settings()
    processes = [start_sync(given, "--clan", str(site.clan.wargaming_id)) for site in neighbours]
    try:
        printed = [json.loads(process.communicate(timeout=90)[0]) for process in processes]
    finally:
        for process in processes:
            kill(process)
    asked = neighbours[0].watch.asked
    assert sum(run["calls"] for run in printed) == len(asked) == 4 * 4 + PAGES
    moments = sorted(request.arrived_at for request in asked)
    assert min(later - earlier for earlier, later in zip(moments, moments[5:], strict=False)) >= 1.0
    for site in neighbours:
        truth.assert_all_stored(site.clan, site.truth())
