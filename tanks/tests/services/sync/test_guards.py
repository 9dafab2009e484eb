"""Answers that come and must not be believed: null, empty, too few, falling, about nobody."""

import pytest
from pytest_django import Settings

from tanks.models import (
    AccountSnapshot,
    GarageTank,
    Player,
    Realm,
    RosterEvent,
    Section,
    SyncRun,
    SyncStatus,
    SyncTrouble,
    Vehicle,
)
from tanks.tests.services.sync import truth
from tanks.tests.services.sync.conftest import Site
from tanks.tests.services.sync.test_outages import METHODS, disturb, kept_rows

pytestmark = pytest.mark.django_db
State = SyncRun.State
TELLING = ("clans/info", "account/info", "encyclopedia/vehicles", "account/tanks")


@pytest.mark.parametrize("path", TELLING)
def test_answer_that_tells_nothing_takes_nothing_and_heals(synced: Site, path: str) -> None:
    for kind in ("empty", "null"):
        disturb(synced)
        members, accounts, catalogue, tanks = kept_rows(synced)
        synced.simulator.fault(kind, path=path)
        synced.sync()
        assert Player.objects.filter(clan=synced.clan).count() == len(members)
        assert Player.objects.filter(clan=synced.clan, battles__isnull=False).count() == len(accounts)
        assert truth.stored_catalogue().keys() >= catalogue.keys()
        assert truth.stored_tanks(synced.clan).keys() >= tanks.keys()
        assert not RosterEvent.objects.filter(kind="left").exists()

        synced.simulator.clear()
        # A catalogue that does not come whole waits for an hour.
        Realm.objects.update(catalogue_not_before=None)
        assert synced.sync().state == State.DONE
        truth.assert_all_stored(synced.clan, synced.truth())


@pytest.mark.parametrize("path", TELLING)
def test_answer_that_tells_nothing_is_no_success(synced: Site, path: str) -> None:
    section = METHODS[path]
    before = SyncStatus.objects.get(clan=synced.clan, section=section).last_success_at
    for kind in ("empty", "null"):
        disturb(synced)
        synced.simulator.fault(kind, path=path)
        run = synced.sync()
        Realm.objects.update(catalogue_not_before=None)
        status = SyncStatus.objects.get(clan=synced.clan, section=section)
        assert (status.trouble, status.last_success_at) == (SyncTrouble.NOT_TOLD, before)
        assert run.state == State.PARTIAL


def test_catalogue_that_tells_nothing_is_asked_for_again_with_the_next_sync(site: Site) -> None:
    site.simulator.fault("empty", times=None, path="encyclopedia/vehicles")
    site.sync()
    assert truth.stored_catalogue() == {}
    site.simulator.clear()
    site.sync()
    truth.assert_all_stored(site.clan, site.truth())


def test_disbanded_clan_keeps_its_people_and_costs_one_call(synced: Site) -> None:
    before = kept_rows(synced)
    synced.simulator.disband()
    run = synced.sync()
    assert (run.state, run.trouble, run.calls) == (State.DONE, SyncTrouble.DISBANDED, 1)
    synced.clan.refresh_from_db()
    assert synced.clan.disbanded_at is not None
    assert synced.clan.name, "the texts of a disbanded clan are empty; ours stay"
    assert kept_rows(synced) == before
    assert not RosterEvent.objects.exists()
    assert synced.trouble(Section.MEMBERS) == SyncTrouble.DISBANDED

    synced.simulator.restore()
    assert synced.sync().state == State.DONE
    synced.clan.refresh_from_db()
    assert synced.clan.disbanded_at is None


def test_account_that_hides_keeps_what_is_known(synced: Site) -> None:
    hides = synced.visible()[2]
    kept = truth.stored_tanks(synced.clan)
    synced.simulator.play([hides])
    synced.simulator.hide([hides])
    assert synced.sync().state == State.DONE
    player = Player.objects.get(account_id=hides)
    assert player.hidden_since is not None
    assert player.battles
    assert truth.stored_tanks(synced.clan) == kept
    assert synced.watch.count("account/tanks") == 0, "who is hidden has not played, as far as is known"

    since = player.hidden_since
    synced.sync()
    assert Player.objects.get(account_id=hides).hidden_since == since
    synced.simulator.show([hides])
    synced.sync()
    truth.assert_all_stored(synced.clan, synced.truth())


def test_account_hidden_from_the_start_is_read_as_soon_as_it_shows(synced: Site) -> None:
    (hidden,) = synced.simulator.world.hidden
    assert not GarageTank.objects.filter(player__account_id=hidden).exists()
    assert not AccountSnapshot.objects.filter(player__account_id=hidden).exists()
    synced.simulator.show([hidden])
    synced.sync()
    assert synced.watch.ids("account/tanks") == [hidden]
    truth.assert_all_stored(synced.clan, synced.truth())


def test_vehicle_that_no_catalogue_knows_gets_a_row(synced: Site) -> None:
    driver = synced.visible()[0]
    (unknown,) = synced.simulator.unknown_vehicle([driver], 987_654_321)
    synced.sync()
    vehicle = Vehicle.objects.get(pk=unknown)
    assert (vehicle.name, str(vehicle), vehicle.tier) == ("", "#987654321", None)
    assert vehicle.not_in_catalogue_since is not None
    assert GarageTank.objects.get(tank=vehicle).player.account_id == driver
    truth.assert_all_stored(synced.clan, synced.truth())


def test_loss_of_many_members_waits_for_a_second_reading(synced: Site) -> None:
    everybody = set(synced.simulator.world.members)
    lost = set(synced.simulator.leave(count=4))
    first = synced.sync()
    assert (first.state, first.trouble) == (State.DONE, SyncTrouble.HELD_BACK)
    assert synced.trouble(Section.MEMBERS) == SyncTrouble.HELD_BACK
    assert truth.stored_members(synced.clan).keys() == everybody
    assert not RosterEvent.objects.exists()

    second = synced.sync()
    assert second.trouble == SyncTrouble.NONE
    assert truth.stored_members(synced.clan) == truth.expected_members(synced.truth())
    left = RosterEvent.objects.filter(kind="left").values_list("player__account_id", flat=True)
    assert set(left) == lost
    assert GarageTank.objects.filter(player__account_id__in=lost).exists()


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


def test_unknown_clan_makes_nobody(settings: Settings, site: Site) -> None:
    site.clan.wargaming_id = 5
    site.clan.save()
    run = site.sync()
    assert run.state == State.PARTIAL
    assert site.trouble(Section.MEMBERS) == SyncTrouble.NOT_TOLD
    assert not Player.objects.exists()
