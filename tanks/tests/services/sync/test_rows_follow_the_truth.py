import copy

import pytest
from pytest_django import Settings

from local.simulator.world import World
from tanks.models import RosterEvent, SyncRun
from tanks.tests.services.sync import truth
from tanks.tests.services.sync.conftest import Site, running_site

pytestmark = pytest.mark.django_db


def test_first_sync_stores_exactly_the_truth(synced: Site) -> None:
    expected = synced.truth()
    truth.assert_all_stored(synced.clan, expected)
    truth.assert_snapshots_agree(synced.clan, expected)
    assert expected.hidden, "a world without a hidden account proves less"
    assert not RosterEvent.objects.exists(), "nobody joined because we began to look"
    assert set(synced.troubles()) == set()


def test_rows_follow_a_world_whose_time_passes(settings: Settings, db: None) -> None:
    with running_site(settings, World(seed=11, members=16)) as site:
        site.sync()
        for step, hours in enumerate((1, 9, 30, 60)):
            before, last = copy.deepcopy(site.truth()), truth.last_event()
            site.simulator.advance(hours * 3600)
            _disturb(site, step)
            assert site.sync().state == SyncRun.State.DONE
            truth.assert_all_stored(site.clan, site.truth())
            truth.assert_snapshots_agree(site.clan, site.truth())
            happened = truth.events_after(site.clan, last)
            assert sorted(happened) == sorted(truth.expected_events(before, site.truth()))
    assert {kind for _, kind, _, _ in truth.events_after(site.clan, 0)} >= {"joined", "left", "renamed"}


def _disturb(site: Site, step: int) -> None:
    """Do more than time alone would: all kinds of changes between two readings."""
    world = site.simulator.world
    members = list(world.members)
    site.simulator.play(share=0.3)
    world.rename(members[step + 1])
    world.change_role(members[step + 3])
    world.leave(members[step + 5])
    world.join()
    if step % 2:
        world.catalogue.add(2, world.now)
        world.drive_unknown(members[0])
    else:
        world.catalogue.drop(3, world.now)
