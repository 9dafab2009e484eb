"""Which player of the log is which person: by player id; by a linked gamertag only until the player id is learned."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter

from django.db import connection

from territory.models import IdentityConflict, PlayerIdentity


@dataclass(frozen=True, slots=True)
class Seen:
    """A player as one placement names him."""

    gamertag: str
    player_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Match:
    """The person found, and the person whose linked gamertag is borne under another player id."""

    user_id: int | None = None
    disputed_user_id: int | None = None


@dataclass(slots=True)
class _Linked:
    """An identity of a person; `named_at` is when its gamertag was seen first, None for the name it was linked by."""

    id: int
    user_id: int
    player_id: str | None
    gamertag: str
    created_at: datetime
    named_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Span:
    """The gamertag of a sighting, and the time from its first to its last."""

    gamertag: str
    first: datetime
    last: datetime

    def with_act(self, at: datetime) -> "_Span":
        """Return the span that holds this moment too."""
        return _Span(self.gamertag, min(self.first, at), max(self.last, at))


@dataclass(slots=True)
class _Book:
    """The linked identities that may be meant by a batch, and what the batch teaches about them."""

    by_player_id: dict[str, _Linked] = field(default_factory=dict)
    waiting: dict[str, _Linked] = field(default_factory=dict)  # by gamertag as seen
    by_gamertag: dict[str, list[_Linked]] = field(default_factory=dict)
    resolved: set[tuple[int, str]] = field(default_factory=set)
    changed: dict[int, _Linked] = field(default_factory=dict)
    learned: list[str] = field(default_factory=list)  # player ids
    names: dict[tuple[int, str], _Span] = field(default_factory=dict)  # by identity and gamertag
    conflicts: dict[tuple[int, str], _Span] = field(default_factory=dict)  # by identity and player id


def match_players(seen: Iterable[Seen]) -> dict[tuple[str, str], Match]:
    """Match players in order of their acts, learn player ids and record renames and conflicts.

    Returns matches by (player_id, gamertag). Runs inside the caller's transaction, in a fixed number of queries.
    """
    in_order = sorted(seen, key=lambda one: one.at)
    _lock_waiting(in_order)
    book = _load(in_order)
    matches = {(one.player_id, one.gamertag): _match(one, book) for one in in_order}
    _save(book)
    return matches


def find_match(seen: Seen) -> Match:
    """Match one player as `match_players` does, and learn nothing: no row is written or locked."""
    return _match(seen, _load([seen]))


def _match(one: Seen, book: _Book) -> Match:
    linked = book.by_player_id.get(one.player_id)
    if linked is not None:
        if linked.gamertag != _name(one):
            _rename(linked, one, book)
        return Match(linked.user_id)
    waiting = book.waiting.get(one.gamertag)
    if waiting is not None and waiting.player_id is None:
        waiting.player_id = one.player_id
        waiting.gamertag = _name(one)
        book.by_player_id[one.player_id] = waiting
        book.learned.append(one.player_id)
        book.changed[waiting.id] = waiting
        _rename(waiting, one, book)
        return Match(waiting.user_id)
    return _dispute(one, book)


def _dispute(one: Seen, book: _Book) -> Match:
    """A linked gamertag under another player id: no match, but staff must see it before anybody is punished for it."""
    for linked in book.by_gamertag.get(one.gamertag, ()):
        if linked.player_id != one.player_id and (linked.id, one.player_id) not in book.resolved:
            known = book.conflicts.get((linked.id, one.player_id), _span(one))
            book.conflicts[linked.id, one.player_id] = known.with_act(one.at)
            return Match(None, linked.user_id)
    return Match()


def _rename(linked: _Linked, one: Seen, book: _Book) -> None:
    """Note the name seen, and the former one; an old log that is read late brings no old name back."""
    if linked.named_at is None and linked.gamertag != _name(one):
        former = _Span(linked.gamertag, linked.created_at, linked.created_at)
        book.names[linked.id, former.gamertag] = former
    known = book.names.get((linked.id, _name(one)), _span(one))
    book.names[linked.id, _name(one)] = known.with_act(one.at)
    if linked.named_at is None or linked.named_at <= one.at:
        linked.gamertag, linked.named_at = _name(one), one.at
        book.changed[linked.id] = linked


def _name(one: Seen) -> str:
    """Return the gamertag as far as it is kept; no console allows one so long."""
    return one.gamertag[:100]


def _span(one: Seen) -> _Span:
    return _Span(_name(one), one.at, one.at)


_CANDIDATES = """
    SELECT i.id, i.user_id, i.player_id, i.gamertag, i.created_at,
        (SELECT max(u.last_seen_at) FROM territory_gamertaguse u WHERE u.identity_id = i.id), s.gamertag
    FROM unnest(%s::text[]) AS s(gamertag)
    JOIN territory_playeridentity i ON lower(btrim(normalize(i.gamertag))) = lower(btrim(normalize(s.gamertag)))
    WHERE i.user_id IS NOT NULL
    UNION ALL
    SELECT i.id, i.user_id, i.player_id, i.gamertag, i.created_at,
        (SELECT max(u.last_seen_at) FROM territory_gamertaguse u WHERE u.identity_id = i.id), NULL
    FROM territory_playeridentity i
    WHERE i.player_id = ANY(%s) AND i.user_id IS NOT NULL
    ORDER BY 1
