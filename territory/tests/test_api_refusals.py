"""What the HTTP API refuses: events one by one, bodies as a whole, and tokens."""

import json
from collections.abc import Callable
from http import HTTPStatus

import pytest

from common.attempts import MOST_BY_ADDRESS
from territory.models import GameServer, LogSource, Placement
from territory.services.servers import create_token
from territory.tests.factories import event, make_server
from territory.tests.sender import Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender() -> Sender:
    return Sender(make_server(slug="sul"))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("id", "", "must not be empty"),
        ("id", True, "must be text"),
        ("id", 1.5, "must be text"),
        ("id", "x" * 201, "must have at most 200 characters"),
        ("id", "a\0b", "Control characters are not allowed."),
        ("id", 10**300, "must have at most 200 characters"),
        ("gamertag", "", "must not be empty"),
        ("gamertag", "a\nb", "Control characters are not allowed."),
        ("gamertag", "x" * 101, "must have at most 100 characters"),
        ("gamertag", {"name": "A"}, "must be text"),
        ("player_id", "x" * 65, "must have at most 64 characters"),
        ("xuid", "9" * 33, "must have at most 32 characters"),
        ("xuid", False, "must be text"),
        ("item", "", "must not be empty"),
        ("x", "5045", "must be a number"),
        ("x", None, "must be a number"),
        ("x", True, "must be a number"),
        ("x", 10**350, "must be a number"),
        ("altitude", "high", "must be a number"),
        ("occurred_at", None, "must be a time in ISO 8601"),
        ("occurred_at", "yesterday", "must be a time in ISO 8601"),
        ("occurred_at", "2026-02-07T19:45:00", "must be a time in ISO 8601"),
        ("occurred_at", "2026-02-30T19:45:00Z", "must be a time in ISO 8601"),
        ("occurred_at", "2026-02-07T19:45:00+99:00", "must be a time in ISO 8601"),
        ("occurred_at", "9" * 5000, "must be a time in ISO 8601"),
        ("occurred_at", True, "must be a time in ISO 8601"),
        ("occurred_at", "0001-01-01T00:00:00+12:00", "lies outside the years 2000 to 2099"),
        ("occurred_at", "1999-12-31T23:59:59Z", "lies outside the years 2000 to 2099"),
        ("occurred_at", "2100-01-01T00:00:00Z", "lies outside the years 2000 to 2099"),
        ("occurred_at", "2099-12-31T23:30:00-03:00", "lies outside the years 2000 to 2099"),
        ("occurred_at", "9999-12-31T23:59:59-12:00", "lies outside the years 2000 to 2099"),
    ],
    ids=lambda value: repr(value)[:24],
)  # fmt: skip
def test_bad_event_is_named_and_spoils_no_other(
    sender: Sender, field: str, value: object, words: str
) -> None:
    bad = event("Ruim", id="bad") | {field: value}

    status, receipt = sender.post({"events": [event("A"), bad, event("B")]})

    assert status == HTTPStatus.ACCEPTED
    assert (receipt["received"], receipt["new"]) == (3, 2)
    assert [error["index"] for error in receipt["errors"]] == [1]
    if field != "id":
        assert receipt["errors"][0]["id"] == "bad"
    (message,) = receipt["errors"][0]["errors"]
    assert message.startswith(f"{field}: ")
    assert words in message
    assert sorted(Placement.objects.values_list("gamertag", flat=True)) == ["A", "B"]


@pytest.mark.parametrize("field", ["id", "gamertag", "item", "x", "z", "occurred_at"])
def test_missing_field_is_named(sender: Sender, field: str) -> None:
    sent = event("A")
    del sent[field]

    receipt = sender.post({"events": [sent]})[1]

    assert receipt["errors"][0]["errors"] == [f"{field}: is missing"]
    assert not Placement.objects.exists()


