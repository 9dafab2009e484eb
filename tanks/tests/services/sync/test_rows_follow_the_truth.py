from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from pytest_django import Settings

from local.simulator.world import World
from tanks.models import AccountSnapshot, RosterEvent, SyncRun, TankSnapshot
from tanks.tests.services.sync import truth
from tanks.tests.services.sync.conftest import Site, running_site

pytestmark = pytest.mark.django_db
DAY = 86_400


def test_first_sync_stores_exactly_the_truth(synced: Site) -> None:
    expected = synced.truth()
    truth.assert_all_stored(synced.clan, expected)
    truth.assert_snapshots_agree(synced.clan, expected)
    assert expected.hidden, "a world without a hidden account proves less"
    assert not RosterEvent.objects.exists(), "nobody joined because we began to look"
    assert set(synced.troubles()) == set()


@pytest.mark.parametrize("seed", [11, 12])
def test_rows_follow_a_world_whose_time_passes(settings: Settings, db: None, seed: int) -> None:
    with running_site(settings, World(seed=seed, members=16)) as site:
        site.sync()
        for step, hours in enumerate((1, 9, 30, 60)):
            before, last = site.truth(), truth.last_event()
            site.simulator.advance(hours * 3600)
            _disturb(site, step)
            run = site.sync()
            after = site.truth()
            assert run.state == SyncRun.State.DONE
            truth.assert_all_stored(site.clan, after)
            truth.assert_snapshots_agree(site.clan, after)
            happened = truth.events_after(site.clan, last)
            assert sorted(happened) == sorted(truth.expected_events(before, after))
    assert {kind for _, kind, _, _ in truth.events_after(site.clan, 0)} >= {"joined", "left", "renamed"}


def _disturb(site: Site, step: int) -> None:
    """Do more than time alone would: all kinds of changes between two readings."""
    control = site.simulator
    members = list(control.world.members)
    control.play(share=0.3)
    control.rename(members[step + 1])
    control.role(members[step + 3])
    control.leave([members[step + 5]])
    control.join()
    if step % 2:
        control.new_vehicles(2)
        control.unknown_vehicle([members[0]])
    else:
        control.drop_vehicles(count=3)


def test_each_day_has_its_snapshots_and_vehicles_only_where_they_changed(synced: Site) -> None:
    visible = synced.visible()
    played = visible[1]
    before = synced.truth().tanks[played]
    with time_machine.travel(datetime.now(tz=UTC) + timedelta(days=1), tick=True):
        synced.simulator.play([played], battles=7)
        synced.sync()
    days = sorted(set(AccountSnapshot.objects.values_list("day", flat=True)))
    assert len(days) == 2
    # Everybody's account once a day, also of those who did not play; of vehicles only the one that was driven.
    assert AccountSnapshot.objects.filter(day=days[1]).count() == len(visible)
    after = synced.truth().tanks[played]
    changed = {tank_id for tank_id, tank in after.items() if before.get(tank_id) != tank}
    assert changed
    later = TankSnapshot.objects.filter(day=days[1]).values_list("player__account_id", "tank_id")
    assert set(later) == {(played, tank_id) for tank_id in changed}
    first = AccountSnapshot.objects.get(day=days[0], player__account_id=played)
    second = AccountSnapshot.objects.get(day=days[1], player__account_id=played)
    assert (first.battles or 0) + 7 == second.battles
