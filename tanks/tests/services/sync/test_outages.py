"""The source fails, section by section: what was there stays, what came before stays, the trouble is noted, and it heals."""

import pytest
from pytest_django import Settings

from tanks.models import Player, Realm, RosterEvent, Section, SyncRun, SyncStatus, SyncTrouble
from tanks.services import sync
from tanks.tests.factories import rows
from tanks.tests.services.sync import truth
from tanks.tests.services.sync.conftest import Site

pytestmark = pytest.mark.django_db
State = SyncRun.State

METHODS = {
    "clans/info": Section.MEMBERS,
    "account/info": Section.ACCOUNTS,
    "encyclopedia/info": Section.VEHICLES,
    "encyclopedia/vehicles": Section.VEHICLES,
    "account/tanks": Section.TANKS,
}


def disturb(site: Site) -> None:
    """Make every section have something new to tell."""
    site.simulator.play(site.visible()[1:4])
    world = site.simulator.world
    world.rename(site.visible()[2])
    world.catalogue.add(2, world.now)


def stored_rows(site: Site) -> list[truth.Rows]:
    return [
        truth.stored_members(site.clan),
        truth.stored_accounts(site.clan),
        truth.stored_catalogue(),
        truth.stored_tanks(site.clan),
    ]


FAULTS = [
    *((path, "SOURCE_NOT_AVAILABLE") for path in METHODS),
    *(("account/tanks", kind) for kind in ("http_500", "html", "not_json")),
    *((path, "METHOD_DISABLED") for path in ("clans/info", "encyclopedia/info", "account/tanks")),
]


@pytest.mark.parametrize(("path", "kind"), FAULTS)
def test_fault_of_one_method_keeps_everything_and_heals(synced: Site, path: str, kind: str) -> None:
    disturb(synced)
    before = stored_rows(synced)
    synced.simulator.fault(kind, times=None, path=path)
    run = synced.sync()
    is_refused = kind == "METHOD_DISABLED"
    trouble = SyncTrouble.REFUSED if is_refused else SyncTrouble.UNAVAILABLE
    _assert_noted(synced, run, METHODS[path], trouble)
    assert ("METHOD_DISABLED" in run.error) is is_refused
    assert synced.watch.count(path) == (1 if is_refused else 3), "an outage is worth trying again, twice"
    _assert_rest_is_fresh(synced, before, METHODS[path])
    synced.simulator.clear()
    assert synced.sync().state == State.DONE
    truth.assert_all_stored(synced.clan, synced.truth())
    assert synced.troubles() == {}


def _place(section: Section) -> int:
    return list(Section).index(section)


def _assert_noted(site: Site, run: SyncRun, section: Section, trouble: SyncTrouble) -> None:
    assert (run.state, run.trouble) == (State.PARTIAL, trouble)
    assert run.error
    assert run.ended_at
    assert site.troubles() == {section: trouble}
    status = SyncStatus.objects.get(clan=site.clan, section=section)
    assert status.last_error
    assert status.last_error_at
    assert status.last_success_at, "the first sync's success stays known"
    assert status.last_success_at < status.last_error_at


def _assert_rest_is_fresh(site: Site, before: list[truth.Rows], section: Section) -> None:
    """The section that failed left everything as it was; the others brought the truth as far as they know of it."""
    expected = site.truth()
    fresh = [
        truth.expected_members(expected),
        truth.expected_accounts(expected),
        truth.expected_catalogue(expected),
        truth.expected_tanks(expected),
    ]
    stale = {_place(section), *([_place(Section.TANKS)] if section == Section.ACCOUNTS else [])}
    for place, now in enumerate(stored_rows(site)):
        assert now == (before if place in stale else fresh)[place]


def test_outage_of_the_roster_in_the_first_sync_leaves_nobody_to_ask_about(site: Site) -> None:
    site.simulator.fault("SOURCE_NOT_AVAILABLE", times=None, path="clans/info")
    run = site.sync()
    assert run.state == State.PARTIAL
    assert set(site.watch.paths()) == {"clans/info", "encyclopedia/info", "encyclopedia/vehicles"}
    assert not SyncStatus.objects.filter(section=Section.TANKS).exists(), "nothing was read of anybody"
    site.simulator.clear()
    assert site.sync().state == State.DONE
    truth.assert_all_stored(site.clan, site.truth())


