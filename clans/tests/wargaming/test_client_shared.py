import time

import pytest
import redis
from werkzeug import Response

from clans import wargaming
from clans.tests.wargaming.conftest import MakeClient
from clans.tests.wargaming.fake import APPLICATION_ID, TOKEN, FakeWargaming, error
from clans.tests.wargaming.sockets import raw_server, says
from clans.wargaming.breaker import Breaker, Permit, Reason
from clans.wargaming.client import Client
from clans.wargaming.errors import (
    ApiRefused,
    CircuitOpen,
    NotConfigured,
    RateLimited,
    SourceUnavailable,
    WargamingError,
)
from clans.wargaming.pacing import Pacer

pytestmark = pytest.mark.timed


def test_every_attempt_waits_for_its_turn(
    api: FakeWargaming, make_client: MakeClient, shared_server: "redis.Redis", key: str
) -> None:
    turns: list[float] = []

    class Counting(Pacer):
        def wait(self) -> float:
            turns.append(super().wait())
            return turns[-1]

    api.out_of_turn = [error(504, "SOURCE_NOT_AVAILABLE")]
    make_client(api.url, pacer=Counting(shared_server, key, 10_000)).account_info([7])
    assert len(turns) == len(api.asked) == 2


def test_no_turn_means_no_request(
    api: FakeWargaming, make_client: MakeClient, shared_server: "redis.Redis", key: str
) -> None:
    client = make_client(api.url, pacer=Pacer(shared_server, key, 0.01, longest_wait=0))
    client.account_info([7])
    with pytest.raises(RateLimited):
        client.account_info([7])
    assert client.calls == len(api.asked) == 1


def test_no_shared_server_means_no_request(api: FakeWargaming, closed_port: int) -> None:
    url = f"redis://127.0.0.1:{closed_port}/0"
    with (
        wargaming.open_client(api.url, APPLICATION_ID, redis_url=url) as client,
        pytest.raises(SourceUnavailable),
    ):
        client.account_info([7])
    assert api.asked == []


def test_refused_configuration_stops_all_clients(api: FakeWargaming, make_client: MakeClient) -> None:
    first, second = make_client(api.url, application_id="wrong"), make_client(api.url)
    with pytest.raises(NotConfigured, match="INVALID_APPLICATION_ID"):
        first.account_info([7])
    with pytest.raises(CircuitOpen, match="configuration refused"):
        second.account_info([7])
    assert len(api.asked) == 1


def test_time_outs_in_a_row_stop_all_clients(make_client: MakeClient) -> None:
    with raw_server(says(b"", pause=0.1)) as server:
        client = make_client(server.url, timeout=(1, 0.02), attempts=10)
        with pytest.raises(CircuitOpen, match="got no answer"):
            client.account_info([7])
        assert client.calls == 5
        other = make_client(server.url)
        with pytest.raises(CircuitOpen):
            other.encyclopedia_info()
        assert other.calls == 0


def test_refusals_do_not_open_the_breaker(api: FakeWargaming, client: Client, breaker: Breaker) -> None:
    for refusal in ("SOURCE_NOT_AVAILABLE", "REQUEST_LIMIT_EXCEEDED", "INVALID_FIELDS"):
        api.out_of_turn = [error(407, refusal) for _ in range(9)]
        for _ in range(3):
            with pytest.raises(WargamingError):
                client.account_info([7])
    assert breaker.state().reason is None


@pytest.mark.parametrize("answer", [None, error(407, "INVALID_FIELDS")], ids=["good", "refusal"])
def test_any_answer_to_a_probe_closes_the_breaker(
    api: FakeWargaming,
    make_client: MakeClient,
    shared_server: "redis.Redis",
    key: str,
    answer: Response | None,
) -> None:
    breaker = Breaker(shared_server, key, first=0.001, longest=0.001)
    breaker.failed(breaker.enter(), Reason.NOT_CONFIGURED)
    time.sleep(0.01)
    api.out_of_turn = [answer] if answer else []
    client = make_client(api.url, breaker=breaker)
    try:
        client.account_info([7])
    except ApiRefused:
        assert answer
    assert len(api.asked) == 1
    assert breaker.state().reason is None


def test_answer_counts_although_the_breaker_could_not_be_told(
    api: FakeWargaming, make_client: MakeClient, shared_server: "redis.Redis", key: str
) -> None:
    class Deaf(Breaker):
        def answered(self, permit: Permit) -> None:
            raise SourceUnavailable("gone")

        def failed(self, permit: Permit, reason: Reason) -> None:
            raise SourceUnavailable("gone")

    client = make_client(api.url, breaker=Deaf(shared_server, key))
    assert client.prolongate(TOKEN).account_id
    api.out_of_turn = [error(407, "INVALID_IP_ADDRESS")]
    with pytest.raises(NotConfigured):
        client.account_info([7])
