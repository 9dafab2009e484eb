"""Answers that come and must not be believed: null, empty, too few, falling, about nobody."""

import pytest

from tanks.models import (
    Player,
    Realm,
    RosterEvent,
    SyncRun,
    SyncStatus,
    SyncTrouble,
)
from tanks.tests.services.sync import truth
from tanks.tests.services.sync.conftest import Site
from tanks.tests.services.sync.test_outages import METHODS, disturb, stored_rows

pytestmark = pytest.mark.django_db
State = SyncRun.State
METHODS_WITH_ROWS = ("clans/info", "account/info", "encyclopedia/vehicles", "account/tanks")


@pytest.mark.parametrize("path", METHODS_WITH_ROWS)
def test_empty_answer_takes_nothing_is_no_success_and_heals(synced: Site, path: str) -> None:
    read_at = SyncStatus.objects.get(clan=synced.clan, section=METHODS[path]).last_success_at
    for kind in ("empty", "null"):
        disturb(synced)
        members, accounts, catalogue, tanks = stored_rows(synced)
        synced.simulator.fault(kind, path=path)
        run = synced.sync()
        status = SyncStatus.objects.get(clan=synced.clan, section=METHODS[path])
        assert (run.state, status.trouble, status.last_success_at) == (
            State.PARTIAL,
            SyncTrouble.EMPTY,
            read_at,
        )
        assert Player.objects.filter(clan=synced.clan).count() == len(members)
        assert Player.objects.filter(clan=synced.clan, battles__isnull=False).count() == len(accounts)
        assert truth.stored_catalogue().keys() >= catalogue.keys()
        assert truth.stored_tanks(synced.clan).keys() >= tanks.keys()
        assert not RosterEvent.objects.filter(kind="left").exists()
        # A catalogue that does not come whole waits for an hour.
        Realm.objects.update(catalogue_not_before=None)
    assert synced.sync().state == State.DONE
    truth.assert_all_stored(synced.clan, synced.truth())


def test_empty_catalogue_is_asked_for_again_with_the_next_sync(site: Site) -> None:
    site.simulator.fault("empty", times=None, path="encyclopedia/vehicles")
    site.sync()
    assert truth.stored_catalogue() == {}
    site.simulator.clear()
    site.sync()
    truth.assert_all_stored(site.clan, site.truth())


def test_bad_id_is_found_once_and_left_alone(synced: Site) -> None:
    bad, *others = synced.visible()
    synced.simulator.play([bad, *others])
    synced.simulator.bad([bad])
    run = synced.sync()
    assert run.state == State.DONE
    player = Player.objects.get(account_id=bad)
    assert player.refused_since is not None
    assert player.battles, "what was known stays"
    expected = truth.expected_accounts(synced.truth())
    stored = truth.stored_accounts(synced.clan)
    assert {number: stored[number] for number in others} == {number: expected[number] for number in others}
    search = synced.watch.count("account/info")
    assert 1 < search <= 9
    assert synced.watch.count("account/tanks") == 1, "nobody searches a second time in one sync"

    synced.sync()
    assert synced.watch.paths() == ["clans/info", "account/info", "encyclopedia/info"]
    assert bad not in synced.watch.ids("account/info")
