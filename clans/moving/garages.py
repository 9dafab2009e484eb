"""Players' vehicles of the old system, and the day from which their history begins."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from clans.moving.choices import Choice, History, Stored, choose
from clans.moving.players import Destination, players_of
from clans.moving.report import Report
from clans.moving.rows import OldTank, Refused
from clans.moving.source import Row
from common import bulk
from tanks.models import Vehicle

TABLE: Final = "garagetank"
_FIGURES: Final = {"battles": "bigint", "wins": "bigint", "mark_of_mastery": "smallint"}
_KEY: Final = {"player_id": "bigint", "tank_id": "bigint"}
_TANK: Final = {**_KEY, **_FIGURES, "first_seen": "timestamptz", "last_changed": "timestamptz"}
_NEWER: Final = {"id": "bigint", **_FIGURES, "last_changed": "timestamptz", "withdrawn_at": "timestamptz"}
_EARLIER: Final = {"id": "bigint", "first_seen": "timestamptz"}
_SNAPSHOT: Final = {**_KEY, **_FIGURES, "day": "date", "taken_at": "timestamptz", "is_reset": "boolean"}
_VEHICLE: Final = {
    "tank_id": "bigint",
    "name": "text",
    "nation": "text",
    "type": "text",
    "tier": "smallint",
    "is_premium": "boolean",
    "big_icon": "text",
    "not_in_catalogue_since": "timestamptz",
    "first_seen": "timestamptz",
}
# For each wanted vehicle of a player: the row, and the snapshots just before and after the day.
_AROUND: Final = """
SELECT wanted.n, tank.id, tank.battles, tank.wins, tank.mark_of_mastery, tank.first_seen, tank.last_changed,
    player.garage_read_at, past.day, past.taken_at, past.battles, past.wins, past.mark_of_mastery,
    next.battles, next.wins, next.mark_of_mastery
