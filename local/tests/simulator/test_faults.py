import contextlib
import gzip
import json
import threading
import time
from typing import Any

import pytest
import requests

from local.simulator.controls import Controls, obey
from local.simulator.faults import Pace
from local.simulator.server import running
from local.simulator.simulator import Simulator
from local.simulator.world import CLAN_ID, Impossible, World
from local.tests.simulator.conftest import APPLICATION_ID, Ask


def member(world: World) -> int:
    return next(iter(world.members))


def order(simulator: Simulator, session: requests.Session, **told: Any) -> Any:
    answer = session.post(f"{simulator.url}/simulator/control", json=told, timeout=10)
    return answer.status_code, answer.json().get("result")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("SOURCE_NOT_AVAILABLE", 504),
        ("REQUEST_LIMIT_EXCEEDED", 407),
        ("INVALID_APPLICATION_ID", 407),
        ("METHOD_DISABLED", 405),
    ],
)
def test_refusal_comes_as_often_as_ordered(
    kind: str, code: int, simulator: Simulator, session: requests.Session, ask: Ask
) -> None:
    assert order(simulator, session, fault=kind, times=2, path="account/tanks") == (200, None)
    answers = [ask("account/tanks", account_id=member(simulator.world)) for _ in range(3)]
    assert [answer["status"] for answer in answers] == ["error", "error", "ok"]
    assert (answers[0]["error"]["code"], answers[0]["error"]["message"]) == (code, kind)
    assert [call.outcome for call in simulator.calls] == [kind, kind, "ok"]


def test_fault_of_one_method_leaves_the_others_alone(simulator: Simulator, ask: Ask, world: World) -> None:
    simulator.fault("SOURCE_NOT_AVAILABLE", times=None, path="account/tanks")
    assert ask("account/info", account_id=member(world))["status"] == "ok"
    assert ask("account/tanks", account_id=member(world))["status"] == "error"
    simulator.clear()
    assert ask("account/tanks", account_id=member(world))["status"] == "ok"


@pytest.mark.parametrize(("kind", "status"), [("http_500", 500), ("html", 200), ("not_json", 200)])
def test_network_in_front_answers_no_json(
    kind: str, status: int, simulator: Simulator, session: requests.Session
) -> None:
    simulator.fault(kind)
    answer = session.get(f"{simulator.url}/wot/encyclopedia/info/", timeout=10)
    assert answer.status_code == status
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_hanging_request_ends_without_answer_when_released(simulator: Simulator, ask: Ask) -> None:
    simulator.fault("hang")
    failures: list[Exception] = []

    def asking() -> None:
        try:
            requests.get(f"{simulator.url}/wot/encyclopedia/info/", timeout=20)
        except requests.ConnectionError as error:
            failures.append(error)

    thread = threading.Thread(target=asking)
    thread.start()
    while not simulator.calls:
        assert thread.is_alive()
    assert ask("encyclopedia/info")["status"] == "ok"
    assert thread.is_alive()
    simulator.release()
    thread.join(10)
    assert len(failures) == 1


def test_server_ends_although_a_request_hangs(world: World) -> None:
    with contextlib.ExitStack() as stack:
        simulator = stack.enter_context(running(world))
        simulator.fault("hang")
        with pytest.raises(requests.Timeout):
            requests.get(f"{simulator.url}/wot/encyclopedia/info/", timeout=0.2)
        before = threading.active_count()
        stack.close()
        assert threading.active_count() < before


def test_empty_answer_says_ok(simulator: Simulator, ask: Ask, world: World) -> None:
    simulator.fault("empty")
    assert ask("account/info", account_id=member(world)) == {"status": "ok", "meta": {"count": 0}, "data": {}}


def test_null_answer_keeps_the_ids(simulator: Simulator, ask: Ask, world: World) -> None:
    simulator.fault("null")
    number = member(world)
    assert ask("account/tanks", account_id=f"{number},5")["data"] == {str(number): None, "5": None}


def test_lost_members_are_back_in_the_next_answer(simulator: Simulator, ask: Ask, world: World) -> None:
    simulator.fault("lose", share=0.5)
    clans = [ask("clans/info", clan_id=CLAN_ID)["data"][str(CLAN_ID)] for _ in range(2)]
    assert [len(clan["members"]) for clan in clans] == [4, 8]
    assert [clan["members_count"] for clan in clans] == [4, 8]
    assert len(world.members) == 8


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


