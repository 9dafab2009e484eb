import threading

import pytest
import requests

from local.simulator.server import running
from local.simulator.simulator import REFUSALS, Simulator
from local.simulator.world import World
from local.tests.simulator.conftest import Ask


def member(world: World) -> int:
    return next(iter(world.members))


@pytest.mark.parametrize("kind", sorted(REFUSALS))
def test_refusal_comes_as_often_as_ordered_and_for_its_method_only(
    kind: str, simulator: Simulator, ask: Ask
) -> None:
    simulator.fault(kind, times=2, path="account/tanks")
    assert ask("account/info", account_id=member(simulator.world))["status"] == "ok"
    answers = [ask("account/tanks", account_id=member(simulator.world)) for _ in range(3)]
    assert [answer["status"] for answer in answers] == ["error", "error", "ok"]
    assert (answers[0]["error"]["code"], answers[0]["error"]["message"]) == (REFUSALS[kind][0], kind)


@pytest.mark.parametrize("end", ["clear", "shutdown"])
def test_hanging_request_ends_without_answer(end: str, world: World) -> None:
    failures: list[Exception] = []

    def asking(url: str) -> None:
        try:
            requests.get(f"{url}/wot/encyclopedia/info/", timeout=20)
        except requests.ConnectionError as error:
            failures.append(error)

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


def test_what_is_done_to_it_changes_the_world(
    simulator: Simulator, session: requests.Session, world: World
) -> None:
    other = list(world.members)[1]
    battles, moment = world.players[other].figures.battles, world.now
    assert simulator.advance(60) == moment + 60
    assert simulator.play([other], battles=3) == [other]
    assert world.players[other].figures.battles == battles + 3
    ordered = session.post(f"{simulator.url}/simulator/control", json={"share": 0.25}, timeout=10)
    assert len(ordered.json()) == 2


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
        assert simulator.advance(0) == world.since + 90
        assert simulator.advance(3600) == world.since + 3690
        clock[0] += 10
        assert simulator.advance(0) == world.since + 3700
