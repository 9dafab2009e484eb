"""Vehicles that are told later than the account: waited for, not forgotten until the next day."""

from datetime import timedelta

import pytest

from clans import diffs
from clans.models import SyncRun
from clans.tests.sync_runs import truth
from clans.tests.sync_runs.conftest import Site

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("kind", ["empty", "null"])
def test_lone_player_whose_vehicles_are_not_told_is_asked_for_again(
    synced: Site, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        diffs, "LONGEST_LAG", timedelta(days=36_500)
    )  # the simulated world lives in another year
    number = next(one for one in synced.visible() if synced.truth().tanks[one])
    synced.simulator.play([number], battles=3)
    synced.simulator.fault(kind, path="account/tanks")
    synced.sync()

    assert synced.sync().state == SyncRun.State.DONE
    assert synced.watch.count("account/tanks") == 1
    truth.assert_all_stored(synced.clan, synced.truth())


def test_battle_long_ago_is_left_to_the_daily_pass(synced: Site) -> None:
    number = next(one for one in synced.visible() if synced.truth().tanks[one])
    synced.simulator.play([number], battles=3)
    synced.simulator.fault("null", path="account/tanks")
    synced.sync()

    synced.sync()
    assert synced.watch.count("account/tanks") == 0
    synced.sync(is_full=True)
    truth.assert_all_stored(synced.clan, synced.truth())