def test_disbanded_clan_has_no_members_until_restored(simulator: Simulator, ask: Ask, world: World) -> None:
    simulator.disband()
    assert ask("clans/info", clan_id=CLAN_ID)["data"][str(CLAN_ID)]["members"] is None
    assert ask("account/info", account_id=member(world))["data"][str(member(world))]["clan_id"] is None
    assert simulator.expected().members == {}
    simulator.restore()
    assert len(ask("clans/info", clan_id=CLAN_ID)["data"][str(CLAN_ID)]["members"]) == 8


def test_orders_change_the_world(simulator: Simulator, session: requests.Session, world: World) -> None:
    leader, other, third = list(world.members)[:3]
    battles = world.players[other].figures.battles
    moment = world.now
    assert order(simulator, session, action="advance", seconds=60) == (200, moment + 60)
    assert order(simulator, session, action="play", account_ids=[other], battles=3) == (200, [other])
    assert world.players[other].figures.battles == battles + 3
    assert len(order(simulator, session, action="play", share=0.25)[1]) == 2
    assert order(simulator, session, action="leave", account_ids=[third]) == (200, [third])
    assert third not in world.members
    assert order(simulator, session, action="join", account_ids=[third]) == (200, [third])
    assert world.members[third].joined_at == moment + 60
    assert order(simulator, session, action="rename", account_id=other, nickname="Outro_1") == (
        200,
        "Outro_1",
    )
    assert order(simulator, session, action="role", account_id=other, role="commander") == (200, "commander")
    assert world.members[leader].role == "executive_officer"
    (tank_id,) = order(simulator, session, fault="unknown_vehicle", account_ids=[other])[1]
    assert tank_id in world.players[other].tanks
    assert tank_id not in world.catalogue.vehicles
    assert order(simulator, session, fault="wipe", account_ids=[other]) == (200, None)
    assert world.players[other].figures.battles < battles


def test_catalogue_orders_move_the_version(simulator: Simulator, session: requests.Session, ask: Ask) -> None:
    before = ask("encyclopedia/info")["data"]
    added = order(simulator, session, action="new_vehicles", count=2)[1]
    between = ask("encyclopedia/info")["data"]
    assert order(simulator, session, action="drop_vehicles", tank_ids=added) == (200, added)
    after = ask("encyclopedia/info")["data"]
    told = [(entry["game_version"], entry["tanks_updated_at"]) for entry in (before, between, after)]
    assert told == sorted(set(told))
    assert ask("encyclopedia/vehicles", tank_id=added[0])["data"] == {str(added[0]): None}


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"fault": "flood"},
        {"action": "fault"},
        {"action": "expected"},
        {"action": "advance", "seconds": -1},
        {"action": "advance", "seconds": 1.5},
        {"action": "advance"},
        {"action": "leave", "account_ids": [1]},
        {"action": "play", "account_ids": 3},
        {"action": "play", "share": 0.5, "battles": 0},
        {"action": "role", "account_id": 1, "role": "king"},
        {"action": "unknown_vehicle", "account_ids": [1], "tank_id": "x"},
        {"fault": "empty", "times": 0},
        {"fault": "lose", "share": 2},
        {"fault": "html", "path": 3},
    ],
)
def test_impossible_order_is_refused(told: dict[str, Any], untouched_world: World) -> None:
    controls = Controls(untouched_world)
    before = controls.expected()
    with pytest.raises(Impossible):
        obey(controls, told)
    assert controls.expected() == before
    assert controls.faults.waiting == []


def test_order_that_is_no_json_is_refused(simulator: Simulator, session: requests.Session) -> None:
    for body in (b"{", b"[]", b"{}", b"\xff", b""):
        answer = session.post(f"{simulator.url}/simulator/control", data=body, timeout=10)
        assert answer.status_code == 400


def test_pace_counts_the_second_before_each_request_per_application() -> None:
    pace = Pace(2)
    arrivals = [
        ("one", 0.0),
        ("one", 0.5),
        ("one", 0.9),
        ("two", 0.9),
        ("one", 1.4),
        ("one", 2.2),
        ("one", 2.4),
    ]
    assert [pace.exceeded(*arrival) for arrival in arrivals] == [
        False,
        False,
        True,
        False,
        True,
        False,
        False,
    ]


