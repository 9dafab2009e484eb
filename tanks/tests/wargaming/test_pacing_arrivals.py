import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import redis

from tanks.tests.wargaming.fake import APPLICATION_ID
from tanks.tests.wargaming.sockets import EMPTY
from tanks.wargaming import shared

# Real time against real time: what is held is that requests are underway for less than the margin.
pytestmark = [pytest.mark.timed, pytest.mark.slow]

WORKER = """
import sys
from tanks import wargaming
realm_url, application_id, redis_url, rate, count = sys.argv[1:]
with wargaming.open_client(
    realm_url, application_id, redis_url=redis_url, requests_per_second=float(rate)
) as client:
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(int(count)):
        client.encyclopedia_info()
"""


@contextmanager
def counting_server() -> Iterator[tuple[str, list[float]]]:
    """Serve empty answers; give the address, and a list of the moments at which requests arrived, in seconds."""
    arrivals: list[float] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            arrivals.append(time.monotonic())
            self.send_response(200)
            self.send_header("Content-Length", str(len(EMPTY)))
            self.end_headers()
            self.wfile.write(EMPTY)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", arrivals
        finally:
            server.shutdown()
            thread.join()


def hammer(url: str, *, rate: float, processes: int, each: int) -> None:
    """Let processes send as fast as they may, all from the same moment on."""
    arguments = [url, APPLICATION_ID, os.environ["REDIS_URL"], str(rate), str(each)]
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
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
        assert [worker.wait(120) for worker in workers] == [0] * processes
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()


def most_in_a_second(moments: list[float]) -> int:
    return max(sum(start <= moment < start + 1 for moment in moments) for start in moments)


@pytest.mark.parametrize(("rate", "each"), [(5, 5), (20, 20), (2.5, 2)])
def test_server_never_sees_more_than_the_rate_from_four_processes(
    shared_server: "redis.Redis", rate: float, each: int
) -> None:
    with counting_server() as (url, arrivals):
        hammer(url, rate=rate, processes=4, each=each)
    shared_server.delete(f"{shared.key_for(url, APPLICATION_ID)}:grants")
    moments = sorted(arrivals)
    assert len(moments) == 4 * each
    assert most_in_a_second(moments) <= rate
    # And the pace is used up, not wasted by those who wait.
    windows = -(-len(moments) // int(rate)) - 1
    assert moments[-1] - moments[0] < 1.5 * windows * 1.2


def test_three_requests_go_at_once(shared_server: "redis.Redis") -> None:
    with counting_server() as (url, arrivals):
        hammer(url, rate=5, processes=1, each=3)
    shared_server.delete(f"{shared.key_for(url, APPLICATION_ID)}:grants")
    assert arrivals[-1] - arrivals[0] < 0.2
