"""Answers that tell a part only, in odd types, or of vehicles taken out of the game, as people of this job have met them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation

from local.simulator.serving import Reply
from tanks import diffs, selectors
from tanks.models import Player, Section, SyncRun, SyncStatus, SyncTrouble, Vehicle, VehicleListing
from tanks.tests.services.sync import truth
from tanks.tests.services.sync.conftest import Site

pytestmark = pytest.mark.django_db
State = SyncRun.State
Twist = Callable[[dict[str, Any]], Any]


class Twisting:
    """Changes the `data` of one method's answers on their way out of the simulator, while `twist` is set."""

    def __init__(self, site: Site, path: str) -> None:
        self.twist: Twist | None = None
        self._path, self._answer = path, site.simulator.handle
        site.simulator.handle = self._handle  # type: ignore[method-assign]

    def _handle(self, verb: str, path: str, parameters: dict[str, str]) -> Reply:
        reply = self._answer(verb, path, parameters)
        if path != self._path or self.twist is None or reply.body is None:
            return reply
        answer = json.loads(reply.body)
        answer["data"] = self.twist(answer["data"])
        return Reply(json.dumps(answer).encode())


def fighter(site: Site) -> int:
    return next(number for number in site.visible() if len(site.truth().players[number].tanks) > 3)


@pytest.mark.parametrize(
    ("path", "section", "odd"),
    [
        pytest.param("clans/info", Section.MEMBERS, lambda row: row | {"tag": []}, id="tag"),
        pytest.param(
            "account/info", Section.ACCOUNTS, lambda row: row and row | {"global_rating": {}}, id="rating"
        ),
        pytest.param("account/info", Section.ACCOUNTS, lambda row: row and "?", id="whole-accounts"),
        pytest.param("account/tanks", Section.TANKS, lambda rows: rows and [*rows, "?"], id="row"),
        pytest.param("encyclopedia/vehicles", Section.VEHICLES, lambda row: row | {"tier": "X"}, id="tier"),
    ],
)
def test_what_cannot_be_read_is_counted_and_shown(
    synced: Site, path: str, section: Section, odd: Callable[[Any], Any]
) -> None:
    hidden = set(Player.objects.filter(hidden_since__isnull=False).values_list("pk", flat=True))
    answers, (first, *_) = Twisting(synced, path), synced.visible()
    synced.simulator.play([fighter(synced), first])
    world = synced.simulator.world
    world.catalogue.add(1, world.now)

    def one(data: dict[str, Any]) -> dict[str, Any]:
        keys = [key for key in data if data[key]]
        return data | {key: odd(data[key]) for key in keys[:1]}

    answers.twist = one
    run = synced.sync()
    assert run.state == State.DONE
    status = SyncStatus.objects.get(clan=synced.clan, section=section)
    assert (status.unreadable, status.trouble) == (
        1 if path != "encyclopedia/vehicles" else 2,
        SyncTrouble.NONE,
    )
    with translation.override("en"):
        rows = {row.status.section: row for row in selectors.section_rows(synced.clan)}
    assert "could not be read" in rows[section].notes[0]
    assert rows[section].technical
    assert set(Player.objects.filter(hidden_since__isnull=False).values_list("pk", flat=True)) == hidden
    assert Vehicle.objects.filter(not_in_catalogue_since__isnull=True).exists()

    answers.twist = None
    synced.sync(is_full=True)
    truth_of_catalogue = truth.stored_catalogue().keys()
    assert truth_of_catalogue == synced.truth().catalogue.vehicles.keys()
    assert truth.stored_tanks(synced.clan) == truth.expected_tanks(synced.truth())
    assert not SyncStatus.objects.exclude(section=Section.VEHICLES).filter(unreadable__gt=0).exists()


def test_one_unreadable_vehicle_keeps_no_catalogue_from_counting_as_read(synced: Site) -> None:
    odd = min(synced.truth().catalogue.vehicles)
    name = VehicleListing.objects.get(vehicle=odd).name
    world = synced.simulator.world
    world.catalogue.add(1, world.now)
    answers = Twisting(synced, "encyclopedia/vehicles")
    answers.twist = lambda data: data | ({str(odd): "?"} if str(odd) in data else {})
    assert synced.sync().state == State.DONE
    synced.clan.realm.refresh_from_db()
    assert synced.clan.realm.catalogue_not_before is None
    listing = VehicleListing.objects.get(vehicle=odd)
    assert (listing.name, listing.not_in_catalogue_since) == (name, None)
    synced.sync()
    assert synced.watch.count("encyclopedia/vehicles") == 0


def test_vehicles_that_never_come_are_left_to_the_daily_pass_and_that_is_said(synced: Site) -> None:
    number = next(one for one in synced.visible() if synced.truth().players[one].tanks)
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