FROM unnest(%s::integer[], %s::bigint[], %s::bigint[], %s::date[]) AS wanted (n, player_id, tank_id, day)
JOIN tanks_player player ON player.id = wanted.player_id
LEFT JOIN tanks_garagetank tank ON tank.player_id = wanted.player_id AND tank.tank_id = wanted.tank_id
LEFT JOIN LATERAL (
    SELECT * FROM tanks_tanksnapshot one
    WHERE one.player_id = wanted.player_id AND one.tank_id = wanted.tank_id AND one.day <= wanted.day
    ORDER BY one.day DESC LIMIT 1
) past ON true
LEFT JOIN LATERAL (
    SELECT * FROM tanks_tanksnapshot one
    WHERE one.player_id = wanted.player_id AND one.tank_id = wanted.tank_id AND one.day > wanted.day
    ORDER BY one.day LIMIT 1
) next ON true
"""

Told = tuple[Row, OldTank]
# The day of the site's calendar of each time; None has none.
Days = Mapping[datetime | None, date | None]
# Of whom, what, what to write of it, and what is stored.
Chosen = tuple[int, OldTank, Choice, Stored | None]


def key(tank: OldTank) -> tuple[int, int]:
    return tank.account_id, tank.tank_id


@transaction.atomic
def store_garages(told: Sequence[Told], to: Destination, report: Report) -> None:
    """Store vehicles of players, each of them once in `told`; the report says what came of each."""
    players, made = players_of({tank.account_id for _, tank in told}, to)
    report.written["players"] += made
    days = _days(tank.at for _, tank in told)
    around = _around(told, players, days)
    chosen: list[Chosen] = []
    for n, (row, tank) in enumerate(told):
        stored, history = around[n]
        try:
            choice = choose(tank, stored, history, days[tank.at])
        except Refused as refused:
            report.refuse(TABLE, row, refused.reason)
            continue
        report.settle(TABLE, row, was_written=choice.writes)
        chosen.append((players[tank.account_id], tank, choice, stored))
    report.written["vehicles"] += _add_vehicles((tank for _, tank, _, _ in chosen), to.at)
    _write(chosen, to.at)
    _write_snapshots(chosen, days)
    report.written["tanks"] += sum(choice.insert or choice.update for _, _, choice, _ in chosen)
    report.written["snapshots"] += sum(choice.snapshot for _, _, choice, _ in chosen)


def _days(times: Iterable[datetime | None]) -> Days:
    return {at: timezone.localdate(at) if at else None for at in set(times)}


def _around(
    told: Sequence[Told], players: Mapping[int, int], days: Days
) -> dict[int, tuple[Stored | None, History]]:
    keys = [(n, players[tank.account_id], tank.tank_id, days[tank.at]) for n, (_, tank) in enumerate(told)]
    with connection.cursor() as cursor:
        cursor.execute(_AROUND, [list(column) for column in zip(*keys, strict=True)])
        return {
            row[0]: (
                Stored(row[1], row[2:5], row[5], row[6], row[7]) if row[1] is not None else None,
                History(row[8], row[9], _told(row[10:13]), _told(row[13:16])),
            )
            for row in cursor.fetchall()
        }


def _told(figures: tuple[int, int, int] | tuple[None, None, None]) -> tuple[int, int, int] | None:
    battles, wins, mastery = figures
    return None if battles is None or wins is None or mastery is None else (battles, wins, mastery)


def _add_vehicles(tanks: Iterable[OldTank], at: datetime) -> int:
    """Make rows for vehicles that nobody knows yet, as the old system described them; a sync corrects them.

    Of several descriptions the first that names the vehicle is taken.
    """
    wanted: dict[int, OldTank] = {}
    for tank in tanks:
        known = wanted.get(tank.tank_id)
        if known is None or (not known.vehicle.name and tank.vehicle.name):
            wanted[tank.tank_id] = tank
    stored = set(Vehicle.objects.filter(pk__in=list(wanted)).values_list("pk", flat=True))
    rows = [_vehicle_row(wanted[number], at) for number in sorted(wanted.keys() - stored)]
    return bulk.insert_rows("tanks_vehicle", _VEHICLE, rows, conflict="ON CONFLICT DO NOTHING")


def _vehicle_row(tank: OldTank, at: datetime) -> bulk.Row:
    told = tank.vehicle
    return (
        tank.tank_id,
        told.name,
        told.nation,
        told.type,
        told.tier,
        told.is_premium,
        told.image_url,
        at,
        tank.at or at,
    )


def _write(chosen: Sequence[Chosen], now: datetime) -> None:
    new = [
        (player, tank.tank_id, *(tank.figures or (0, 0, 0)), tank.at or now, tank.at or now)
        for player, tank, choice, _ in chosen
        if choice.insert
    ]
    bulk.insert_rows("tanks_garagetank", _TANK, new, conflict="ON CONFLICT DO NOTHING")
    newer = [
        (stored.pk, *tank.figures, tank.at, None)
        for _, tank, choice, stored in chosen
        if choice.update and stored and tank.figures
    ]
    bulk.update_rows("tanks_garagetank", "id", _NEWER, newer)
    earlier = [
        (stored.pk, tank.at) for _, tank, choice, stored in chosen if choice.was_seen_earlier and stored
    ]
    bulk.update_rows("tanks_garagetank", "id", _EARLIER, earlier)


def _write_snapshots(chosen: Iterable[Chosen], days: Days) -> None:
    rows = [
        (player, tank.tank_id, *tank.figures, days[tank.at], tank.at, choice.is_reset)
        for player, tank, choice, _ in chosen
        if choice.snapshot and tank.figures
    ]
    written = ", ".join(f"{name} = EXCLUDED.{name}" for name in (*_FIGURES, "taken_at"))
    conflict = (
        f"ON CONFLICT (player_id, tank_id, day) DO UPDATE SET {written}, "
        "is_reset = tanks_tanksnapshot.is_reset OR EXCLUDED.is_reset"
    )
    bulk.insert_rows("tanks_tanksnapshot", _SNAPSHOT, rows, conflict=conflict)
