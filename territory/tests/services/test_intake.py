"""Storing placements: each once, however often and from wherever it comes, and nothing hostile breaks the store."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from territory.models import GameServer, Placement
from territory.services.intake import Incoming, Stored, event_key, store
from territory.services.judging import judge_due
from territory.tests.factories import NOW, incoming, make_base, make_player, make_server, placed, player_id

pytestmark = pytest.mark.django_db

SENTINEL = -3.4028234663852886e38


@pytest.fixture
def server() -> GameServer:
    return make_server()


def test_nothing_to_store_is_no_work(server: GameServer) -> None:
    assert store(server, []) == Stored(received=0, new=0, unusable=0)


def test_same_placement_again_is_a_duplicate(server: GameServer) -> None:
    known, fresh = incoming("A"), incoming("B")

    assert store(server, [known]) == Stored(1, 1, 0)
    assert store(server, [known, fresh]) == Stored(2, 1, 0)
    assert store(server, [known, fresh]).duplicates == 2
    assert Placement.objects.count() == 2


def test_same_placement_twice_in_one_call_is_stored_once(server: GameServer) -> None:
    one = incoming("A", player_id="")

    assert store(server, [one, one, one]) == Stored(received=3, new=1, unusable=1)


def test_first_telling_of_a_placement_stays(server: GameServer) -> None:
    key = uuid4()
    store(server, [incoming("A", source_key=key)])
    judge_due(server.pk, now=NOW)
    store(server, [incoming("B", source_key=key, x=1.0)])

    stored = Placement.objects.get()
    assert (stored.gamertag, stored.x, stored.state) == ("A", 5045.0, "judged")


def test_same_key_on_another_server_is_another_placement(server: GameServer) -> None:
    one = incoming("A")

    assert store(server, [one]).new == store(make_server(), [one]).new == 1


def test_equal_placements_with_keys_of_their_own_are_two(server: GameServer) -> None:
    assert store(server, [incoming("A"), incoming("A")]).new == 2


@pytest.mark.parametrize(
    ("fields", "because"),
    [
        ({"player_id": ""}, "no_player_id"),
        ({"player_id": "Unknown"}, "no_player_id"),
        ({"player_id": "ERROR"}, "no_player_id"),
        ({"player_id": "a" * 40}, "no_player_id"),
        ({"player_id": "A" * 39}, "no_player_id"),
        ({"player_id": "A" * 40 + "\n"}, "no_player_id"),
        ({"player_id": "A" * 40 + " "}, "no_player_id"),
        ({"player_id": "\uff21" * 40}, "no_player_id"),
        ({"player_id": "A" * 44}, "no_player_id"),
        ({"x": None}, "no_position"),
        ({"z": None}, "no_position"),
        ({"x": SENTINEL}, "off_map"),
        ({"z": SENTINEL}, "off_map"),
        ({"altitude": SENTINEL}, "off_map"),
        ({"altitude": float("nan")}, "off_map"),
        ({"x": float("nan")}, "off_map"),
        ({"z": float("inf")}, "off_map"),
        ({"x": -0.001}, "off_map"),
        ({"z": 15360.001}, "off_map"),
        ({"occurred_at": None}, "no_date"),
        ({"occurred_at": datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)}, "no_date"),
        ({"occurred_at": datetime(2100, 1, 1, tzinfo=UTC)}, "no_date"),
        ({"occurred_at": datetime.max.replace(tzinfo=UTC)}, "no_date"),
        ({"occurred_at": datetime.min.replace(tzinfo=UTC)}, "no_date"),
    ],
)
def test_placement_that_cannot_be_judged_is_kept_with_the_reason(
    server: GameServer, fields: dict[str, Any], because: str
) -> None:
    make_base(server, make_player("Dono"))

    assert store(server, [incoming("A", **fields), incoming("B")]) == Stored(2, 2, 1)
    assert judge_due(server.pk, now=NOW).judged == 1
    assert (placed("A").state, placed("A").unusable_because, placed("A").outcome) == ("unusable", because, "")


@pytest.mark.parametrize(
    "fields",
    [
        {"x": 0.0, "z": 0.0},
        {"x": -0.0},
        {"x": 15360.0, "z": 15360.0},
        {"altitude": None},
        {"altitude": -99.5},
        {"player_id": "0" * 40},
        {"player_id": "A" * 43 + "="},
        {"player_id": "-_" * 21 + "a="},
        {"occurred_at": datetime(2000, 1, 1, tzinfo=UTC)},
        {"occurred_at": datetime(2099, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)},
        {"item": ""},
        {"gamertag": ""},
    ],
)
def test_placement_at_the_very_edge_of_the_usable_is_judged(
    server: GameServer, fields: dict[str, Any]
) -> None:
    assert store(server, [incoming(**fields)]) == Stored(1, 1, 0)
    assert judge_due(server.pk, now=NOW).judged == 1


def test_size_of_the_map_is_the_servers_own() -> None:
    livonia = make_server(map="enoch")

    assert store(livonia, [incoming(x=12_800.0), incoming(x=12_801.0)]).unusable == 1


@pytest.mark.parametrize(
    "text",
    [
        "a\0b",
        "\\N",
        "\\.",
        "\t\n\r",
        "'\"; --",
        "%s%%",
        "a\ud800b",
        "c\udcff",
        "🏴‍☠️" * 50,
        "x" * 4000,
        "\u202e",
        "$1 {0}",
    ],
)
def test_hostile_text_is_stored_and_judged(server: GameServer, text: str) -> None:
    make_base(server, make_player("Dono"))
    given = replace(
        incoming("A"), gamertag=text, item=text, display=text, xuid=text, origin=text, raw_line=text
    )

    assert store(server, [given]).new == 1
    assert judge_due(server.pk, now=NOW).judged == 1
    stored = Placement.objects.get()
    assert stored.outcome == "invasion"
    storable = text.replace("\0", "\ufffd").encode(errors="replace").decode()
    assert {stored.gamertag, stored.item, stored.display, stored.xuid, stored.raw_line} == {storable}


def test_number_of_queries_does_not_grow(server: GameServer) -> None:
    def queries(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            store(server, [incoming() for _ in range(count)])
        return len(captured)

    queries(1)
    assert queries(1) == queries(500)


@pytest.mark.django_db(transaction=True)
def test_same_placements_from_several_workers_at_once_are_stored_once_and_nobody_deadlocks() -> None:
    server = make_server()
    # In opposite orders: without care the two would wait for each other in a circle.
    rows = [incoming(f"X{number}") for number in range(1500)]
    results: list[Stored] = []
    start = threading.Barrier(3)

    def work(part: list[Incoming]) -> None:
        start.wait()
        results.append(store(server, part))
        connection.close()

    threads = [
        threading.Thread(target=work, args=[part]) for part in (rows, rows[::-1], rows[700:] + rows[:700])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [one.received for one in results] == [1500] * 3
    assert sum(one.new for one in results) == 1500
    assert Placement.objects.count() == 1500


def test_event_keys_differ_for_any_two_ids_and_survive_a_restart() -> None:
    ids = ["", "a", "A", "a ", "\0", "\ud800", "é", "e\u0301", "x" * 10_000]

    assert len({event_key(one) for one in ids}) == len(ids)
    assert str(event_key("event-1")) == "04ce8bfe-b7ae-99b8-93d9-acd920282c0e"


def test_judging_takes_the_oldest_act_first_whatever_came_in_first(server: GameServer) -> None:
    late, early = incoming("Tarde"), incoming("Cedo", occurred_at=NOW - timedelta(hours=2))
    store(server, [late, early])

    judge_due(server.pk, now=NOW, limit=1)

    assert (placed("Cedo").state, placed("Tarde").state) == ("judged", "pending")


def by(source: str, gamertag: str = "A", **fields: Any) -> Incoming:
    """The same act as the API tells it and as a log does."""
    shape: dict[str, Any] = {"display": "Fence Kit"} if source != "api" else {"altitude": None}
    return incoming(gamertag, **{"origin": source} | shape | fields)


@pytest.mark.parametrize("first", ["api", "a.ADM"])
@pytest.mark.parametrize(
    ("changes", "new"),
    [
        pytest.param({}, 0, id="same"),
        pytest.param({"gamertag": "Renomeado", "player_id": player_id("A")}, 0, id="other-name"),
        pytest.param({"x": 5045.06, "z": 3000.0999}, 0, id="place-cut-to-a-decimal"),
        pytest.param({"occurred_at": NOW - timedelta(seconds=59.2)}, 0, id="same-second"),
        pytest.param({"item": "fencekit"}, 0, id="case-of-the-class"),
        pytest.param({"occurred_at": NOW - timedelta(seconds=61)}, 1, id="other-second"),
        pytest.param({"x": 5045.2}, 1, id="other-place"),
        pytest.param({"item": "Barrel_Blue"}, 1, id="other-item"),
        pytest.param({"player_id": "F" * 40}, 1, id="other-player"),
    ],
)
def test_act_seen_through_two_sources_is_one_placement(
    server: GameServer, first: str, changes: dict[str, Any], new: int
) -> None:
    second = "a.ADM" if first == "api" else "api"
    at = NOW - timedelta(seconds=59.9)
    store(server, [by(first, occurred_at=at)])

    other = by(second, **{"occurred_at": at} | changes)
    assert store(server, [other]).new == new
    assert store(server, [other]) == Stored(1, 0, 0)
    assert Placement.objects.count() == 1 + new


def test_equal_acts_of_one_source_are_several_and_the_other_source_adds_none(server: GameServer) -> None:
    logged = [by("a.ADM", source_key=uuid4()) for _ in range(2)]
    sent = [by("api", source_key=uuid4()) for _ in range(3)]

    assert store(server, logged).new == 2
    assert store(server, sent).new == 1
    assert store(server, [*logged, *sent]).new == 0
    assert store(make_server(), sent).new == 3
    assert Placement.objects.filter(server=server).count() == 3


def test_place_in_binary_fractions_is_the_place_the_log_wrote(server: GameServer) -> None:
    for tenth in range(50000, 50100):
        store(server, [by("a.ADM", x=float(f"{tenth / 10:.1f}"))])

    assert store(server, [by("api", x=tenth * 0.1) for tenth in range(50000, 50100)]).new == 0
