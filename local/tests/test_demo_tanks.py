"""The demo's World of Tanks: rows that lead to the simulator, and a first sync from it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clans.models import ClanMembership, User
from local.demo import cast, tanks
from local.simulator.server import running
from local.simulator.world import World
from tanks.models import GarageTank, Player, Realm, SyncRun
from tanks.services.sync import sync_if_due

BEGINNING = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def people(db: None) -> dict[str, User]:
    return {name: User.objects.create(username=name) for name in (cast.COMMANDER, cast.MEMBER)}


def test_beginning_is_chosen_once(tmp_path: Path) -> None:
    first = tanks.since(tmp_path)

    assert tanks.since(tmp_path) == first
    assert datetime.now(tz=UTC) - first < timedelta(minutes=1)


def test_prepare_twice_with_another_port_mends_the_realm_and_keeps_one_run(people: dict[str, User]) -> None:
    first = tanks.prepare("http://127.0.0.1:8950", BEGINNING)
    second = tanks.prepare("http://127.0.0.1:8951", BEGINNING)

    assert first.pk == second.pk
    assert [realm.url for realm in Realm.objects.all()] == ["http://127.0.0.1:8951"]
    assert not Realm.objects.get().is_official


def test_prepare_leaves_what_staff_linked(people: dict[str, User]) -> None:
    tanks.prepare("http://127.0.0.1:8950", BEGINNING)
    Player.objects.filter(user=people[cast.MEMBER]).update(user=None)

    tanks.prepare("http://127.0.0.1:8950", BEGINNING)

    assert not Player.objects.filter(user=people[cast.MEMBER]).exists()


@pytest.mark.django_db(transaction=True)
def test_first_sync_fills_the_clan_and_makes_the_demos_people_members(settings: Any, tmp_path: Path) -> None:
    for name in (cast.COMMANDER, cast.MEMBER):
        User.objects.create(username=name)
    settings.WOT_APP_ID, settings.WOT_CACHE_DIR = "simulated", tmp_path
    settings.WOT_REQUESTS_PER_SECOND = 1000.0
    world = World(seed=tanks.SEED, members=tanks.MEMBERS, since=int(BEGINNING.timestamp()))

    with running(world, rate=1000) as simulator:
        settings.WOT_REALM = simulator.url
        run = tanks.prepare(simulator.url, BEGINNING)
        done = sync_if_due(run.clan)

    assert done is not None
    assert (done.pk, done.state) == (run.pk, SyncRun.State.DONE)
    assert Player.objects.filter(clan=run.clan).count() == tanks.MEMBERS
    assert GarageTank.objects.exists()
    roles = dict(ClanMembership.objects.values_list("user__username", "role"))
    assert roles == {cast.COMMANDER: "commander", cast.MEMBER: "member"}
