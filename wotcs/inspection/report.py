"""Everything that is looked at, in one value."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from wotcs.inspection import dayz, game, servers, tables


@dataclass(frozen=True, slots=True)
class Rows:
    """What the models' rows say; only where every migration was applied."""

    clans: list[game.ClanState]
    orphans: game.Orphans
    servers: list[dayz.ServerState]
    deliveries: dayz.Deliveries


@dataclass(frozen=True, slots=True)
class Report:
    """An installation at one moment."""

    taken_at: datetime
    postgres: servers.Postgres
    broker: servers.Broker
    pending_migrations: list[str]
    tables: list[tables.Table]
    rows: Rows | None
    breakers: list[game.Breaker]
    disk_cache: game.DiskCache


def inspect() -> Report:
    """Look at everything. Raises django.db.OperationalError when the database does not answer, or waits for a lock."""
    now = timezone.now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '5s'")
        database, pending, found = servers.postgres(), tables.pending_migrations(), tables.tables()
        rows = None if pending else _rows(now)
    broker = servers.broker()
    # Without the broker's server the breakers would be asked in vain, each with a patience of its own.
    breakers = [] if pending or broker.error else game.breakers(now)
    return Report(now, database, broker, pending, found, rows, breakers, game.disk_cache())


def _rows(now: datetime) -> Rows:
    return Rows(game.clan_states(), game.orphans(now), dayz.server_states(), dayz.deliveries(now))