"""
# Locked first: of two workers that see a waiting gamertag, the second waits here and then reads what the first learned.
_LOCK_WAITING = """
    SELECT 1 FROM territory_playeridentity
    WHERE player_id IS NULL AND user_id IS NOT NULL
        AND lower(btrim(normalize(gamertag))) IN (SELECT lower(btrim(normalize(g))) FROM unnest(%s::text[]) AS g)
    ORDER BY id FOR UPDATE
"""


def _lock_waiting(seen: Iterable[Seen]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_WAITING, [sorted({one.gamertag for one in seen})])


def _load(seen: list[Seen]) -> _Book:
    gamertags = sorted({one.gamertag for one in seen})
    player_ids = sorted({one.player_id for one in seen})
    book = _Book()
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, [gamertags, player_ids])
        rows = cursor.fetchall()
    known: dict[int, _Linked] = {}
    for *columns, seen_as in rows:
        linked = known.setdefault(columns[0], _Linked(*columns))
        if linked.player_id is None:
            book.waiting[seen_as] = linked
        else:
            book.by_player_id[linked.player_id] = linked
        if seen_as is not None:
            book.by_gamertag.setdefault(seen_as, []).append(linked)
    book.resolved = set(
        IdentityConflict.objects.filter(
            identity_id__in=known, player_id__in=player_ids, resolved_at__isnull=False
        ).values_list("identity_id", "player_id")
    )
    return book


_CHANGE = """
    UPDATE territory_playeridentity i
    SET gamertag = s.gamertag, player_id = s.player_id, xuid = COALESCE(i.xuid, s.xuid)
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS s(id, gamertag, player_id, xuid)
    WHERE i.id = s.id
"""
_KEEP_NAMES = """
    INSERT INTO territory_gamertaguse AS kept (identity_id, gamertag, first_seen_at, last_seen_at)
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[])
    ON CONFLICT (identity_id, gamertag) DO UPDATE
    SET first_seen_at = LEAST(kept.first_seen_at, EXCLUDED.first_seen_at),
        last_seen_at = GREATEST(kept.last_seen_at, EXCLUDED.last_seen_at)
"""
_KEEP_CONFLICTS = """
    INSERT INTO territory_identityconflict AS kept
        (identity_id, player_id, gamertag, first_seen_at, last_seen_at)
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[])
    ON CONFLICT (identity_id, player_id) DO UPDATE
    SET first_seen_at = LEAST(kept.first_seen_at, EXCLUDED.first_seen_at),
        last_seen_at = GREATEST(kept.last_seen_at, EXCLUDED.last_seen_at)
"""


def _save(book: _Book) -> None:
    """Write what the batch taught, always in the same order, so that two workers cannot wait for each other in a circle."""
    if book.changed:
        _save_changed([linked for _pk, linked in sorted(book.changed.items())], book.learned)
    with connection.cursor() as cursor:
        if book.names:
            names = sorted(book.names.items(), key=itemgetter(0))
            cursor.execute(
                _KEEP_NAMES,
                _columns((pk, one.gamertag, one.first, one.last) for (pk, _gamertag), one in names),
            )
        if book.conflicts:
            conflicts = sorted(book.conflicts.items(), key=itemgetter(0))
            cursor.execute(
                _KEEP_CONFLICTS,
                _columns((pk, player, one.gamertag, one.first, one.last) for (pk, player), one in conflicts),
            )


def _save_changed(changed: list[_Linked], learned: list[str]) -> None:
    """Write names and player ids; an identity without a person that held one gives it up, with its past names."""
    nameless = PlayerIdentity.objects.filter(player_id__in=learned, user__isnull=True)
    xuids = dict(nameless.values_list("player_id", "xuid")) if learned else {}
    if xuids:
        nameless.delete()
    ids = [linked.id for linked in changed]
    list(PlayerIdentity.objects.filter(pk__in=ids).order_by("pk").select_for_update().values_list("pk"))
    rows = [(one.id, one.gamertag, one.player_id, xuids.get(one.player_id)) for one in changed]
    with connection.cursor() as cursor:
        cursor.execute(_CHANGE, _columns(rows))


def _columns(rows: Iterable[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
