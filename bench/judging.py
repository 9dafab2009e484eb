"""Judging through the real queue beside a raw COPY of the same rows into the same tables, in one run.

Starts a PostgreSQL and a Valkey of its own with durable settings (or uses DATABASE_URL and REDIS_URL: an empty database),
makes a world, and repeats in turn:

  queue   the placements wait as rows; real Celery workers are woken and judge them; ends when none waits
  whole   the same with the intake: each batch is stored and the workers woken, as the HTTP API does
  copy    COPY of the very rows that judging left (bans, placements, cases, infractions, deliveries), one commit a batch

Usage: python bench/judging.py [--events 50000] [--rounds 3] [--bases 100] [--workers 2]
"""

import argparse
import contextlib
import random
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from servers import ROOT, options, prepare_database, servers

if TYPE_CHECKING:
    from territory.services.intake import Incoming

BATCH = 1_000
# What judging writes, parents first.
TABLES = (
    "territory_ban",
    "territory_placement",
    "territory_case",
    "territory_infraction",
    "territory_bandelivery",
)


@contextlib.contextmanager
def workers(count: int) -> Iterator[None]:
    """Celery workers as `make run` starts them, for the placements queue only."""
    command = [sys.executable, "-m", "celery", "-A", "wotcs", "worker", "-Q", "placements", "-c", str(count)]
    command += ["--without-gossip", "--without-mingle", "-l", "WARNING"]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def make_world(bases: int, rng: random.Random) -> "list[tuple[float, float]]":
    """A server with bases on a grid of their own, their owners with known player ids, and a friend for each."""
    from clans.models import User
    from territory.models import BanList, Base, BasePermission, GameServer, PlayerIdentity

    server = GameServer.objects.create(slug="bench", maximum_age=timedelta(days=3650), breaker_bans=None)
    BanList.objects.create(server=server, address="/nonexistent/ban.txt")
    past = datetime.now(UTC) - timedelta(days=30)
    side = int(bases**0.5) + 1
    step = 15_000 / side
    centres = []
    for number in range(bases):
        owner, friend = (User.objects.create(username=f"{role}{number}") for role in ("owner", "friend"))
        centre = (200 + (number % side) * step, 200 + (number // side) * step)
        base = Base.objects.create(
            server=server,
            owner=owner,
            name=f"Base {number}",
            x=centre[0],
            z=centre[1],
            radius_m=min(100, step / 2.1),
            registered_at=past,
        )
        BasePermission.objects.create(base=base, user=friend, granted_at=past)
        for role, user in (("owner", owner), ("friend", friend)):
            PlayerIdentity.objects.create(
                user=user, gamertag=f"{role}{number}", player_id=player_id(f"{role}{number}")
            )
        centres.append(centre)
    rng.shuffle(centres)
    return centres


def player_id(name: str) -> str:
    """A full-length id in the shape of the game's log."""
    return uuid.uuid5(uuid.NAMESPACE_OID, name).hex.upper() + "0" * 8


def make_events(count: int, bases: int, rng: random.Random) -> "list[Incoming]":
    """Seven in ten outside every base, two by people with a right, one an invasion by one of 500 strangers."""
    from territory.models import Base
    from territory.services.intake import Incoming

    placed = list(Base.objects.order_by("pk").values_list("x", "z"))
    items = ["FenceKit", "WatchtowerKit", "Barrel_Blue", "MediumTent", "Fireplace", "wall_base_up"]
    start = datetime.now(UTC) - timedelta(hours=1)
    events = []
    for number in range(count):
        kind, index = rng.random(), rng.randrange(bases)
        x, z = placed[index][0] + rng.uniform(-20, 20), placed[index][1] + rng.uniform(-20, 20)
        name = f"stranger{rng.randrange(500)}"
        if kind < 0.7:
            x, z, name = rng.uniform(0, 15_360), rng.uniform(0, 15_360), f"owner{index}"
        elif kind < 0.9:
            name = rng.choice(("owner", "friend")) + str(index)
        raw = f'12:00:00 | Player "{name}" (id={player_id(name)} pos=<{x:.1f}, {z:.1f}, 12.3>) placed Fence Kit<FenceKit>'
        events.append(
            Incoming(
                source_key=uuid.UUID(int=rng.getrandbits(128)),
                gamertag=name,
                player_id=player_id(name),
                item=rng.choice(items),
                x=round(x, 1),
                z=round(z, 1),
                altitude=12.3,
                occurred_at=start + timedelta(seconds=number * 3000 / count),
                origin="bench.ADM",
                origin_id=str(number),
                raw_line=raw,
            )
        )
    return events


def settle() -> None:
    """Let the workers take the wake-ups left of the last measurement, or they would judge before the clock starts."""
    from wotcs.celery import app

    with app.connection_for_read() as broker:
        while broker.default_channel.client.llen("placements"):  # type: ignore[attr-defined]
            time.sleep(0.05)
    time.sleep(1)


def clear() -> None:
    """Empty the hot tables, and bring the server to the same rest before each measurement."""
    from django.db import connection

    settle()
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        cursor.execute("CHECKPOINT")
        cursor.execute("ANALYZE")


def wait_until_judged(count: int) -> None:
    from territory.models import Placement

    judged = Placement.objects.filter(state="judged")
    pending = Placement.objects.filter(state="pending", server__slug="bench")
    while pending.exists() or judged.count() < count:
        time.sleep(0.01)


def store_all(events: "list[Incoming]", *, wake_each: bool) -> None:
    from common.outbox import wake
    from territory.models import GameServer
    from territory.services.intake import store
    from territory.tasks import judge_due

    server = GameServer.objects.get(slug="bench")
    for start in range(0, len(events), BATCH):
        store(server, events[start : start + BATCH])
        if wake_each:
            wake(judge_due, server.pk)


def measure_queue(events: "list[Incoming]", count: int) -> float:
    """Seconds from waking the workers to the last verdict, the rows being there."""
    from common.outbox import wake
    from territory.models import GameServer
    from territory.tasks import judge_due

    clear()
    store_all(events, wake_each=False)
    server = GameServer.objects.get(slug="bench")
    started = time.perf_counter()
    for _ in range(count):
        wake(judge_due, server.pk)
    wait_until_judged(len(events))
    return time.perf_counter() - started


def measure_whole(events: "list[Incoming]") -> float:
    """Seconds from the first batch handed over to the last verdict."""
    clear()
    started = time.perf_counter()
    store_all(events, wake_each=True)
    wait_until_judged(len(events))
    return time.perf_counter() - started


def read_rows() -> list[tuple[str, bytes]]:
    """The rows that judging left, as COPY text: by table, in batches."""
    from django.db import connection

    chunks = []
    with connection.cursor() as cursor:
        for table in TABLES:
            with cursor.copy(f"COPY (SELECT * FROM {table} ORDER BY id) TO STDOUT") as copy:
                lines = b"".join(bytes(part) for part in copy).splitlines(keepends=True)
            chunks += [
                (table, b"".join(lines[start : start + BATCH])) for start in range(0, len(lines), BATCH)
            ]
    return chunks


def measure_copy(chunks: list[tuple[str, bytes]]) -> float:
    """Seconds to COPY the rows into the same tables by one connection, one commit a batch."""
    from django.db import connection

    clear()
    started = time.perf_counter()
    with connection.cursor() as cursor:
        for table, data in chunks:
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                copy.write(data)
    return time.perf_counter() - started


def main() -> None:
    given = options(__doc__, rounds=3)
    if given.only not in {None, "judging"}:
        return
    rng = random.Random(7)
    with servers():
        prepare_database()
        make_world(given.bases, rng)
        events = make_events(given.events, given.bases, rng)
        seconds: dict[str, list[float]] = {"queue": [], "whole": [], "copy": []}
        with workers(given.workers):
            measure_queue(events[:BATCH], given.workers)
            for number in range(given.rounds):
                seconds["queue"].append(measure_queue(events, given.workers))
                chunks = read_rows()
                seconds["copy"].append(measure_copy(chunks))
                seconds["whole"].append(measure_whole(events))
                print(
                    f"round {number + 1}: " + ", ".join(f"{k} {v[-1]:.2f} s" for k, v in seconds.items()),
                    flush=True,
                )
        report(seconds, given)


def report(seconds: dict[str, list[float]], given: argparse.Namespace) -> None:
    rates = {name: given.events / statistics.median(values) for name, values in seconds.items()}
    print(
        f"\n{given.events} placements in batches of {BATCH}, {given.bases} bases, {given.workers} worker processes"
    )
    for name, words in (
        ("copy", "raw COPY of the same rows, one connection"),
        ("queue", "judged through the queue"),
        ("whole", "stored and judged through the queue"),
    ):
        print(f"{words:45} {rates[name]:>9,.0f} events/s   {rates[name] / rates['copy']:.2f} of COPY")


if __name__ == "__main__":
    main()
