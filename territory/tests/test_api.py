"""The HTTP API as a sender meets it: placements in, verdicts out, by real requests to the real address."""

import socket
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from http import HTTPStatus

import pytest
from celery import current_app
from django.db import connection
from django.test.utils import CaptureQueriesContext

from territory.models import Placement
from territory.rules.verdict import RULE_VERSION
from territory.services.judging import judge_due
from territory.services.servers import with_placements_waiting
from territory.tests.factories import NOW, event, make_base, make_player, make_server, player_id
from territory.tests.sender import Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender() -> Sender:
    return Sender(make_server(slug="sul"))


def test_new_events_are_stored_waiting_and_counted(sender: Sender) -> None:
    status, receipt = sender.post({"events": [event("A"), event("B", player_id="Unknown")]})

    assert status == HTTPStatus.ACCEPTED
    assert receipt == {"received": 2, "new": 2, "duplicates": 0, "unusable": 1, "errors": []}
    stored = Placement.objects.get(gamertag="A")
    assert (stored.state, stored.player_id, stored.item) == ("pending", player_id("A"), "FenceKit")
    assert (stored.x, stored.z, stored.altitude) == (5045.0, 3000.0, 200.5)
    assert stored.occurred_at == NOW - timedelta(minutes=1)
    assert stored.origin == "api"
    assert stored.server == sender.server
    assert sender.post([])[1]["received"] == 0


def test_id_as_number_is_the_same_as_in_text(sender: Sender) -> None:
    sender.post({"events": [event("A", id=42)]})

    assert sender.post({"events": [event("A", id="42")]})[1]["duplicates"] == 1
    assert sender.ask("42")[0] == HTTPStatus.OK


OTHER = {
    "gamertag": "B",
    "player_id": player_id("B"),
    "item": "Barrel_Blue",
    "x": 9000,
    "occurred_at": (NOW - timedelta(minutes=2)).isoformat(),
}


@pytest.mark.parametrize("field", OTHER)
@pytest.mark.parametrize("is_one_request", [True, False])
def test_other_event_under_a_known_id_is_an_error_and_changes_nothing(
    sender: Sender, field: str, *, is_one_request: bool
) -> None:
    first, other, third = event("A"), event("A") | {field: OTHER[field]}, event("C")
    if not is_one_request:
        sender.post([first])

    _status, receipt = sender.post([{}, first, other, first, third])

    assert [(error["index"], error["id"], error["code"]) for error in receipt["errors"]] == [
        (0, None, "invalid"),
        (2, "event-A", "id_reused"),
    ]
    assert receipt["errors"][1]["errors"] != []
    known = 1 if is_one_request else 2
    assert (receipt["received"], receipt["new"], receipt["duplicates"]) == (5, 3 - known, known)
    assert Placement.objects.get(gamertag="A").x == 5045.0


@pytest.mark.parametrize(
    ("given", "item", "display"),
    [
        ("FenceKit", "FenceKit", ""),
        ("Fence Kit<FenceKit>", "FenceKit", "Fence Kit"),
        ("<FenceKit>", "FenceKit", ""),
        ("Barraca média<MediumTent_Green>", "MediumTent_Green", "Barraca média"),
        ("Barraca média", "Barraca média", ""),
    ],
)
def test_item_in_the_logs_own_form_is_split_as_the_logs_is(
    sender: Sender, given: str, item: str, display: str
) -> None:
    _status, receipt = sender.post([event("A", item=given)])

    assert receipt["errors"] == []
    stored = Placement.objects.get()
    assert (stored.item, stored.display) == (item, display)


@pytest.mark.parametrize(
    "given", ["<", ">", "a<b", "a>b", "Fence Kit<FenceKit> x", "a<b c>", "a<b><c>", "<>", "a<<b>"]
)
def test_item_with_other_brackets_is_an_error_of_its_own(sender: Sender, given: str) -> None:
    _status, receipt = sender.post([event("A", item=given), event("B")])

    assert (receipt["new"], receipt["errors"][0]["index"]) == (1, 0)
    assert "Fence Kit<FenceKit>" in receipt["errors"][0]["errors"][0]


def test_optional_fields_may_be_left_out_or_null_and_unknown_ones_are_ignored(sender: Sender) -> None:
    bare = event("A", xuid=None, player_id=None, altitude=None, comment="hello", server={"a": [1]})
    barer = event("B")
    del barer["player_id"], barer["altitude"]

    receipt = sender.post({"events": [bare, barer]})[1]

    assert (receipt["new"], receipt["unusable"], receipt["errors"]) == (2, 2, [])


