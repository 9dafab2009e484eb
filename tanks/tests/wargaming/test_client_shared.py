from collections.abc import Callable

import pytest
import redis
from werkzeug import Response

from tanks.tests.wargaming.conftest import MakeClient
from tanks.tests.wargaming.fake import TOKEN, FakeWargaming, error
from tanks.wargaming.breaker import Breaker, BreakerReason, BreakerState
from tanks.wargaming.client import Client
from tanks.wargaming.errors import (
    CircuitOpenError,
    NotConfiguredError,
    RateLimitedError,
    SourceUnavailableError,
    WargamingError,
)
from tanks.wargaming.pacing import Pacer

HOUR = 3600.0


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


def test_no_turn_no_request(
    api: FakeWargaming, make_client: MakeClient, shared_server: "redis.Redis", key: str
) -> None:
    client = make_client(api.url, pacer=Pacer(shared_server, key, 0.001, longest_wait=0))
    client.account_info([7])
    with pytest.raises(RateLimitedError):
        client.account_info([7])
    assert client.calls == len(api.asked) == 1


def test_refusals_do_not_open_the_breaker(api: FakeWargaming, client: Client, breaker: Breaker) -> None:
    for refusal in ("REQUEST_LIMIT_EXCEEDED", "INVALID_FIELDS"):
        api.out_of_turn = [error(407, refusal) for _ in range(9)]
        for _ in range(3):
            with pytest.raises(WargamingError):
                client.account_info([7])
    assert breaker.state().reason is None


@pytest.mark.parametrize(
    "down", [error(504, "SOURCE_NOT_AVAILABLE"), Response("<html>no</html>", status=503)], ids=["api", "http"]
)
def test_only_a_source_of_which_several_methods_are_down_is_left_alone(
    api: FakeWargaming, make_client: MakeClient, shared_server: "redis.Redis", key: str, down: Response
) -> None:
    client = make_client(api.url, breaker=Breaker(shared_server, key), attempts=3)

    def ask(*methods: Callable[[], object]) -> None:
        for method in methods:
            api.out_of_turn = [down] * 3
            with pytest.raises(SourceUnavailableError):
                method()

    ask(*[client.catalogue_version] * 4)
    ask(lambda: client.account_tanks([7]))
    assert client.breaker_state() == BreakerState(None), "two of the methods"
    api.out_of_turn = []
    client.account_info([7])
    ask(*[client.catalogue_version] * 4)
    assert client.breaker_state() == BreakerState(None), "one of the methods, whatever was down before"
    before = client.calls
    ask(lambda: client.account_tanks([7]), lambda: client.account_info([7]))
    assert client.breaker_state().reason is BreakerReason.NO_ANSWER
    assert client.calls == before + 4, "three of one method, and the one that opened it"
    with pytest.raises(CircuitOpenError):
        client.clans_info([1])
    assert client.calls == before + 4


def test_answer_counts_although_the_breaker_does_not_answer(
    api: FakeWargaming, make_client: MakeClient, shared_server: "redis.Redis", key: str
) -> None:
    class Deaf(Breaker):
        def answered(self, probe: int) -> None:
            raise SourceUnavailableError("gone")

        def failed(self, probe: int, reason: BreakerReason, method: str) -> None:
            raise SourceUnavailableError("gone")

    client = make_client(api.url, breaker=Deaf(shared_server, key))
    assert client.prolongate(TOKEN).account_id
    api.out_of_turn = [error(407, "INVALID_IP_ADDRESS")]
    with pytest.raises(NotConfiguredError):
        client.account_info([7])
