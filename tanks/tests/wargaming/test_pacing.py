import json
import os
import subprocess
import sys

import pytest
import redis

from tanks.tests.wargaming.conftest import Later
from tanks.wargaming import pacing, shared
from tanks.wargaming.errors import RateLimitedError, SourceUnavailableError
from tanks.wargaming.pacing import MARGIN_SECONDS, Pacer

HOUR = 3600.0
# A process of its own, which knows no Django: waits for a line, so that all start together.
WORKER = """
import json, sys, time
from tanks.wargaming import shared
from tanks.wargaming.pacing import Pacer
url, key, rate, count = sys.argv[1:]
server = shared.connect(url)
pacer = Pacer(server, key, float(rate))
print("ready", flush=True)
sys.stdin.readline()
print(json.dumps([(pacer.wait(), time.time()) for _ in range(int(count))]), flush=True)
server.close()
"""


def run_together(key: str, *, rate: float, processes: int, each: int) -> list[list[float]]:
    """Return of each grant, in order, its moment and when its process went on; both in seconds since 1970."""
    command = [sys.executable, "-c", WORKER, os.environ["REDIS_URL"], key, str(rate), str(each)]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    try:
        for worker in workers:
            assert worker.stdout
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            assert worker.stdin
            worker.stdin.write("go\n")
            worker.stdin.flush()
        outputs = [worker.communicate(timeout=120)[0] for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
    return sorted(grant for output in outputs for grant in json.loads(output))


def server_now(shared_server: "redis.Redis") -> float:
    seconds, microseconds = shared_server.time()
    return float(seconds + microseconds / 1_000_000)


def granted(shared_server: "redis.Redis", key: str, count: int, *, ahead: float) -> None:
    """Store so many grants as if they had been given `ahead` seconds in the future."""
    moment = round((server_now(shared_server) + ahead) * 1_000_000)
    for _ in range(count):
        shared_server.lpush(f"{key}:grants", str(moment))


@pytest.fixture
def wide_margin(monkeypatch: pytest.MonkeyPatch) -> float:
    """Make every window so wide that no stall of the machine can outlast it."""
    monkeypatch.setattr(pacing, "MARGIN_SECONDS", HOUR)
    return HOUR


@pytest.mark.slow
def test_four_processes_are_never_granted_more_than_the_rate(key: str) -> None:
    rate, each = 20, 9
    grants = run_together(key, rate=rate, processes=4, each=each)
    moments = [moment for moment, _ in grants]
    assert len(moments) == 4 * each
    # The moments are the server's: a machine that stalls can only draw them apart.
    spans = [later - sooner for sooner, later in zip(moments, moments[rate:], strict=False)]
    assert len(spans) == 4 * each - rate
    assert min(spans) >= 1 + MARGIN_SECONDS - 1e-6
    assert all(went_on >= moment for moment, went_on in grants)


@pytest.mark.parametrize(
    "case",
    [(20, 20, 1.2), (5, 5, 1.2), (5.5, 5, 1.2), (1.9, 1, 1.2), (1, 1, 1.2), (0.5, 1, 2.2), (0.01, 1, 100.2)],
)
def test_window_holds_so_many_and_is_so_long(
    shared_server: "redis.Redis", key: str, later: Later, case: tuple[float, int, float]
) -> None:
    rate, most, window = case
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        later(seconds)

    pacer = Pacer(shared_server, key, rate, longest_wait=HOUR, sleep=sleep)
    granted(shared_server, key, most - 1, ahead=HOUR)
    pacer.wait()
    assert pauses == []
    shared_server.delete(f"{key}:grants")
    granted(shared_server, key, most, ahead=HOUR)
    pacer.wait()
    # From a clock that was set back, every one of them counts as of now: the wait is a window, no more and no less.
    assert pauses == [pytest.approx(window, abs=2e-6)]


def test_pause_saves_up_one_window(
    shared_server: "redis.Redis", key: str, later: Later, wide_margin: float
) -> None:
    pacer = Pacer(shared_server, key, 2, longest_wait=0)
    pacer.wait()
    later(100 * wide_margin)
    pacer.wait()
    pacer.wait()
    with pytest.raises(RateLimitedError):
        pacer.wait()
    assert shared_server.llen(f"{key}:grants") == 2


def test_wait_beyond_the_longest_is_a_rate_limit_at_once(shared_server: "redis.Redis", key: str) -> None:
    pacer = Pacer(shared_server, key, 0.001, longest_wait=1, sleep=lambda _: pytest.fail("slept for nothing"))
    pacer.wait()
    with pytest.raises(RateLimitedError, match="within 1 s"):
        pacer.wait()


def test_server_that_is_down_is_an_outage_and_no_leave_to_go(closed_port: int) -> None:
    server = shared.connect(f"redis://:s3cret@127.0.0.1:{closed_port}/0")
    with pytest.raises(SourceUnavailableError) as caught:
        Pacer(server, "key", 10).wait()
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None
    server.close()


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
def test_impossible_pace_is_refused(shared_server: "redis.Redis", rate: float) -> None:
    with pytest.raises(ValueError, match="rate above 0"):
        Pacer(shared_server, "key", rate)


def test_key_is_of_one_application_at_one_realm_and_tells_no_secret() -> None:
    secret = "0123456789abcdef0123456789abcdef"
    urls = (
        "https://api.worldoftanks.eu",
        "https://api.worldoftanks.com",
        "http://here:1",
        "http://here:1/eu",
    )
    keys = {shared.key_for(url, application) for url in urls for application in (secret, "other")}
    assert len(keys) == 8
    assert not [key for key in keys if secret[:8] in key]
    assert shared.key_for("https://API.worldoftanks.eu/", f" {secret}\n") in keys
    assert shared.key_for("http://here:1/eu/", secret) in keys
