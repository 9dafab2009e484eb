import json
import threading
from typing import Any

import pytest
import requests

from local.simulator.server import running
from local.simulator.simulator import BROKEN, REFUSALS, TWISTS, Simulator
from local.simulator.world import CLAN_ID, ImpossibleError, World
from local.tests.simulator.conftest import Ask


def member(world: World) -> int:
    return next(iter(world.members))


def order(simulator: Simulator, session: requests.Session, action: str, **arguments: Any) -> Any:
    answer = session.post(
        f"{simulator.url}/simulator/control", json={"action": action, **arguments}, timeout=10
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def clan_told(ask: Ask) -> Any:
    return ask("clans/info", clan_id=CLAN_ID)["data"][str(CLAN_ID)]


@pytest.mark.parametrize("kind", sorted(REFUSALS))
def test_refusal_comes_as_often_as_ordered_and_for_its_method_only(
    kind: str, simulator: Simulator, session: requests.Session, ask: Ask
) -> None:
    order(simulator, session, "fault", kind=kind, times=2, path="account/tanks")
    assert ask("account/info", account_id=member(simulator.world))["status"] == "ok"
    answers = [ask("account/tanks", account_id=member(simulator.world)) for _ in range(3)]
    assert [answer["status"] for answer in answers] == ["error", "error", "ok"]
    assert (answers[0]["error"]["code"], answers[0]["error"]["message"]) == (REFUSALS[kind][0], kind)


def test_fault_without_end_lasts_until_cleared(simulator: Simulator, ask: Ask, world: World) -> None:
    simulator.fault("SOURCE_NOT_AVAILABLE", times=None)
    simulator.bad([member(world)])
    for _ in range(3):
        assert ask("account/tanks", account_id=member(world))["status"] == "error"
    simulator.clear()
    assert ask("account/tanks", account_id=member(world))["status"] == "ok"


@pytest.mark.parametrize("kind", sorted(BROKEN.keys() - {"hang"}))
def test_network_in_front_answers_no_json(kind: str, simulator: Simulator, session: requests.Session) -> None:
    simulator.fault(kind)
    answer = session.get(f"{simulator.url}/wot/encyclopedia/info/", timeout=10)
    assert answer.status_code == BROKEN[kind][0]
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize("end", ["clear", "shutdown"])
def test_hanging_request_ends_without_answer(end: str, world: World) -> None:
    failures: list[Exception] = []

    def asking(url: str) -> None:
        try:
            requests.get(f"{url}/wot/encyclopedia/info/", timeout=20)
        except requests.ConnectionError as error:
            failures.append(error)

    before = threading.active_count()
    with running(world) as simulator:
        simulator.fault("hang")
        thread = threading.Thread(target=asking, args=(simulator.url,))
        thread.start()
        while simulator._faults:
            assert thread.is_alive()
        other = requests.get(f"{simulator.url}/wot/encyclopedia/info/", timeout=10)
        assert other.json()["error"]["message"] == "APPLICATION_ID_NOT_SPECIFIED"
        assert thread.is_alive()
        if end == "clear":
            simulator.clear()
            thread.join(10)
    thread.join(10)
    assert len(failures) == 1
    assert threading.active_count() == before


def test_answers_that_look_well_and_are_not(simulator: Simulator, ask: Ask, world: World) -> None:
    number = member(world)
    simulator.fault("empty")
    assert ask("account/info", account_id=number) == {"status": "ok", "meta": {"count": 0}, "data": {}}
    simulator.fault("null")
    assert ask("account/tanks", account_id=f"{number},5")["data"] == {str(number): None, "5": None}
    simulator.fault("lose", share=0.5)
    clans = [clan_told(ask) for _ in range(2)]
    assert [len(clan["members"]) for clan in clans] == [clan["members_count"] for clan in clans] == [4, 8]
    assert {"empty", "null", "lose"} == TWISTS


def test_bad_id_fails_its_batch(simulator: Simulator, ask: Ask, world: World) -> None:
    good, bad = list(world.members)[:2]
    simulator.bad([bad])
    assert ask("account/info", account_id=f"{good},{bad}")["error"]["message"] == "INVALID_ACCOUNT_ID"
    assert ask("account/tanks", account_id=good)["status"] == "ok"


def test_hidden_account_is_null_until_shown(simulator: Simulator, ask: Ask, world: World) -> None:
    number = member(world)
    simulator.hide([number])
    assert ask("account/info", account_id=number)["data"] == {str(number): None}
    assert number in simulator.expected().hidden
    simulator.show([number])
    assert ask("account/info", account_id=number)["data"][str(number)]


def test_disbanded_clan_has_no_members_until_restored(simulator: Simulator, ask: Ask) -> None:
    simulator.disband()
    assert clan_told(ask)["members"] is None
    assert simulator.expected().members == {}
    simulator.restore()
    assert len(clan_told(ask)["members"]) == 8


def test_orders_change_the_world(simulator: Simulator, session: requests.Session, world: World) -> None:
    _leader, other, third = list(world.members)[:3]
    battles, moment, name = world.players[other].figures.battles, world.now, world.players[other].nickname
    assert order(simulator, session, "advance", seconds=60) == moment + 60
    assert order(simulator, session, "play", account_ids=[other], battles=3) == [other]
    assert world.players[other].figures.battles == battles + 3
    assert len(order(simulator, session, "play", share=0.25)) == 2
    assert order(simulator, session, "leave", account_ids=[third]) == [third]
    assert third not in world.members
    assert order(simulator, session, "join", account_ids=[third]) == [third]
    assert world.members[third].joined_at == moment + 60
    assert order(simulator, session, "rename", account_id=other) == world.players[other].nickname != name
    assert order(simulator, session, "role", account_id=other) == world.members[other].role
    (tank_id,) = order(simulator, session, "unknown_vehicle", account_ids=[other])
    assert tank_id in world.players[other].tanks.keys() - world.catalogue.vehicles.keys()
    order(simulator, session, "wipe", account_ids=[other])
    assert world.players[other].figures.battles < battles


def test_catalogue_orders_move_the_version(simulator: Simulator, session: requests.Session, ask: Ask) -> None:
    infos = [ask("encyclopedia/info")["data"]]
    added = order(simulator, session, "new_vehicles", count=2)
    infos.append(ask("encyclopedia/info")["data"])
    assert order(simulator, session, "drop_vehicles", count=2) == added
    infos.append(ask("encyclopedia/info")["data"])
    versions = [(info["game_version"], info["tanks_updated_at"]) for info in infos]
    assert versions == sorted(set(versions))


@pytest.mark.parametrize(
    "told",
    [
        b"{",
        b"",
        b"\xff",
        b"[]",
        b"null",
        {},
        {"action": "expected"},
        {"action": "handle"},
        {"action": ["advance"]},
        {"action": "fault"},
        {"action": "fault", "kind": "flood"},
        {"action": "fault", "kind": "empty", "times": 0},
        {"action": "fault", "kind": "lose", "share": 2},
        {"action": "fault", "kind": "html", "path": 3},
        {"action": "advance", "seconds": -1},
        {"action": "advance", "seconds": 1.5},
        {"action": "advance"},
        {"action": "leave", "account_ids": [1]},
        {"action": "play", "account_ids": 3},
        {"action": "play", "share": 0.5, "battles": 0},
        {"action": "join", "role": "king"},
        {"action": "unknown_vehicle", "account_ids": [1], "tank_id": "x"},
    ],
    ids=repr,
)
def test_impossible_order_is_refused(told: bytes | dict[str, Any], untouched_world: World) -> None:
    simulator = Simulator(untouched_world)
    before = simulator.expected()
    reply = simulator.obey(told if isinstance(told, bytes) else json.dumps(told).encode())
    assert reply.status == 400
    assert json.loads(reply.body or b"")["status"] == "error"
    assert simulator.expected() == before
    assert simulator._faults == []


def test_pace_counts_the_second_before_each_request_per_application(untouched_world: World) -> None:
    simulator = Simulator(untouched_world, rate=2)
    arrivals = [
        ("one", 0.0),
        ("one", 0.5),
        ("one", 0.9),
        ("two", 0.9),
        ("one", 1.4),
        ("one", 2.2),
        ("one", 2.4),
    ]
    is_refused = [simulator._is_too_fast(*arrival) for arrival in arrivals]
    assert is_refused == [False, False, True, False, True, False, False]


def test_clock_moves_the_world(world: World) -> None:
    clock = [float(world.since)]
    with running(world, clock=lambda: clock[0]) as simulator:
        clock[0] += 90.5
        assert simulator.expected().now == world.since + 90
        assert simulator.advance(3600) == world.since + 3690
        with pytest.raises(ImpossibleError):
            simulator.advance(10**12)
        clock[0] += 10
        assert simulator.expected().now == world.since + 3700
