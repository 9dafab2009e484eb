import gzip

import pytest

from tanks.tests.wargaming.conftest import MakeClient
from tanks.tests.wargaming.fake import TOKEN, FakeWargaming, assert_no_secret, error
from tanks.tests.wargaming.sockets import EMPTY, GZIP, http, raw_server, says, stays_silent, trickles
from tanks.wargaming import transport
from tanks.wargaming.client import Client
from tanks.wargaming.errors import (
    NoAnswerError,
    SourceUnavailableError,
)


def test_pauses_of_attempts_grow(api: FakeWargaming, make_client: MakeClient, pauses: list[float]) -> None:
    api.out_of_turn = [error(504, "SOURCE_NOT_AVAILABLE") for _ in range(3)]
    client = make_client(api.url, attempts=4)
    assert client.account_info([7]).by_id[7]
    assert client.calls == 4
    assert [low <= pause <= 3 * low for pause, low in zip(pauses, [0.5, 1, 2], strict=True)] == [True] * 3


def test_login_is_never_tried_again(api: FakeWargaming, client: Client) -> None:
    api.out_of_turn = [error(504, "SOURCE_NOT_AVAILABLE")]
    with pytest.raises(SourceUnavailableError):
        client.prolongate(TOKEN)
    assert client.calls == 1


FAULTS = {
    "html": http(b"<html>maintenance</html>"),
    "broken JSON": http(b'{"status":"ok","data":{"7":{'),
    "502": http(b"Bad gateway", status="502 Bad Gateway"),
    "503": http(EMPTY, status="503 Service Unavailable"),
    "truncated": http(EMPTY[:20], length=len(EMPTY)),
    "truncated chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\r\n",
    "truncated gzip": http(gzip.compress(EMPTY)[:30], headers=GZIP),
    "no gzip": http(b"no gzip at all", headers=GZIP),
    "hung up": b"",
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\n",
}


@pytest.mark.parametrize("answer", FAULTS.values(), ids=FAULTS)
def test_fault_on_the_way_is_tried_again_and_then_no_answer(make_client: MakeClient, answer: bytes) -> None:
    with raw_server(says(answer)) as server:
        client = make_client(server.url)
        with pytest.raises(NoAnswerError) as caught:
            client.account_info([7])
        assert client.calls == len(server.requests) == 3
    assert_no_secret(caught.value)


def test_silence_ends_with_the_time_out(make_client: MakeClient) -> None:
    with raw_server(stays_silent) as server:
        client = make_client(server.url, timeout=(1, 0.1), attempts=1)
        with pytest.raises(NoAnswerError, match="Timeout"):
            client.account_info([7])


def test_trickle_ends_although_it_is_never_silent(make_client: MakeClient) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    with raw_server(trickles(head, pause=0.01)) as server:
        client = make_client(server.url, timeout=(30, 30), longest_seconds=0.3, attempts=1)
        with pytest.raises(NoAnswerError, match="too slowly"):
            client.account_info([7])


def test_answer_without_an_end_is_left(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LARGEST_BODY_BYTES", 100_000)
    bomb = gzip.compress(b" " * 10_000_000)
    with (
        raw_server(says(http(bomb, headers=GZIP))) as server,
        pytest.raises(NoAnswerError, match="More than 100000 bytes"),
    ):
        make_client(server.url, attempts=1).account_info([7])


def test_redirect_is_not_followed(make_client: MakeClient) -> None:
    with raw_server(says(http(EMPTY))) as other:
        location = f"Location: {other.url}/wot/account/info/\r\n".encode()
        moved = says(http(b"", status="307 Temporary Redirect", headers=location))
        with raw_server(moved) as server, pytest.raises(NoAnswerError, match="HTTP 307"):
            make_client(server.url, attempts=1).account_info([7])
        assert other.requests == []