@pytest.mark.parametrize("raw", [None, True, 1, 1.5, "event", [], [1]])
def test_event_that_is_no_object_is_an_error_of_its_own(sender: Sender, raw: object) -> None:
    status, receipt = sender.post({"events": [raw, event("A")]})

    assert (status, receipt["new"]) == (HTTPStatus.ACCEPTED, 1)
    assert receipt["errors"][0]["index"] == 0
    assert "An event must be an object" in receipt["errors"][0]["errors"][0]


@pytest.mark.parametrize(
    "number",
    ["NaN", "Infinity", "-Infinity", "1e999", "-3.4028234663852886e38", "1e308", "9" * 5000],
    ids=lambda number: number[:24],
)
def test_number_that_is_no_place_is_stored_as_unusable(sender: Sender, number: str) -> None:
    body = json.dumps({"events": [event("A", x="HERE"), event("B")]}).replace('"HERE"', number)

    status, receipt = sender.post(body.encode())

    assert status == HTTPStatus.ACCEPTED
    assert (receipt["new"], receipt["unusable"]) == (2, 1)
    status, verdict = sender.ask(event("A")["id"])
    assert (status, verdict["state"], verdict["unusable_because"]) == (HTTPStatus.OK, "unusable", "off_map")


@pytest.mark.parametrize("body", [b"", b"x", b"{", b"\xff\xfe\x00", b'"text"', b"1", b"null", b"{}", b'{"events": {}}',
                                  b'{"events": null}', b'{"id": "1"}', b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000])  # fmt: skip
def test_body_without_events_is_a_bad_request(sender: Sender, body: bytes) -> None:
    status, answer = sender.post(body)

    assert status == HTTPStatus.BAD_REQUEST
    assert '{"events": [...]}' in answer["detail"]
    assert not Placement.objects.exists()


def test_more_than_a_thousand_events_are_refused_whole(sender: Sender) -> None:
    status, answer = sender.post([event(str(number)) for number in range(1001)])

    assert status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert "1000" in answer["detail"]
    assert not Placement.objects.exists()


@pytest.mark.parametrize("token", ["", "wrong", "wotcs_" + "x" * 43, "x" * 10_000, "é", "\x7f"])
def test_wrong_token_is_unauthorized_and_stores_nothing(sender: Sender, token: str) -> None:
    make_server(slug="norte")  # it has no token
    for slug in ("sul", "norte"):
        status, answer = sender.post({"events": [event("A")]}, token=token, slug=slug)
        assert (status, set(answer)) == (HTTPStatus.UNAUTHORIZED, {"detail"})
    assert not Placement.objects.exists()


def test_wrong_tokens_of_an_address_are_refused_after_a_while_and_the_right_one_never(
    sender: Sender, caplog: pytest.LogCaptureFixture
) -> None:
    statuses = [sender.post([event("A")], token="wr0ng-t0ken")[0] for _ in range(MOST_BY_ADDRESS + 1)]

    assert statuses == [HTTPStatus.UNAUTHORIZED] * MOST_BY_ADDRESS + [HTTPStatus.TOO_MANY_REQUESTS]
    assert "Try again in" in sender.post([event("A")], token="wr0ng-t0ken")[1]["detail"]
    assert sender.post([event("A")])[0] == HTTPStatus.ACCEPTED
    assert "from 127.0.0.1" in caplog.text
    assert "wr0ng" not in caplog.text


INVALID = {
    "server off": lambda: GameServer.objects.update(is_active=False),
    "source off": lambda: LogSource.objects.update(is_active=False),
    "replaced": lambda: create_token(GameServer.objects.get()),
}


@pytest.mark.parametrize("invalidate", INVALID.values(), ids=INVALID)
def test_token_that_no_longer_counts_is_refused(sender: Sender, invalidate: Callable[[], object]) -> None:
    invalidate()

    assert sender.post({"events": [event("A")]})[0] == HTTPStatus.UNAUTHORIZED
    assert not Placement.objects.exists()


def test_languages_of_errors_follow_the_sender(sender: Sender) -> None:
    english, portuguese = (
        sender.post([event("A", x="?")], language=language)[1]["errors"][0]["errors"]
        for language in ("en", "pt-br")
    )

    assert english == ["x: must be a number"]
    assert portuguese not in ([], english)
