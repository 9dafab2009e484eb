import time

import pytest
import redis

from tanks.tests.wargaming.conftest import Later
from tanks.wargaming import shared
from tanks.wargaming.breaker import Breaker, BreakerReason, BreakerState
from tanks.wargaming.errors import CircuitOpenError, SourceUnavailableError

HOUR = 3600.0


def opened(breaker: Breaker, reason: BreakerReason = BreakerReason.NOT_CONFIGURED) -> None:
    breaker.failed(breaker.enter(), reason, "clans/info")


def probe_after_the_pause(breaker: Breaker, later: Later) -> int:
    later(breaker.state().retry_after_seconds)
    return breaker.enter()


@pytest.fixture
def slow(shared_server: "redis.Redis", key: str) -> Breaker:
    """Return one whose times no stall of the machine outlasts: an hour, two, and at most three."""
    return Breaker(shared_server, key, misses=3, methods=1, first=HOUR, longest=3 * HOUR)


def test_refused_configuration_opens_at_once_for_everybody(shared_server: "redis.Redis", key: str) -> None:
    opened(Breaker(shared_server, key, first=HOUR))
    other = Breaker(shared_server, key)
    other.probe_now()  # which is for silence only
    with pytest.raises(CircuitOpenError, match="configuration refused") as caught:
        other.enter()
    assert HOUR - 60 < caught.value.retry_after_seconds <= HOUR
    assert other.state().reason is BreakerReason.NOT_CONFIGURED
    assert HOUR - 60 < other.state().retry_after_seconds <= HOUR


def test_misses_in_a_row_open_until_a_person_lets_one_caller_probe(slow: Breaker) -> None:
    for _ in range(2):
        slow.failed(slow.enter(), BreakerReason.NO_ANSWER, "clans/info")
    assert slow.state().reason is None
    slow.failed(slow.enter(), BreakerReason.NO_ANSWER, "clans/info")
    assert slow.state().reason is BreakerReason.NO_ANSWER
    with pytest.raises(CircuitOpenError, match="no answer"):
        slow.enter()
    slow.probe_now()
    assert slow.enter()
    with pytest.raises(CircuitOpenError):
        slow.enter()


def test_one_caller_probes_and_closes_it(slow: Breaker, later: Later) -> None:
    opened(slow)
    later(HOUR)
    assert slow.state() == BreakerState(BreakerReason.NOT_CONFIGURED, 0.0), "looking takes no probe"
    probe = slow.enter()
    assert probe
    with pytest.raises(CircuitOpenError) as caught:
        slow.enter()
    assert 0 < caught.value.retry_after_seconds <= 120
    slow.answered(probe)
    assert slow.state() == BreakerState(None)
    assert slow.enter() == 0


def test_failed_probe_opens_for_twice_as_long_up_to_the_longest(slow: Breaker, later: Later) -> None:
    opened(slow)
    waits = []
    for _ in range(3):
        slow.failed(probe_after_the_pause(slow, later), BreakerReason.NO_ANSWER, "clans/info")
        waits.append(slow.state().retry_after_seconds)
    assert waits == pytest.approx([2 * HOUR, 3 * HOUR, 3 * HOUR], abs=HOUR / 4)


def test_request_from_before_it_opened_changes_nothing(slow: Breaker) -> None:
    early = slow.enter()
    opened(slow)
    slow.answered(early)
    slow.failed(early, BreakerReason.NO_ANSWER, "clans/info")
    state = slow.state()
    assert state.reason is BreakerReason.NOT_CONFIGURED
    assert state.retry_after_seconds <= HOUR


def test_replaced_probe_changes_nothing(
    shared_server: "redis.Redis", key: str, slow: Breaker, later: Later
) -> None:
    opened(slow)
    lost = probe_after_the_pause(slow, later)
    shared_server.hset(f"{key}:breaker", "probe_until", 0)  # as if its two minutes were over
    time.sleep(0.01)  # its number is the millisecond in which a probe began
    second = probe_after_the_pause(slow, later)
    assert second != lost
    slow.answered(lost)
    assert slow.state().reason is BreakerReason.NOT_CONFIGURED
    slow.answered(second)
    assert slow.state() == BreakerState(None)


def test_server_that_is_down_is_an_outage(closed_port: int) -> None:
    server = shared.connect(f"redis://127.0.0.1:{closed_port}/0")
    breaker = Breaker(server, "key")
    for act in (breaker.enter, breaker.state, breaker.probe_now):
        with pytest.raises(SourceUnavailableError):
            act()
    server.close()
