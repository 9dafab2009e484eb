import threading
import time

import pytest
import redis

from clans.wargaming import shared
from clans.wargaming.breaker import Breaker, Permit, Reason, State
from clans.wargaming.errors import CircuitOpen, SourceUnavailable

pytestmark = pytest.mark.timed


def opened(breaker: Breaker, reason: Reason = Reason.NOT_CONFIGURED) -> None:
    breaker.failed(breaker.enter(), reason)


def wait_for_probe(breaker: Breaker) -> Permit:
    give_up_at = time.monotonic() + 10
    while time.monotonic() < give_up_at:
        try:
            return breaker.enter()
        except CircuitOpen as error:
            time.sleep(error.retry_after_seconds)
    raise AssertionError("It never let anybody probe.")


@pytest.fixture
def quick(shared_server: "redis.Redis", key: str) -> Breaker:
    return Breaker(shared_server, key, misses=3, first=0.1, longest=0.3)


def test_closed_lets_everybody_pass(breaker: Breaker) -> None:
    assert [breaker.enter() for _ in range(3)] == [Permit()] * 3
    assert breaker.state() == State(None)


def test_refused_configuration_opens_at_once_for_everybody(shared_server: "redis.Redis", key: str) -> None:
    opened(Breaker(shared_server, key))
    with pytest.raises(CircuitOpen, match="configuration refused") as caught:
        Breaker(shared_server, key).enter()
    assert 59 < caught.value.retry_after_seconds <= 60
    state = Breaker(shared_server, key).state()
    assert state.reason is Reason.NOT_CONFIGURED
    assert 59 < state.retry_after_seconds <= 60


def test_misses_in_a_row_open(quick: Breaker) -> None:
    for _ in range(2):
        quick.failed(quick.enter(), Reason.NO_ANSWER)
    assert quick.state().reason is None
    quick.failed(quick.enter(), Reason.NO_ANSWER)
    assert quick.state().reason is Reason.NO_ANSWER
    with pytest.raises(CircuitOpen, match="no answer"):
        quick.enter()


def test_answer_in_between_begins_the_count_anew(quick: Breaker) -> None:
    for _ in range(4):
        quick.failed(quick.enter(), Reason.NO_ANSWER)
        quick.failed(quick.enter(), Reason.NO_ANSWER)
        quick.answered(quick.enter())
    assert quick.state() == State(None)


def test_one_caller_probes_and_closes_it(quick: Breaker) -> None:
    opened(quick)
    probe = wait_for_probe(quick)
    assert probe.probe
    with pytest.raises(CircuitOpen) as caught:
        quick.enter()
    assert 100 < caught.value.retry_after_seconds <= 120
    quick.answered(probe)
    assert quick.state() == State(None)
    assert quick.enter() == Permit()


def test_only_one_of_many_probes(quick: Breaker) -> None:
    opened(quick)
    time.sleep(0.12)
    permits: list[Permit] = []

    def enter() -> None:
        try:
            permits.append(quick.enter())
        except CircuitOpen:
            return

    threads = [threading.Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(permits) == 1


def test_failed_probe_opens_for_twice_as_long_up_to_the_longest(quick: Breaker) -> None:
    opened(quick)
    waits = []
    for _ in range(3):
        quick.failed(wait_for_probe(quick), Reason.NO_ANSWER)
        waits.append(quick.state().retry_after_seconds)
    assert waits == pytest.approx([0.2, 0.3, 0.3], abs=0.05)


def test_time_begins_anew_after_it_was_closed(quick: Breaker) -> None:
    opened(quick)
    quick.failed(wait_for_probe(quick), Reason.NO_ANSWER)
    quick.answered(wait_for_probe(quick))
    opened(quick)
    assert quick.state().retry_after_seconds == pytest.approx(0.1, abs=0.05)


def test_request_from_before_it_opened_changes_nothing(quick: Breaker) -> None:
    early = quick.enter()
    opened(quick)
    quick.answered(early)
    quick.failed(early, Reason.NO_ANSWER)
    state = quick.state()
    assert state.reason is Reason.NOT_CONFIGURED
    assert state.retry_after_seconds <= 0.1


def test_probe_that_was_replaced_changes_nothing(
    shared_server: "redis.Redis", key: str, quick: Breaker
) -> None:
    opened(quick)
    lost = wait_for_probe(quick)
    shared_server.hset(f"{key}:breaker", "probe_until", 0)  # as if its two minutes were over
    time.sleep(0.005)
    second = wait_for_probe(quick)
    assert second != lost
    quick.answered(lost)
    assert quick.state().reason is Reason.NOT_CONFIGURED
    quick.answered(second)
    assert quick.state() == State(None)


def test_looking_takes_no_probe(quick: Breaker) -> None:
    opened(quick)
    time.sleep(0.12)
    assert quick.state() == State(Reason.NOT_CONFIGURED, 0.0)
    assert quick.enter().probe


def test_person_can_close_it(breaker: Breaker) -> None:
    opened(breaker)
    breaker.reset()
    assert breaker.enter() == Permit()


def test_state_is_forgotten_some_day(shared_server: "redis.Redis", key: str, breaker: Breaker) -> None:
    breaker.failed(breaker.enter(), Reason.NO_ANSWER)
    assert 0 < shared_server.ttl(f"{key}:breaker") <= 86_400
    opened(breaker)
    assert 86_400 < shared_server.ttl(f"{key}:breaker") <= 86_460


def test_server_that_is_down_is_an_outage(closed_port: int) -> None:
    server = shared.connect(f"redis://127.0.0.1:{closed_port}/0")
    breaker = Breaker(server, "key")
    for act in (breaker.enter, breaker.state, breaker.reset):
        with pytest.raises(SourceUnavailable):
            act()
    server.close()


@pytest.mark.parametrize(("misses", "first", "longest"), [(0, 1, 2), (1, 0, 2), (1, 3, 2)])
def test_impossible_limits_are_refused(
    shared_server: "redis.Redis", misses: int, first: float, longest: float
) -> None:
    with pytest.raises(ValueError, match="A breaker needs"):
        Breaker(shared_server, "key", misses=misses, first=first, longest=longest)
