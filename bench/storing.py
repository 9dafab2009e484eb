"""Storing players' vehicles of which 1 % changed: what the sync does beside what else would do it.

  store_tanks           as the sync calls it: reads what is stored, writes what differs, the day's snapshots of that, and
                        that the players were read
  upsert                `bulk_create(update_conflicts=True)` of all rows
  COPY                  of all rows into a temporary table: no way that hands them all to the server is faster

The last two write no snapshots. Each way has one transaction for 50 players.
"""

import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tanks.models import GarageTank
    from tanks.services.garages import ListedTanks

PLAYERS: Final = 100
BATCH: Final = 50
CHANGED: Final = 0.01
FLOOR: Final = "COPY"
TABLES: Final = ("tanks_garagetank", "tanks_tanksnapshot", "tanks_player")
FIGURES: Final = ("battles", "wins", "mark_of_mastery")
COLUMNS: Final = ("player_id", "tank_id", *FIGURES)

# A vehicle of a player: the values of COLUMNS.
Row = tuple[int, int, int, int, int]
Batches = Sequence[Sequence[Row]]
# Stores batches as told at a moment; returns seconds.
Way = Callable[[Batches, datetime], float]


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds; rows by what was done to them; bytes of WAL."""

    seconds: float
    inserted: int
    updated: int
    deleted: int
    wal: int


def make_world(rows: int, rng: random.Random) -> list[Row]:
    """A hundred players, and equally many vehicles of each, all different."""
    from tanks.models import Player, Realm, SyncedClan, Vehicle

    realm = Realm.objects.create(name="bench", url="http://127.0.0.1:9")
    clan = SyncedClan.objects.create(name="Bench", realm=realm, wargaming_id=1)
    players = [
        Player(realm=realm, clan=clan, account_id=number, nickname=f"p{number}")
        for number in range(1, PLAYERS + 1)
    ]
    vehicles = [Vehicle(tank_id=number * 16 + 1) for number in range(max(1, rows // PLAYERS))]
    Player.objects.bulk_create(players)
    Vehicle.objects.bulk_create(vehicles)
    return [
        (player.pk, vehicle.pk, battles := rng.randint(1, 900), battles // 2, rng.randint(0, 4))
        for player in players
        for vehicle in vehicles
    ]


def in_batches(rows: Sequence[Row]) -> Batches:
    size = len(rows) // PLAYERS * BATCH
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def with_changes(rows: Sequence[Row], rng: random.Random) -> list[Row]:
    """The same rows after some more battles in 1 % of them, wherever they stand."""
    changed = set(rng.sample(range(len(rows)), max(1, round(CHANGED * len(rows)))))
    return [
        (player, tank, battles + 5, wins + 3, mastery)
        if number in changed
        else (player, tank, battles, wins, mastery)
        for number, (player, tank, battles, wins, mastery) in enumerate(rows)
    ]


def told(rows: Sequence[Row]) -> "ListedTanks":
    """The rows as an answer of the API."""
    from tanks.wargaming.answers import TankStatistic

    answer: dict[int, list[TankStatistic]] = {}
    for player, *tank in rows:
        answer.setdefault(player, []).append(TankStatistic(*tank))
    return answer


def objects(rows: Sequence[Row], at: datetime) -> "Iterator[GarageTank]":
    from tanks.models import GarageTank

    for row in rows:
        yield GarageTank(**dict(zip(COLUMNS, row, strict=True)), first_seen=at, last_changed=at)


def by_store_tanks(batches: Batches, at: datetime) -> float:
    from tanks.diffs import GarageState
    from tanks.services.garages import store_tanks

    answers = [told(batch) for batch in batches]
    started = time.perf_counter()
    for answer in answers:
        states = [GarageState(player, 1, at, None, None, None) for player in answer]
        store_tanks(answer, at=at, read_for=states)
    return time.perf_counter() - started


def by_upsert(batches: Batches, at: datetime) -> float:
    from django.db import transaction

    from tanks.models import GarageTank

    started = time.perf_counter()
    for batch in batches:
        with transaction.atomic():
            GarageTank.objects.bulk_create(
                objects(batch, at),
                update_conflicts=True,
                unique_fields=["player", "tank"],
                update_fields=[*FIGURES, "last_changed"],
                batch_size=200,  # twice as fast as one statement for all
            )
    return time.perf_counter() - started


def by_copy(batches: Batches, _at: datetime) -> float:
    from django.db import transaction

    from common import bulk

    types = ("bigint", "bigint", "bigint", "bigint", "smallint")
    started = time.perf_counter()
    for batch in batches:
        with transaction.atomic():
            bulk.stage_rows("bench_rows", dict(zip(COLUMNS, types, strict=True)), batch)
    return time.perf_counter() - started


def set_back(rows: Sequence[Row], at: datetime) -> None:
    """Make the tables what they were before anything was stored at a moment or later."""
    from django.db import connection

    from common import bulk

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE tanks_garagetank")
        bulk.copy_rows("tanks_garagetank", COLUMNS, rows)
        cursor.execute("DELETE FROM tanks_tanksnapshot WHERE taken_at >= %s", [at])


def rest() -> None:
    """Bring the server to the same rest before each measurement.

    After a checkpoint each page that is touched goes to the WAL as a whole once: so it is with a sync every twenty minutes.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(TABLES)}")
        cursor.execute("CHECKPOINT")


