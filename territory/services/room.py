"""A full ban list: the lines of the players seen longest ago leave it, and come back once these are seen again.

Between being seen and the list taking effect, a dropped player can play: the price of a list that holds no more.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Greatest

from territory.adm.grammar import is_full_id
from territory.hosts import banlist
from territory.models import BanDelivery, BanList, GameServer

# A list this full is near its limit; dropped lines come back by themselves only below it.
NEAR = 0.9
_LINE_END = 2
State = BanDelivery.State


def to_drop(ban_list: BanList, content: bytes, excess: int) -> list[BanDelivery]:
    """Return the deliveries that must leave this content of a list, which has so many bytes too many.

    Those whose players were seen longest ago, each with `last_seen`. None if all lines of ours would not be enough.
    """
    active = BanDelivery.objects.at(ban_list).filter(state__in=[State.PENDING, State.APPLIED])
    rows = list(_with_last_seen(active).order_by("last_seen", "pk"))
    ours = banlist.holds(content, {text for row in rows for text in (row.line, row.written) if text})
    words = set()
    for row in rows:
        if excess <= 0:
            break
        for text in ours & {row.line, row.written}:
            excess -= len(text.encode())
            words.add(banlist.identifier(text))
            ours.remove(text)
    return [] if excess > 0 else [row for row in rows if banlist.identifier(row.line) in words]


def drop(dropped: Collection[Any], now: datetime) -> None:
    """Record, in the caller's transaction, that lines left their list; a ban that was lifted meanwhile stays lifted."""
    BanDelivery.objects.filter(pk__in=[row.pk for row in dropped]).update(written="")
    for row in dropped:
        held = BanDelivery.objects.filter(pk=row.pk, state__in=[State.PENDING, State.APPLIED])
        held.update(state=State.DROPPED, seen_at=row.last_seen, finished_at=now, last_error="", attempts=0)


@transaction.atomic
def put_back(now: datetime) -> int:
    """Make dropped lines due again whose players were seen since, and those that have room now; return how many."""
    dropped = BanDelivery.objects.filter(state=State.DROPPED, ban__lifted_at=None, ban_list__is_active=True)
    room: dict[int, float] = {}
    due = []
    for row in _with_last_seen(dropped.select_related("ban_list")).order_by("-last_seen", "pk"):
        of = row.ban_list
        free = room.setdefault(of.pk, of.max_bytes * NEAR - of.size if of.size is not None else 0)
        size = len(row.line.encode()) + _LINE_END
        if row.last_seen > row.seen_at or size <= free:
            due.append(row.pk)
            room[of.pk] = free - size
    return BanDelivery.objects.filter(pk__in=due, state=State.DROPPED).restart(State.PENDING, now)


def _with_last_seen(rows: QuerySet[BanDelivery]) -> QuerySet[Any]:
    """Annotate deliveries with when their players were seen last, at the latest when they were banned."""
    return rows.annotate(last_seen=Greatest("ban__created_at", "ban__seen_at"))


# In the order of the player ids, as the judge locks bans.
_SEEN = """
    WITH held AS (
        SELECT b.id, s.at
        FROM unnest(%(players)s::text[], %(moments)s::timestamptz[]) AS s(player_id, at)
            JOIN territory_ban b ON b.server_id = %(server)s AND b.player_id = s.player_id AND b.lifted_at IS NULL
        WHERE b.player_id <> '' AND (b.seen_at IS NULL OR b.seen_at < s.at)
        ORDER BY b.player_id
        FOR NO KEY UPDATE OF b
    )
    UPDATE territory_ban b SET seen_at = held.at FROM held WHERE b.id = held.id
"""


def note_seen(server: GameServer, seen: Iterable[tuple[str, datetime]], *, now: datetime) -> None:
    """Store at the bans in force of these players, each a player id, when they were seen last. One query."""
    last: dict[str, datetime] = {}
    for player_id, at in seen:
        if is_full_id(player_id):
            last[player_id] = min(max(last.get(player_id, at), at), now)
    if last:
        values: dict[str, Any] = {"server": server.pk, "players": list(last), "moments": list(last.values())}
        with connection.cursor() as cursor:
            cursor.execute(_SEEN, values)
