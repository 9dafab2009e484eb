import json
import os
import subprocess
import sys
import time
from itertools import pairwise

import pytest
import redis

from clans.wargaming import shared
from clans.wargaming.errors import RateLimited, SourceUnavailable
from clans.wargaming.pacing import Pacer

pytestmark = pytest.mark.timed

# A process of its own, which knows no Django: waits for a line, so that all start together.
WORKER = """
import json, sys, time
from clans.wargaming import shared
from clans.wargaming.pacing import Pacer
url, key, rate, burst, count = sys.argv[1:]
server = shared.connect(url)
pacer = Pacer(server, key, float(rate), int(burst))
print("ready", flush=True)
sys.stdin.readline()
print(json.dumps([(pacer.wait(), time.time()) for _ in range(int(count))]), flush=True)
server.close()
"""


def run_together(
    key: str, *, rate: float, burst: int, processes: int, each: int
) -> tuple[float, list[list[float]]]:
    """Return when they started, and of each grant its moment and when the process went on; all in seconds."""
    command = [sys.executable, "-c", WORKER, os.environ["REDIS_URL"], key, str(rate), str(burst), str(each)]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    try:
        for worker in workers:
            assert worker.stdout
            assert worker.stdout.readline() == "ready\n"
        started = time.time()
        outputs = [worker.communicate("go\n", timeout=60)[0] for worker in _told(workers)]
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
    return started, sorted(grant for output in outputs for grant in json.loads(output))


def _told(workers: list["subprocess.Popen[str]"]) -> list["subprocess.Popen[str]"]:
    for worker in workers:
        assert worker.stdin
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return workers


def most_in_a_second(moments: list[float]) -> int:
    return max(sum(start <= moment < start + 1 for moment in moments) for start in moments)


@pytest.mark.slow
def test_four_processes_never_exceed_the_rate_in_any_second(key: str) -> None:
    rate, each = 20, 12
    started, grants = run_together(key, rate=rate, burst=1, processes=4, each=each)
    moments = [granted for granted, _ in grants]
    assert len(moments) == 4 * each
    assert most_in_a_second(moments) <= rate
    assert min(later - sooner for sooner, later in pairwise(moments)) >= 1 / rate - 1e-6
    # By each process's own clock: nobody went on before it could have been granted.
    for number, went_on in enumerate(sorted(went_on for _, went_on in grants)):
        assert went_on >= started + number / rate - 0.005
    # And the pace is used up, not wasted by those who wait.
    assert moments[-1] - moments[0] < 3 * (4 * each - 1) / rate


@pytest.mark.slow
def test_burst_goes_at_once_and_then_the_rate_holds(key: str) -> None:
    _, grants = run_together(key, rate=20, burst=5, processes=2, each=15)
    moments = [granted for granted, _ in grants]
    assert moments[4] - moments[0] < 0.2
    assert most_in_a_second(moments) <= 20 + 4
    assert moments[-1] - moments[0] >= (30 - 5) / 20 - 1e-6


def test_first_request_after_a_pause_goes_at_once(shared_server: "redis.Redis", key: str) -> None:
    pauses: list[float] = []
    pacer = Pacer(shared_server, key, 50, sleep=pauses.append)
    pacer.wait()
    time.sleep(0.03)
    pacer.wait()
    assert pauses == []


def test_waiting_is_sleeping_and_not_asking_again_and_again(shared_server: "redis.Redis", key: str) -> None:
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        time.sleep(seconds)

    pacer = Pacer(shared_server, key, 4, sleep=sleep)
    pacer.wait()
    pacer.wait()
    assert len(pauses) == 1
    assert 0 < pauses[0] <= 0.25


def test_unused_time_is_not_saved_up(shared_server: "redis.Redis", key: str) -> None:
    pacer = Pacer(shared_server, key, 20)
    first = pacer.wait()
    time.sleep(0.2)
    moments = [first, pacer.wait(), pacer.wait()]
    assert moments[2] - moments[1] >= 0.05 - 1e-6


def test_moment_is_that_of_the_server(shared_server: "redis.Redis", key: str) -> None:
    before = shared_server.time()
    granted = Pacer(shared_server, key, 50).wait()
    after = shared_server.time()
    assert before[0] + before[1] / 1e6 <= granted <= after[0] + after[1] / 1e6


def test_own_clock_does_not_matter(
    shared_server: "redis.Redis", key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    true_now = time.time()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert Pacer(shared_server, key, 50).wait() == pytest.approx(true_now, abs=5)


def test_other_key_has_its_own_pace(shared_server: "redis.Redis", key: str) -> None:
    Pacer(shared_server, key, 0.01).wait()
    pauses: list[float] = []
    Pacer(shared_server, f"{key}:other", 10_000, sleep=pauses.append).wait()
    assert pauses == []


def test_wait_beyond_the_longest_is_a_rate_limit_at_once(shared_server: "redis.Redis", key: str) -> None:
    pacer = Pacer(shared_server, key, 0.1, longest_wait=1, sleep=lambda _: pytest.fail("slept for nothing"))
    pacer.wait()
    with pytest.raises(RateLimited, match="within 1 s"):
        pacer.wait()


def test_wait_ends_although_others_are_always_faster(shared_server: "redis.Redis", key: str) -> None:
    rival = Pacer(shared_server, key, 20)

    def sleep(seconds: float) -> None:
        time.sleep(seconds)
        rival.wait()

    rival.wait()
    started = time.monotonic()
    with pytest.raises(RateLimited):
        Pacer(shared_server, key, 20, longest_wait=0.4, sleep=sleep).wait()
    assert time.monotonic() - started < 5


def test_clock_that_was_set_back_costs_one_interval(shared_server: "redis.Redis", key: str) -> None:
    shared_server.set(f"{key}:pace", str((int(time.time()) + 3600) * 1_000_000))
    started = time.monotonic()
    Pacer(shared_server, key, 10).wait()
    assert time.monotonic() - started < 2


def test_state_vanishes_when_it_no_longer_counts(shared_server: "redis.Redis", key: str) -> None:
    Pacer(shared_server, key, 0.5).wait()
    assert 0 < shared_server.pttl(f"{key}:pace") <= 2000


def test_server_that_is_down_is_an_outage_and_no_leave_to_go(closed_port: int) -> None:
    server = shared.connect(f"redis://:s3cret@127.0.0.1:{closed_port}/0")
    with pytest.raises(SourceUnavailable) as caught:
        Pacer(server, "key", 10).wait()
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None
    server.close()


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (float("nan"), 1), (float("inf"), 1), (5, 0)])
def test_impossible_pace_is_refused(shared_server: "redis.Redis", rate: float, burst: int) -> None:
    with pytest.raises(ValueError, match="rate above 0"):
        Pacer(shared_server, "key", rate, burst)


def test_key_is_of_one_application_at_one_realm_and_tells_no_secret() -> None:
    secret = "0123456789abcdef0123456789abcdef"
    keys = {
        shared.key_for(url, application)
        for url in ("https://api.worldoftanks.eu", "https://api.worldoftanks.com")
        for application in (secret, "other")
    }
    assert len(keys) == 4
    assert not [key for key in keys if secret[:8] in key]
    assert shared.key_for("https://API.worldoftanks.eu/", f" {secret}\n") in keys
