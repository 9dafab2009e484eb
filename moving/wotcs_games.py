"""Players of the old clan system and their vehicles, and the day from which their history begins, many in a statement.

The word of a sync is never replaced by an older one. Figures only grow: a row that says more than a later day is wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from common import bulk
from moving.wotcs_rows import OldPlayer, OldTank
from tanks.models import Player, Realm, SyncedClan

_COLUMNS: Final = (
    "account_id bigint, player_id bigint, tank_id bigint, battles bigint, wins bigint, mark_of_mastery smallint, "
    "at timestamptz, day date, name text, tier smallint, nation text, type text, is_premium boolean, big_icon text"
)
_PLAYERS: Final = """
    INSERT INTO tanks_player AS player (realm_id, account_id, nickname, first_seen)
    SELECT %s, staged.account_id, staged.nickname, %s FROM unnest(%s::bigint[], %s::text[]) AS staged (account_id, nickname)
    ON CONFLICT (realm_id, account_id) DO UPDATE SET nickname = EXCLUDED.nickname
    WHERE player.nickname = '' AND EXCLUDED.nickname <> '' RETURNING account_id
"""
_CONTRADICTED: Final = """
    DELETE FROM moving_tank WHERE (account_id, tank_id) IN (
        SELECT staged.account_id, staged.tank_id FROM moving_tank staged CROSS JOIN LATERAL (
            SELECT * FROM tanks_tanksnapshot one WHERE one.player_id = staged.player_id AND one.tank_id = staged.tank_id
                AND one.day > staged.day ORDER BY one.day LIMIT 1
        ) later
        WHERE staged.battles > later.battles OR staged.wins > later.wins OR staged.mark_of_mastery > later.mark_of_mastery
    ) RETURNING account_id, tank_id
"""
# A sync corrects them. Of several descriptions the first that names the vehicle is taken.
_VEHICLES: Final = """
    INSERT INTO tanks_vehicle
        (tank_id, name, tier, nation, type, is_premium, big_icon, not_in_catalogue_since, first_seen)
    SELECT DISTINCT ON (tank_id) tank_id, name, tier, nation, type, is_premium, big_icon, now(), COALESCE(at, now())
    FROM moving_tank ORDER BY tank_id, name = '' ON CONFLICT DO NOTHING
"""
# Each returns the vehicles of players that it wrote.
_WRITES: Final = (
    """
    INSERT INTO tanks_garagetank (player_id, tank_id, battles, wins, mark_of_mastery, first_seen, last_changed)
    SELECT player_id, tank_id, COALESCE(battles, 0), COALESCE(wins, 0), COALESCE(mark_of_mastery, 0),
        COALESCE(at, now()), COALESCE(at, now())
    FROM moving_tank ON CONFLICT (player_id, tank_id) DO NOTHING RETURNING player_id, tank_id
    """,
    """
    UPDATE tanks_garagetank tank
    SET battles = staged.battles, wins = staged.wins, mark_of_mastery = staged.mark_of_mastery, last_changed = staged.at
    FROM moving_tank staged JOIN tanks_player player ON player.id = staged.player_id
    WHERE tank.player_id = staged.player_id AND tank.tank_id = staged.tank_id AND staged.battles IS NOT NULL
        AND staged.at > GREATEST(tank.last_changed, player.garage_read_at)
        AND (tank.battles, tank.wins, tank.mark_of_mastery)
            IS DISTINCT FROM (staged.battles, staged.wins, staged.mark_of_mastery)
    RETURNING tank.player_id, tank.tank_id
    """,
    """
    UPDATE tanks_garagetank tank SET first_seen = staged.at FROM moving_tank staged
    WHERE tank.player_id = staged.player_id AND tank.tank_id = staged.tank_id AND staged.at < tank.first_seen
    RETURNING tank.player_id, tank.tank_id
    """,
    # A first state, or one that differs from what stood on that day. A counter that fell is a reset.
    """
    INSERT INTO tanks_tanksnapshot AS stored (player_id, tank_id, battles, wins, mark_of_mastery, day, taken_at, is_reset)
    SELECT staged.player_id, staged.tank_id, staged.battles, staged.wins, staged.mark_of_mastery, staged.day, staged.at, COALESCE(
        past.battles > staged.battles OR past.wins > staged.wins OR past.mark_of_mastery > staged.mark_of_mastery, false)
    FROM moving_tank staged LEFT JOIN LATERAL (
        SELECT * FROM tanks_tanksnapshot one WHERE one.player_id = staged.player_id AND one.tank_id = staged.tank_id
            AND one.day <= staged.day ORDER BY one.day DESC LIMIT 1
    ) past ON true
    WHERE staged.battles IS NOT NULL AND staged.at IS NOT NULL AND (
        past.day IS NULL OR (NOT (past.day = staged.day AND past.taken_at >= staged.at)
            AND (past.battles, past.wins, past.mark_of_mastery)
                IS DISTINCT FROM (staged.battles, staged.wins, staged.mark_of_mastery)))
    ON CONFLICT (player_id, tank_id, day) DO UPDATE SET battles = EXCLUDED.battles, wins = EXCLUDED.wins,
        mark_of_mastery = EXCLUDED.mark_of_mastery, taken_at = EXCLUDED.taken_at,
        is_reset = stored.is_reset OR EXCLUDED.is_reset
    RETURNING player_id, tank_id
    """,
)


@dataclass(frozen=True, slots=True)
class Destination:
    """The destination: a realm, the clan of the roles (None if unknown), and the moment of moving in."""

    realm: Realm
    clan: SyncedClan | None
    at: datetime


def store_players(players: Sequence[OldPlayer], to: Destination) -> tuple[set[int], set[int]]:
    """Make the missing players and name the nameless; return the account ids that were written, and none contradicted.

    A player with a name keeps it. Call it in a transaction: the players are locked, in the order of a sync.
    """
    nicknames = {player.key: player.nickname for player in players}
    stored = Player.objects.filter(realm=to.realm, account_id__in=list(nicknames)).order_by("pk")
    list(stored.select_for_update().values_list("pk"))
    numbers = sorted(nicknames)
    names = [nicknames[number] for number in numbers]
    return {number for (number,) in _run(_PLAYERS, [to.realm.pk, to.at, numbers, names])}, set()


def store_tanks(tanks: Sequence[OldTank], to: Destination) -> tuple[set[object], set[object]]:
    """Store vehicles of players, each once in `tanks`; return the keys of the written and of the contradicted ones.

    Call it in a transaction.
    """
    numbers = {tank.key[0] for tank in tanks}
    store_players([OldPlayer(number) for number in numbers], to)
    stored = Player.objects.filter(realm=to.realm, account_id__in=numbers).values_list("pk", "account_id")
    accounts = dict(stored)
    players = {account_id: pk for pk, account_id in accounts.items()}
    rows = []
    for tank in tanks:
        (account_id, tank_id), figures = tank.key, tank.figures or (None, None, None)
        day = timezone.localdate(tank.at) if tank.at else None
        rows.append((account_id, players[account_id], tank_id, *figures, tank.at, day, *tank.description))
    bulk.stage_rows("moving_tank", dict(column.split() for column in _COLUMNS.split(", ")), rows)
    contradicted: set[object] = set(_run(_CONTRADICTED))
    _run(_VEHICLES)
    return {(accounts[player], tank) for query in _WRITES for player, tank in _run(query)}, contradicted


def _run(query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        return cursor.fetchall() if cursor.description else []