def read_counters() -> list[int]:
    """The server's counters, in the order of a Cost's fields."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(
            "SELECT sum(n_tup_ins)::bigint, sum(n_tup_upd)::bigint, sum(n_tup_del)::bigint, "
            "(pg_current_wal_insert_lsn() - '0/0')::bigint FROM pg_stat_user_tables"
        )
        return list(cursor.fetchone() or ())


def check(batches: Batches) -> None:
    """Fail if a way stored other rows than it was given."""
    from tanks.models import GarageTank

    wanted = sorted(row for batch in batches for row in batch)
    if list(GarageTank.objects.order_by("player_id", "tank_id").values_list(*COLUMNS)) != wanted:
        raise SystemExit("The rows stored are not those told.")


def compare_ways(rounds: int, count: int) -> None:
    """Measure all ways in turn, and print them."""
    from django.utils import timezone

    from common import bulk

    rng = random.Random(7)
    clear_world()
    rows = make_world(count, rng)
    at = timezone.now()
    earlier = at - timedelta(days=2)
    snapshots = ((*row, earlier.date(), earlier) for row in rows)
    bulk.copy_rows("tanks_tanksnapshot", (*COLUMNS, "day", "taken_at"), snapshots)
    same, changed = in_batches(rows), in_batches(with_changes(rows, rng))
    ways: dict[str, tuple[Way, Batches]] = {
        "store_tanks": (by_store_tanks, changed),
        "store_tanks, nothing new": (by_store_tanks, same),
        "upsert": (by_upsert, changed),
        FLOOR: (by_copy, changed),
    }
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    set_back(rows, at)
    for number in range(rounds):
        for name in rng.sample(list(ways), len(ways)):
            costs[name].append(measure(*ways[name], rows, at))
        times = ", ".join(f"{name} {found[-1].seconds:.2f} s" for name, found in costs.items())
        print(f"rows, round {number + 1}: {times}", flush=True)
    print(f"\n{len(rows):,} vehicles of {PLAYERS} players, {CHANGED:.0%} changed; medians of {rounds}")
    print_costs(costs)


def measure(way: Way, batches: Batches, before: Sequence[Row], at: datetime) -> Cost:
    rest()
    before_it = read_counters()
    seconds = way(batches, at)
    cost = Cost(seconds, *(now - then for then, now in zip(before_it, read_counters(), strict=True)))
    if way is not by_copy:
        check(batches)
        set_back(before, at)
    return cost


def clear_world() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE tanks_realm, clans_clan, tanks_player, tanks_vehicle CASCADE")


def print_costs(costs: dict[str, list[Cost]]) -> None:
    heads = ("ms", "x COPY", "inserted", "updated", "deleted", "WAL KiB")
    print(f"{'':24}" + "".join(f"{head:>12}" for head in heads))
    floor = middle(costs[FLOOR]).seconds
    for name, found in costs.items():
        cost = middle(found)
        line = f"{name:24}{cost.seconds * 1000:>12,.0f}{cost.seconds / floor:>12.1f}"
        for count in (cost.inserted, cost.updated, cost.deleted, cost.wal / 1024):
            line += f"{count:>12,.0f}"
        print(line)
    print(
        "store_tanks also writes the day's snapshots of what changed, and of each player that the vehicles were read; the\n"
        "others write neither. COPY goes to a temporary table, whose rows need no WAL."
    )


def middle(found: Sequence[Cost]) -> Cost:
    """The medians, field by field."""
    values = zip(*(astuple(cost) for cost in found), strict=True)
    return Cost(*(statistics.median(value) for value in values))