@pytest.mark.parametrize("kind", ["SOURCE_NOT_AVAILABLE", "http_500"])
def test_source_that_is_wholly_down_is_asked_seven_times_and_then_left_alone(synced: Site, kind: str) -> None:
    synced.simulator.fault(kind, times=None)
    run = synced.sync_on_schedule()
    assert (run.state, run.trouble) == (State.FAILED, SyncTrouble.UNAVAILABLE)
    assert synced.watch.paths() == ["clans/info"] * 3 + ["account/info"] * 3 + ["encyclopedia/info"]
    again = synced.sync_on_schedule()
    assert (again.state, again.trouble, again.calls) == (State.FAILED, SyncTrouble.SUSPENDED, 0)


def test_pace_that_the_api_refuses_for_good_ends_the_sync(synced: Site) -> None:
    synced.simulator.fault("REQUEST_LIMIT_EXCEEDED", times=None)
    run = synced.sync()
    assert (run.state, run.trouble) == (State.FAILED, SyncTrouble.RATE_LIMITED)
    assert synced.watch.paths() == ["clans/info"] * 3 + ["account/info"] * 3


def test_application_that_is_refused_stops_every_clan_of_the_realm(synced: Site) -> None:
    synced.simulator.fault("INVALID_APPLICATION_ID", times=None)
    run = synced.sync()
    assert (run.state, run.trouble) == (State.FAILED, SyncTrouble.NOT_CONFIGURED)
    assert "INVALID_APPLICATION_ID" in run.error
    assert len(synced.watch.asked) == 1

    synced.simulator.clear()
    other = Site(synced.simulator, synced.watch, rows.clan("Outro", realm=synced.clan.realm))
    suspended = other.sync()
    assert (suspended.state, suspended.trouble) == (State.FAILED, SyncTrouble.SUSPENDED)
    assert synced.watch.asked == [], "nothing is sent until a person has looked"
    assert other.trouble(Section.MEMBERS) == SyncTrouble.SUSPENDED


def test_person_who_asks_in_a_suspension_sends_one_request_which_ends_it_if_answered(synced: Site) -> None:
    synced.simulator.fault("http_500", times=None)
    synced.sync_on_schedule()
    synced.sync_on_schedule()

    still_down = synced.sync()
    assert still_down.trouble in {SyncTrouble.UNAVAILABLE, SyncTrouble.SUSPENDED}
    assert len(synced.watch.asked) == 1

    synced.simulator.clear()
    assert synced.sync().state == State.DONE
    assert synced.sync_on_schedule().state == State.DONE


def test_fault_of_this_site_is_written_down_and_heals(synced: Site) -> None:
    disturb(synced)

    def break_down(section: Section, *_: int) -> None:
        if section == Section.TANKS:
            raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError):
        sync.sync_now(synced.clan, trigger=SyncRun.Trigger.COMMAND, is_full=False, on_step=break_down)
    run = SyncRun.objects.latest("pk")
    assert (run.state, run.trouble) == (State.FAILED, SyncTrouble.INTERNAL)
    assert run.error == "RuntimeError: a fault of ours"
    assert synced.trouble(Section.TANKS) == SyncTrouble.INTERNAL
    assert run.ended_at
    assert run.calls == len(synced.watch.asked)
    assert synced.sync().state == State.DONE
    truth.assert_all_stored(synced.clan, synced.truth())


def test_nothing_is_sent_while_the_shared_pace_cannot_be_kept(settings: Settings, synced: Site) -> None:
    given = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # nobody listens there
    run = synced.sync()
    assert (run.state, run.trouble, run.calls) == (State.FAILED, SyncTrouble.UNAVAILABLE, 0)
    assert synced.watch.asked == []
    settings.REDIS_URL = given
    assert synced.sync().state == State.DONE


def test_realm_is_asked_with_its_own_application_id_and_sent_nothing_if_it_is_not_trusted(
    settings: Settings, synced: Site
) -> None:
    synced.clan.realm.application_id = "b" * 32
    synced.clan.realm.save()
    synced.sync()
    assert {asked.application_id for asked in synced.watch.asked} == {"b" * 32}
    Realm.objects.update(url="https://elsewhere.example")
    run = synced.sync()
    assert (run.state, run.trouble, run.calls) == (State.FAILED, SyncTrouble.NOT_CONFIGURED, 0)
    assert "WOT_REALM" in run.error
    assert not [secret for secret in ("b" * 32, settings.WOT_APP_ID) if secret in run.error]


# -- Answers that come and must not be believed ------------------------------------------------------------------


@pytest.mark.parametrize("path", [path for path in METHODS if path != "encyclopedia/info"])
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
