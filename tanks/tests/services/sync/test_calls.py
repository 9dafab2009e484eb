"""How little is asked: counted where it arrives, and held against what the client says it sent."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from pytest_django import Settings

from local.simulator.world import World
from tanks.models import Section, SyncedClan, SyncRun
from tanks.tests.proofs import versions
from tanks.tests.services.sync import truth
from tanks.tests.services.sync.conftest import Site, running_site

pytestmark = pytest.mark.django_db
PLAYED = "account/tanks"


@pytest.fixture
def hundred(db: None, settings: Settings) -> Iterator[Site]:
    with running_site(settings, World(seed=5, members=100)) as site:
        yield site


def test_a_hundred_members_cost_as_few_calls_as_can_be(hundred: Site) -> None:
    first = hundred.sync()
    pages = -(-len(hundred.truth().catalogue.vehicles) // 100)
    asked = Counter(hundred.watch.paths())
    once = {"clans/info": 1, "account/info": 1, "encyclopedia/info": 1}
    assert asked == once | {"encyclopedia/vehicles": pages, PLAYED: 2}
    assert first.calls == asked.total() <= 20
    truth.assert_all_stored(hundred.clan, hundred.truth())

    repeat = hundred.sync()
    assert Counter(hundred.watch.paths()) == once
    assert (repeat.calls, repeat.rows_changed, repeat.changes) == (3, 0, {})

    played = hundred.simulator.play(share=0.1)
    assert len(played) == 10
    tenth = hundred.sync()
    assert Counter(hundred.watch.paths()) == once | {PLAYED: 1}
    assert sorted(hundred.watch.ids(PLAYED)) == played
    # A row of the account and of the vehicle, and a snapshot of each.
    assert tenth.changes == {Section.ACCOUNTS: 20, Section.TANKS: 20}
    truth.assert_all_stored(hundred.clan, hundred.truth())

    everybody = hundred.sync(is_full=True)
    assert sorted(hundred.watch.ids(PLAYED)) == sorted(hundred.simulator.world.members)
    assert (everybody.calls, everybody.rows_changed) == (5, 0)


def test_repeat_touches_no_row(synced: Site) -> None:
    before = versions(*truth.GAME)
    synced.sync()
    assert versions(*truth.GAME) == before
    # Nor does a pass over everybody, but for the mark at whom it read.
    synced.sync(is_full=True)
    others = [name for name in truth.GAME if name != "tanks_player"]
    assert versions(*others) == {name: rows for name, rows in before.items() if name != "tanks_player"}


def test_everybody_is_read_once_a_day(synced: Site) -> None:
    for hours, is_full in ((23, False), (25, True), (26, False)):
        with time_machine.travel(datetime.now(tz=UTC) + timedelta(hours=hours), tick=True):
            run = synced.sync()
        assert run.is_full == is_full
        assert len(synced.watch.ids(PLAYED)) == (10 if is_full else 0)


def test_full_pass_that_broke_off_goes_on_where_it_was(settings: Settings, synced: Site) -> None:
    settings.WOT_TANKS_BATCH = 3
    SyncedClan.objects.update(full_pass_at=datetime.now(tz=UTC) - timedelta(days=2))
    synced.watch.plan("METHOD_DISABLED", PLAYED, 3)
    broken = synced.sync_on()
    assert (broken.is_full, broken.state) == (True, SyncRun.State.PARTIAL)
    asked = synced.watch.ids(PLAYED)
    rest = synced.sync()
    assert not rest.is_full
    assert sorted(synced.watch.ids(PLAYED)) == sorted(set(synced.simulator.world.members) - set(asked[:6]))
    synced.sync()
    assert synced.watch.count(PLAYED) == 0
