"""Vehicles that are told later than the account: waited for, not forgotten until the next day."""

import pytest
from django.utils import translation

from tanks import diffs, selectors
from tanks.models import Player
from tanks.tests.services.sync import truth
from tanks.tests.services.sync.conftest import Site

pytestmark = pytest.mark.django_db(transaction=True)


def test_vehicles_that_never_come_are_left_to_the_daily_pass_and_that_is_said(synced: Site) -> None:
    number = next(one for one in synced.visible() if synced.truth().tanks[one])
    synced.simulator.play([number], battles=3)
    synced.simulator.fault("null", times=None, path="account/tanks")
    asked = 0
    for _ in range(diffs.MOST_TRIES + 2):
        synced.sync()
        asked += synced.watch.count("account/tanks")
    assert asked == diffs.MOST_TRIES
    assert Player.objects.get(account_id=number).garage_missing == 3
    with translation.override("en"):
        notes = {row.status.section: row.notes for row in selectors.section_rows(synced.clan)}
    assert "3 battles are in no vehicle" in notes["tanks"][0]

    synced.simulator.clear()
    synced.sync(is_full=True)
    truth.assert_all_stored(synced.clan, synced.truth())
    assert not Player.objects.filter(garage_missing__gt=0).exists()
