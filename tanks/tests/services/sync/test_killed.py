"""Kill -9 in the middle: what was stored stays whole, the next run goes on, and the dead one is called so."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from common.outbox import wake
from local.simulator.world import World
from tanks import tasks
from tanks.models import Player, RosterEvent, SyncRun
from tanks.tests.services.sync import truth
from tanks.tests.services.sync.conftest import Site, running_site
from tanks.tests.services.sync.processes import kill, start_sync, start_worker, wait_for_request, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
Given = Callable[[], dict[str, Any]]
State = SyncRun.State


@pytest.fixture
def site(transactional_db: None, settings: Settings, world: World) -> Iterator[Site]:
    settings.WOT_TANKS_BATCH = 4
    with running_site(settings, world) as site:
        yield site


def kill_at(site: Site, given: dict[str, Any], path: str, nth: int) -> None:
    """Sync in a process, and kill it while it waits for the n-th answer of a method."""
    site.watch.plan("hang", path, nth)
    process = start_sync(given)
    try:
        wait_for_request(site.watch, path, nth, process)
    finally:
        kill(process)
    site.simulator.clear()


@pytest.mark.parametrize(("path", "nth"), [("encyclopedia/vehicles", 2), ("account/tanks", 3)])
def test_killed_first_sync_is_repaired(site: Site, child_settings: Given, path: str, nth: int) -> None:
    kill_at(site, child_settings(), path, nth)
    assert truth.stored_members(site.clan) == truth.expected_members(site.truth())
    _assert_whole_garages(site, read=4 * (nth - 1) if path == "account/tanks" else 0)
    killed = SyncRun.objects.get()
    assert killed.state == State.RUNNING

    site.watch.forget()
    call_command("sync_clan")
    truth.assert_all_stored(site.clan, site.truth())
    truth.assert_snapshots_agree(site.clan, site.truth())
    assert not RosterEvent.objects.exists()
    asked = Counter(site.watch.ids("account/tanks"))
    assert set(asked.values()) == {1}
    assert len(asked) == (2 if path == "account/tanks" else 10), "what was read before is not read again"
    killed.refresh_from_db()
    assert (killed.state, killed.ended_at is not None) == (State.ABANDONED, True)
    assert SyncRun.objects.latest("pk").state == State.DONE
    site.watch.forget()
    site.sync()
    assert len(site.watch.asked) == 3


def _assert_whole_garages(site: Site, *, read: int) -> None:
    """Each player's vehicles are there as a whole, and marked as read, or not at all."""
    marked = Player.objects.filter(garage_read_at__isnull=False).values_list("account_id", flat=True)
    assert len(marked) == read
    expected = truth.expected_tanks(site.truth())
    assert truth.stored_tanks(site.clan) == {
        key: row for key, row in expected.items() if key[0] in set(marked)
    }


def test_next_worker_ends_a_killed_sync(site: Site, child_settings: Given) -> None:
    given = child_settings()
    site.watch.plan("hang", "account/tanks", 2)
    workers = [start_worker(given)]
    try:
        wake(tasks.sync_clan, site.clan.pk)
        wait_for_request(site.watch, "account/tanks", 2)
        kill(workers[0])
        site.simulator.clear()
        workers.append(start_worker(given))
        wake(tasks.sync_clan, site.clan.pk)  # as the sweep does
        wait_until(lambda: SyncRun.objects.filter(state=State.DONE).exists())
    finally:
        for worker in workers:
            kill(worker)
    truth.assert_all_stored(site.clan, site.truth())
    states = SyncRun.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == [State.ABANDONED, State.DONE]
