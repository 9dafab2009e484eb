"""A sync beside its bound, and storing vehicles beside other ways of storing them.

Starts a PostgreSQL and a Valkey of its own with durable settings (or uses DATABASE_URL and REDIS_URL: an empty database),
and the simulator of Wargaming's API, with a clan of a hundred, in a process of its own. Then, in turn:

  sync    wall time of a first sync, of one with nothing played and of one with 10 % played, at the usual pace and at one
          that leaves the latency alone as bound; see `Bound` for what is the best possible
  rows    storing 40,000 vehicles of which 1 % changed: `store_tanks` beside what else would do it; see `storing`

Usage: python bench/sync.py [--only sync|rows] [--rounds 2] [--latency 0.15] [--rows 40000]
"""

import contextlib
import json
import multiprocessing
import secrets
import signal
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Final

from servers import options, prepare_database, servers
from storing import clear_world, compare_ways

if TYPE_CHECKING:
    from tanks.models import SyncedClan

MEMBERS: Final = 100
USUAL_RATE: Final = 5.0
HIGH_RATE: Final = 1_000.0
KINDS: Final = ("first sync", "nothing played", "10 % played")


@dataclass(frozen=True, slots=True)
class Measured:
    """What one sync cost."""

    calls: int
    bytes: int
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Bound:
    """No sync with requests one after the other can end earlier, but for the second's requests that may go at once."""

    rate: float
    latency: float

    def seconds(self, calls: int) -> float:
        return max(calls / self.rate, calls * self.latency) + self.latency


def serve(connection: Connection, latency: float) -> None:
    """Run the simulator until the other end of the connection closes."""
    from local.simulator.server import running
    from local.simulator.world import World

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with running(World(members=MEMBERS), rate=100 * HIGH_RATE, latency=latency) as simulator:
        connection.send(simulator.url)
        with contextlib.suppress(EOFError):
            connection.recv()


@contextlib.contextmanager
def simulator(latency: float) -> Iterator[str]:
    """Yield the address of a simulator that shares no interpreter with the sync."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs, latency), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours.recv()
    finally:
        ours.close()
        process.join(10)


def play(url: str) -> None:
    """Let one member in ten fight."""
    order = json.dumps({"share": 0.1}).encode()
    with urllib.request.urlopen(f"{url}/simulator/control", data=order) as answer:
        answer.read()


def empty_clan(url: str) -> "SyncedClan":
    """Forget everything that was synced."""
    from django.db import connection

    from local.simulator.world import CLAN_ID
    from tanks.services import realms

    clear_world()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("CHECKPOINT")
    return realms.clan_in(realms.realm_at(url), CLAN_ID)


@contextlib.contextmanager
def pace(url: str, rate: float, folder: Path) -> Iterator[None]:
    """Let requests go at a rate; a new application has used none of its turns yet."""
    from django.test import override_settings

    with override_settings(
        WOT_REALM=url, WOT_REQUESTS_PER_SECOND=rate, WOT_APP_ID=secrets.token_hex(16), WOT_CACHE_DIR=folder
    ):
        yield


def measure_sync(clan: "SyncedClan") -> Measured:
    from tanks.models import SyncRun
    from tanks.services.sync import sync_now

    started = time.perf_counter()
    run = sync_now(clan, trigger=SyncRun.Trigger.COMMAND, is_full=False, on_step=lambda *_: None)
    seconds = time.perf_counter() - started
    if run.state != SyncRun.State.DONE:
        raise SystemExit(f"The sync did not end well: {run.state}, {run.error}")
    return Measured(run.calls, run.bytes, run.rows_changed, seconds)


def measure_round(url: str, rate: float, folder: Path) -> dict[str, Measured]:
    clan, measured = empty_clan(url), {}
    for kind in KINDS:
        if kind == KINDS[-1]:
            play(url)
        with pace(url, rate, folder):
            measured[kind] = measure_sync(clan)
    return measured


def compare_bounds(rounds: int, latency: float) -> None:
    """Measure syncs at both paces in turn, and print them."""
    rates = (USUAL_RATE, HIGH_RATE)
    measured: dict[float, list[dict[str, Measured]]] = {rate: [] for rate in rates}
    with simulator(latency) as url, tempfile.TemporaryDirectory(prefix="wotcs-bench-") as folder:
        for number in range(rounds):
            for rate in rates:
                measured[rate].append(measure_round(url, rate, Path(folder)))
            firsts = ", ".join(
                f"{measured[rate][-1][KINDS[0]].seconds:.2f} s at {rate:g}/s" for rate in rates
            )
            print(f"sync, round {number + 1}: first sync {firsts}", flush=True)
    delay = f"{latency * 1000:g} ms before each answer"
    print(f"\nSync of {MEMBERS} members, {delay}; medians of {rounds}")
    print_bounds(measured, latency)


def print_bounds(measured: dict[float, list[dict[str, Measured]]], latency: float) -> None:
    column = f"{'wall s':>8} {'bound s':>8} {'ratio':>6}"
    paces = "".join(f"  | {f'at {rate:,.0f} requests/s':{len(column)}}" for rate in measured)
    print(f"{'':46}{paces}")
    print(f"{'':22} {'calls':>6} {'KiB':>8} {'rows':>7}" + f"  | {column}" * len(measured))
    for kind in KINDS:
        one = measured[USUAL_RATE][0][kind]
        line = f"{kind:22} {one.calls:>6} {one.bytes / 1024:>8,.1f} {one.rows:>7,}"
        for rate, found in measured.items():
            wall = statistics.median(each[kind].seconds for each in found)
            bound = Bound(rate, latency).seconds(one.calls)
            line += f"  | {wall:>8.2f} {bound:>8.2f} {wall / bound:>6.2f}"
        print(line)
    print(
        "bound: the larger of calls / rate and calls x latency, and one latency more. A ratio below 1: a second's requests\n"
        "may go at once."
    )


def main() -> None:
    given = options(__doc__, rounds=2)
    if given.only not in {None, "sync", "rows"}:
        return
    with servers():
        prepare_database()
        if given.only != "rows":
            compare_bounds(given.rounds, given.latency)
        if given.only != "sync":
            compare_ways(given.rounds, given.rows)
        clear_world()


if __name__ == "__main__":
    main()
