"""The intake: it stores the placements of every source, each placement once."""

import math
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from django.db import connection, transaction

from common import bulk
from territory.adm.grammar import is_full_id
from territory.models import GameServer, Placement
from territory.rules.geometry import is_on_map

API = "api"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A placement as a source reports it. `source_key` is the same however often the source reports it.

    `clock_shift_min` is how far the source's clock seems wrong, in minutes; 0 if it is right.
    """

    source_key: uuid.UUID
    gamertag: str
    player_id: str
    item: str
    x: float | None
    z: float | None
    occurred_at: datetime | None
    origin: str
    origin_id: str
    kind: Placement.Kind = Placement.Kind.PLACED
    display: str = ""
    xuid: str = ""
    altitude: float | None = None
    raw_line: str = ""
    clock_shift_min: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """The number of placements received, of new ones, and of new ones that are unusable.

    `reused` are the positions, in the order received, of placements whose key is that of another stored act.
    """

    received: int = 0
    new: int = 0
    unusable: int = 0
    reused: tuple[int, ...] = ()

    @property
    def duplicates(self) -> int:
        """The number of placements that were stored before."""
        return self.received - self.new - len(self.reused)

    def __add__(self, other: "Stored") -> "Stored":
        return Stored(self.received + other.received, self.new + other.new, self.unusable + other.unusable)


_COLUMNS = {
    "source_key": "uuid",
    "act_key": "uuid",
    "clock_shift_min": "int",
    "kind": "text",
    "gamertag": "text",
    "player_id": "text",
    "xuid": "text",
    "item": "text",
    "display": "text",
    "x": "float8",
    "z": "float8",
    "altitude": "float8",
    "occurred_at": "timestamptz",
    "origin": "text",
    "origin_id": "text",
    "raw_line": "text",
    "state": "text",
    "unusable_because": "text",
}
# An act that both the API and a log report is one act. Equal acts of one source are several acts, so the second of two
# equal lines is left out only if the other source reported it twice too.
_INSERT = f"""
    INSERT INTO territory_placement (server_id, {", ".join(_COLUMNS)})
    SELECT %(server)s, {", ".join(_COLUMNS)}
    FROM (SELECT *, dense_rank() OVER (PARTITION BY act_key, origin = '{API}' ORDER BY source_key) AS nth FROM stage_placement) s
    WHERE s.act_key IS NULL OR s.nth > (
        SELECT count(*) FROM territory_placement p
        WHERE p.act_key = s.act_key AND (p.origin = '{API}') <> (s.origin = '{API}')
    )
    ORDER BY position
    ON CONFLICT (server_id, source_key) DO NOTHING
    RETURNING state
"""
# Only a sender's own ids can name two acts; the key of a logged line is made of the act.
_REUSED = f"""
    SELECT s.position
    FROM stage_placement s
    JOIN territory_placement p ON p.server_id = %(server)s AND p.source_key = s.source_key
    WHERE s.origin = '{API}'
        AND (p.player_id, p.gamertag, p.item, p.x, p.z, p.occurred_at)
            IS DISTINCT FROM (s.player_id, s.gamertag, s.item, s.x, s.z, s.occurred_at)
    ORDER BY s.position
"""
# Any number. Without it two calls with the same rows in another order would deadlock.
_INTAKE_LOCK = 0x504C4143


@transaction.atomic
def store(server: GameServer, placements: Sequence[Incoming]) -> Stored:
    """Store the new placements as pending or unusable, in a fixed number of queries."""
    if not placements:
        return Stored()
    bulk.stage_rows("stage_placement", {"position": "int"} | _COLUMNS, _rows(server, placements))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_INTAKE_LOCK, server.pk])
        cursor.execute(_INSERT, {"server": server.pk})
        states = [state for (state,) in cursor.fetchall()]
        reused = _reused(server) if any(one.origin == API for one in placements) else ()
    return Stored(len(placements), len(states), states.count(Placement.State.UNUSABLE), reused)


def _reused(server: GameServer) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_REUSED, {"server": server.pk})
        return tuple(position for (position,) in cursor.fetchall())


def is_plausible_time(moment: datetime) -> bool:
    """Tell whether a time lies in 2000 to 2099; years far off break date arithmetic and the database driver."""
    return 2000 <= moment.year < 2100


def event_key(event_id: str) -> uuid.UUID:
    """Return the source key of an event id of a sender."""
    return uuid.UUID(
        bytes=blake2b(event_id.encode("utf-8", "surrogatepass"), digest_size=16, person=b"api event").digest()
    )


def _rows(server: GameServer, placements: Iterable[Incoming]) -> Iterable[bulk.Row]:
    size_m = server.map_size_m
    for position, p in enumerate(placements):
        because = _why_unusable(p, size_m)
        yield (
            position,
            p.source_key,
            None if because else _act_key(server, p),
            p.clock_shift_min,
            p.kind.value,
            storable(p.gamertag),
            storable(p.player_id),
            storable(p.xuid),
            storable(p.item),
            storable(p.display),
            p.x,
            p.z,
            p.altitude,
            p.occurred_at if p.occurred_at and is_plausible_time(p.occurred_at) else None,
            storable(p.origin),
            storable(p.origin_id),
            storable(p.raw_line),
            (Placement.State.UNUSABLE if because else Placement.State.PENDING).value,
            because.value,
        )


def _act_key(server: GameServer, p: Incoming) -> uuid.UUID:
    """Return the key of an act, the same for every source: the player, the item, the place and the second.

    A log cuts a coordinate after its first decimal; the added millionth makes up for binary fractions.
    """
    place = [math.floor(metres * 10 + 1e-6) for metres in (p.x or 0.0, p.z or 0.0)]
    second = math.floor(p.occurred_at.timestamp()) if p.occurred_at else 0
    text = "\0".join(str(part) for part in (server.pk, p.player_id, p.item or p.display, *place, second))
    return uuid.UUID(bytes=blake2b(text.casefold().encode("utf-8", "replace"), digest_size=16).digest())


def _why_unusable(p: Incoming, size_m: float) -> Placement.Unusable:
    """Return why a placement cannot be judged; it is stored all the same, for staff."""
    if not is_full_id(p.player_id):
        return Placement.Unusable.NO_PLAYER_ID
    if p.x is None or p.z is None:
        return Placement.Unusable.NO_POSITION
    # The game writes a sentinel on any axis of a position it does not know; a wrong height betrays a wrong position.
    if not is_on_map(p.x, p.z, size_m) or not _is_height(p.altitude):
        return Placement.Unusable.OFF_MAP
    if p.occurred_at is None or not is_plausible_time(p.occurred_at):
        return Placement.Unusable.NO_DATE
    return Placement.Unusable.NONE


def _is_height(altitude: float | None) -> bool:
    return altitude is None or (math.isfinite(altitude) and abs(altitude) < 100_000)


def storable(text: str) -> str:
    """Return the text without what PostgreSQL cannot store: NUL and lone surrogates."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
