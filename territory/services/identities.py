"""Which player of the log is which person: by player id; by a linked gamertag only until the player id is learned."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from territory.models import GamertagUse, IdentityConflict, PlayerIdentity


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
    id: int
    user_id: int
    player_id: str | None
    gamertag: str


@dataclass(slots=True)
class _Book:
    """The linked identities that may be meant by a batch, and what the batch teaches about them."""

    by_player_id: dict[str, _Linked] = field(default_factory=dict)
    waiting: dict[str, _Linked] = field(default_factory=dict)  # by gamertag as seen
    by_gamertag: dict[str, list[_Linked]] = field(default_factory=dict)
    resolved: set[tuple[int, str]] = field(default_factory=set)
    learned: dict[int, Seen] = field(default_factory=dict)
    renamed: dict[int, Seen] = field(default_factory=dict)
    conflicts: dict[tuple[int, str], Seen] = field(default_factory=dict)


def match_players(seen: Iterable[Seen]) -> dict[tuple[str, str], Match]:
    """Match players in order of their acts, learn player ids and record renames and conflicts.

    Returns matches by (player_id, gamertag). Runs inside the caller's transaction, in a fixed number of queries.
    """
    in_order = sorted(seen, key=lambda one: one.at)
    book = _load(in_order)
    matches = {(one.player_id, one.gamertag): _match(one, book) for one in in_order}
    _save(book)
    return matches


def _match(one: Seen, book: _Book) -> Match:
    linked = book.by_player_id.get(one.player_id)
    if linked is not None:
        if linked.gamertag != one.gamertag[:100]:
            linked.gamertag = one.gamertag
            book.renamed[linked.id] = one
        return Match(linked.user_id)
    waiting = book.waiting.get(one.gamertag)
    if waiting is not None and waiting.player_id is None:
        waiting.player_id = one.player_id
        book.by_player_id[one.player_id] = waiting
        book.learned[waiting.id] = one
        return Match(waiting.user_id)
    return _dispute(one, book)


def _dispute(one: Seen, book: _Book) -> Match:
    """A linked gamertag under another player id: no match, but staff must see it before anybody is punished for it."""
    for linked in book.by_gamertag.get(one.gamertag, ()):
        if linked.player_id != one.player_id and (linked.id, one.player_id) not in book.resolved:
            book.conflicts[linked.id, one.player_id] = one
            return Match(None, linked.user_id)
    return Match()


_CANDIDATES = """
    SELECT i.id, i.user_id, i.player_id, i.gamertag, s.gamertag
    FROM territory_playeridentity i
    LEFT JOIN unnest(%s::text[]) AS s(gamertag) ON lower(i.gamertag) = lower(s.gamertag)
    WHERE i.user_id IS NOT NULL AND (s.gamertag IS NOT NULL OR i.player_id = ANY(%s))
    ORDER BY i.id
"""
# Locked first: of two workers that see a waiting gamertag, the second waits here and then reads what the first learned.
_LOCK_WAITING = """
    SELECT 1 FROM territory_playeridentity
    WHERE player_id IS NULL AND user_id IS NOT NULL
        AND lower(gamertag) IN (SELECT lower(g) FROM unnest(%s::text[]) AS g)
    ORDER BY id FOR UPDATE
"""


def _load(seen: list[Seen]) -> _Book:
    gamertags = sorted({one.gamertag for one in seen})
    player_ids = sorted({one.player_id for one in seen})
    book = _Book()
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_WAITING, [gamertags])
        cursor.execute(_CANDIDATES, [gamertags, player_ids])
        rows = cursor.fetchall()
    known: dict[int, _Linked] = {}
    for pk, user_id, player_id, gamertag, seen_as in rows:
        linked = known.setdefault(pk, _Linked(pk, user_id, player_id, gamertag))
        if player_id is None:
            book.waiting[seen_as] = linked
        else:
            book.by_player_id[player_id] = linked
        if seen_as is not None:
            book.by_gamertag.setdefault(seen_as, []).append(linked)
    book.resolved = set(
        IdentityConflict.objects.filter(
            identity_id__in=known, player_id__in=player_ids, resolved_at__isnull=False
        ).values_list("identity_id", "player_id")
    )
    return book


def _save(book: _Book) -> None:
    if book.learned:
        _save_learned(book.learned)
    changed = book.renamed | book.learned
    for identity_id, one in sorted(changed.items()):
        PlayerIdentity.objects.filter(pk=identity_id).update(gamertag=one.gamertag[:100])
    GamertagUse.objects.bulk_create(
        [
            GamertagUse(
                identity_id=pk, gamertag=one.gamertag[:100], first_seen_at=one.at, last_seen_at=one.at
            )
            for pk, one in sorted(changed.items())
        ],
        update_conflicts=True,
        unique_fields=["identity", "gamertag"],
        update_fields=["last_seen_at"],
    )
    IdentityConflict.objects.bulk_create(
        [
            IdentityConflict(
                identity_id=pk,
                player_id=player_id,
                gamertag=one.gamertag[:100],
                first_seen_at=one.at,
                last_seen_at=one.at,
            )
            for (pk, player_id), one in sorted(book.conflicts.items())
        ],
        update_conflicts=True,
        unique_fields=["identity", "player_id"],
        update_fields=["last_seen_at"],
    )


def _save_learned(learned: dict[int, Seen]) -> None:
    """Write the player ids learned; an identity without a person that held one gives it up, with its past names."""
    for identity_id, one in sorted(learned.items()):
        nameless = PlayerIdentity.objects.filter(player_id=one.player_id, user__isnull=True).first()
        if nameless is not None:
            nameless.delete()
        PlayerIdentity.objects.filter(pk=identity_id).update(player_id=one.player_id)