def test_more_than_the_rate_in_a_second_is_refused(world: World) -> None:
    with running(world, rate=3) as simulator, requests.Session() as session:
        for _ in range(6):
            url = f"{simulator.url}/wot/encyclopedia/info/?application_id=one"
            session.get(url, timeout=10)
    moments = [call.arrived_at for call in simulator.calls]
    crowded = [sum(moment - 1 < earlier <= moment for earlier in moments) > 3 for moment in moments]
    told = [call.outcome == "REQUEST_LIMIT_EXCEEDED" for call in simulator.calls]
    assert told == crowded


def test_latency_delays_each_answer(world: World) -> None:
    with running(world, latency=0.15) as simulator:
        began = time.monotonic()
        requests.get(f"{simulator.url}/wot/encyclopedia/info/", timeout=10)
        assert time.monotonic() - began >= 0.15


def test_answers_agree_while_players_play(simulator: Simulator, ask: Ask, world: World) -> None:
    players = [number for number in world.members if world.players[number].tanks][:5]
    done = threading.Event()

    def playing() -> None:
        while not done.is_set():
            simulator.play(players, battles=3)

    thread = threading.Thread(target=playing)
    thread.start()
    try:
        for _ in range(5):
            rows = ask(
                "tanks/stats", account_id=players[0], fields="all.battles,all.wins,all.losses,all.draws"
            )
            for row in rows["data"][str(players[0])]:
                told = row["all"]
                assert told["battles"] == told["wins"] + told["losses"] + told["draws"]
    finally:
        done.set()
        thread.join()


@pytest.mark.timed
def test_vehicles_of_a_hundred_players_come_within_300_ms() -> None:
    world = World(members=100)
    ids = ",".join(map(str, world.members))
    with running(world) as simulator:
        url = f"{simulator.url}/wot/account/tanks/?application_id=any&account_id={ids}"
        began = time.perf_counter()
        answer = requests.get(url, timeout=10)
        assert time.perf_counter() - began < 0.3
    assert answer.json()["meta"]["count"] == 100


def test_log_tells_each_call(simulator: Simulator, session: requests.Session, ask: Ask, world: World) -> None:
    ask("account/info", account_id=f"{member(world)},5")
    ask("account/nothing", application_id="")
    url = f"{simulator.url}/simulator/log"
    log = session.get(url, timeout=10).json()["result"]
    assert [(entry["path"], entry["verb"], entry["ids"], entry["outcome"]) for entry in log] == [
        ("account/info", "GET", 2, "ok"),
        ("account/nothing", "GET", 0, "METHOD_NOT_FOUND"),
    ]
    assert log[0]["arrived_at"] <= log[1]["arrived_at"]
    assert session.delete(url, timeout=10).json()["status"] == "ok"
    assert simulator.calls == []


def test_truth_is_told_as_json(simulator: Simulator, session: requests.Session, world: World) -> None:
    told = session.get(f"{simulator.url}/simulator/expected", timeout=10).json()["result"]
    number = member(world)
    assert told["members"][str(number)]["nickname"] == world.players[number].nickname
    assert told["hidden"] == sorted(world.hidden)


def test_answers_are_packed_for_who_takes_it(simulator: Simulator, world: World) -> None:
    url = f"{simulator.url}/wot/account/tanks/?application_id={APPLICATION_ID}&account_id={member(world)}"
    with requests.get(url, headers={"Accept-Encoding": "gzip"}, stream=True, timeout=10) as packed:
        raw = packed.raw.read(decode_content=False)
        assert packed.headers["Content-Encoding"] == "gzip"
    with requests.get(url, headers={"Accept-Encoding": "identity"}, timeout=10) as plain:
        assert "Content-Encoding" not in plain.headers
        assert json.loads(gzip.decompress(raw)) == plain.json()


def test_body_of_unbearable_length_is_refused(simulator: Simulator) -> None:
    answer = requests.post(f"{simulator.url}/wot/account/info/", data=b"x" * 1_000_001, timeout=10)
    assert answer.status_code == 413


def test_connection_stays_open(simulator: Simulator, ask: Ask) -> None:
    before = threading.active_count()
    for _ in range(5):
        ask("encyclopedia/info")
    assert threading.active_count() == before + 1


def test_clock_moves_the_world(world: World) -> None:
    clock = [float(world.since)]
    with running(world, clock=lambda: clock[0]) as simulator:
        clock[0] += 90.5
        assert simulator.expected().now == world.since + 90
        assert simulator.advance(3600) == world.since + 3690
        with pytest.raises(Impossible):
            simulator.advance(10**12)
        clock[0] += 10
        assert simulator.expected().now == world.since + 3700