def test_verdict_of_an_invasion_gives_the_reasons_in_both_languages(sender: Sender) -> None:
    base = make_base(sender.server, make_player("Dono"))
    sender.post({"events": [event("Invasor", id="1")]})
    waiting = sender.ask("1")[1]
    assert (waiting["state"], waiting["outcome"], waiting["judged_at"]) == ("pending", "", None)
    assert waiting["reasons"] == ["It waits to be judged."]
    judge_due(sender.server.pk, now=NOW)

    status, english = sender.ask("1")
    portuguese = sender.ask("1", language="pt-BR")[1]

    assert status == HTTPStatus.OK
    assert {key: english[key] for key in ("state", "outcome", "rule", "action", "base", "distance_m")} == {
        "state": "judged",
        "outcome": "invasion",
        "rule": "intruder",
        "action": "ban",
        "base": base.name,
        "distance_m": 45.0,
    }
    assert english["infraction"] is not None
    assert english["rule_version"] == RULE_VERSION
    assert datetime.fromisoformat(english["judged_at"]) == NOW
    assert datetime.fromisoformat(english["occurred_at"]) == NOW - timedelta(minutes=1)
    assert english["reasons"][0] == "Inside “Fortaleza Norte”: 45 m from its centre, the radius is 100 m."
    assert len(portuguese["reasons"]) == len(english["reasons"])
    assert "Fortaleza Norte" in portuguese["reasons"][0]
    assert not set(portuguese["reasons"]) & set(english["reasons"])


@pytest.mark.parametrize("event_id", ["a/b", "a b", "ção", "a?b#c", "..x", "100%", "sul/placements/1"])
def test_verdict_is_found_under_any_id(sender: Sender, event_id: str) -> None:
    from urllib.parse import quote

    sender.post({"events": [event("A", id=event_id)]})

    assert sender.ask(quote(event_id))[1].get("id") == event_id


def test_openapi_describes_both_addresses(sender: Sender) -> None:
    schema = sender.client.get("/api/v1/openapi.json").json()

    post = schema["paths"]["/api/v1/servers/{slug}/placements"]["post"]
    get = schema["paths"]["/api/v1/servers/{slug}/placements/{event_id}"]["get"]
    assert set(post["responses"]) == {"202", "400", "401", "404", "413", "429"}
    assert set(get["responses"]) == {"200", "401", "404", "429"}
    assert post["security"] == get["security"] == [{"ServerToken": []}]
    events = post["requestBody"]["content"]["application/json"]["schema"]["properties"]["events"]
    assert events["maxItems"] == 1000
    fields = events["items"]["properties"]
    assert set(events["items"]["required"]) == {"id", "gamertag", "item", "x", "z", "occurred_at"}
    assert (fields["id"]["maxLength"], fields["gamertag"]["maxLength"]) == (200, 100)
    assert fields["occurred_at"]["format"] == "date-time"
    assert fields["x"]["type"] == "number"


def test_number_of_queries_is_the_same_for_one_event_and_a_thousand(sender: Sender) -> None:
    def queries(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            sender.post([event(f"{count}-{number}") for number in range(count)])
        return len(captured)

    queries(1)
    assert queries(1) == queries(1000)


@pytest.fixture
def dead_broker() -> Iterator[None]:
    """The broker's address answers nothing, as when it is down: a port that was free a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    before = current_app.conf["broker_write_url"]
    _reconnect(f"redis://127.0.0.1:{port}/0")
    yield
    _reconnect(before)


def _reconnect(url: str | None) -> None:
    current_app.conf["broker_write_url"] = url
    for holder, attribute in ((current_app.amqp, "_producer_pool"), (current_app, "_pool")):
        setattr(holder, attribute, None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("dead_broker")
def test_broker_that_is_down_costs_neither_the_events_nor_much_time(sender: Sender) -> None:
    began = time.monotonic()

    status, receipt = sender.post([event("A")])

    assert time.monotonic() - began < 3
    assert (status, receipt["new"]) == (HTTPStatus.ACCEPTED, 1)
    assert Placement.objects.get().state == "pending"
    assert with_placements_waiting() == [sender.server.pk]


@pytest.mark.django_db(transaction=True)
def test_new_events_wake_judging_once_they_can_be_seen(sender: Sender) -> None:
    with current_app.connection_for_write() as broker, broker.SimpleQueue("placements") as queue:
        queue.clear()
        sender.post([event("A", id="1")])
        message = queue.get(timeout=2)
        assert message.headers["task"] == "territory.judge_due"
        assert message.payload[0] == [sender.server.pk]
        message.ack()
        sender.post([event("A", id="1")])
        with pytest.raises(queue.Empty):
            queue.get_nowait()
