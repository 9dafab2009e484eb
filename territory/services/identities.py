"""Match players to people: by player id, or by a linked gamertag until the player id is learned."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter

from django.db import connection, transaction

from territory.models import GameServer, IdentityConflict, PlayerIdentity
from territory.rules.names import is_placeholder, is_same, name_is_proof

# Earlier lines may be about a player who bore the gamertag before.
_TAUGHT_BEFORE_LINK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SeenPlayer:
    """A gamertag and player id, seen in a log line or a placement at one time."""

    gamertag: str
    player_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Match:
    """The person a player is, and the people the player may be while only the gamertag speaks for it.

    `disputed_user_id` is the person whose linked gamertag is borne under another player id. `candidate_ids` are the people
    whose linked gamertag is no proof: on PC, equal but for a suffix, from before the link, or borne by this player once.
    """

    user_id: int | None = None
    disputed_user_id: int | None = None
    candidate_ids: tuple[int, ...] = ()

    @property
    def doubtful_ids(self) -> tuple[int, ...]:
        """The people whom the player may be, without proof."""
        disputed = () if self.disputed_user_id is None else (self.disputed_user_id,)
        return disputed + self.candidate_ids


@dataclass(slots=True)
class _Linked:
    """A linked identity. `named_at` is when its gamertag was last seen; None if only the link names it."""

    id: int
    user_id: int
    player_id: str | None
    gamertag: str
    platform: str
    linked_at: datetime
    named_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Span:
    """A gamertag, and when it was first and last seen."""

    gamertag: str
    first: datetime
    last: datetime

    def with_act(self, at: datetime) -> "_Span":
        """Return the span, extended to this moment."""
        return _Span(self.gamertag, min(self.first, at), max(self.last, at))


@dataclass(slots=True)
class _Book:
    """The linked identities that a batch may be about, and the changes that the batch makes to them.

    `same_name` and `similar_name` are by gamertag as seen: the linked identities of that very name, and those whose name
    differs only by a suffix of the game or the platform.
    """

    platform: str
    by_player_id: dict[str, _Linked] = field(default_factory=dict)
    same_name: dict[str, list[_Linked]] = field(default_factory=dict)
    similar_name: dict[str, list[_Linked]] = field(default_factory=dict)
    resolved: set[tuple[int, str]] = field(default_factory=set)
    # By player id: the people in an open conflict with it, under any gamertag.
    in_doubt: dict[str, dict[int, None]] = field(default_factory=dict)
    changed: dict[int, _Linked] = field(default_factory=dict)
    learned: list[str] = field(default_factory=list)  # player ids
    names: dict[tuple[int, str], _Span] = field(default_factory=dict)  # by identity and gamertag
    conflicts: dict[tuple[int, str], _Span] = field(default_factory=dict)  # by identity and player id


def match_players(seen: Iterable[SeenPlayer], *, platform: str = "") -> dict[tuple[str, str], Match]:
    """Match players in order of their acts, learn player ids and record renames and conflicts.

    `platform` is the game server's. Returns matches by (player_id, gamertag). Runs inside the caller's transaction, in a
    fixed number of queries.
    """
    in_order = sorted(seen, key=lambda one: one.at)
    _lock_waiting(in_order)
    book = _load(in_order, platform)
    matches = _match_all(in_order, book)
    _save(book)
    return matches


def find_matches(seen: Iterable[SeenPlayer], *, platform: str = "") -> dict[tuple[str, str], Match]:
    """Match players as `match_players` does, without writing or locking a row."""
    in_order = sorted(seen, key=lambda one: one.at)
    return _match_all(in_order, _load(in_order, platform))


@transaction.atomic
def learn_players(server: GameServer, seen: Sequence[SeenPlayer]) -> None:
    """Learn player ids and renames from every line of a log, in its order, so that the id is known before the first build.

    A name that is no proof becomes a conflict only where the person's player id is still unknown: staff can confirm it then
    before anything was built. A fixed number of queries.
    """
    if not seen:
        return
    _lock_waiting(seen)
    book = _load(seen, server.platform)
    for one in seen:
        _match(one, book)
    unknown = {
        linked.id
        for many in (*book.same_name.values(), *book.similar_name.values())
        for linked in many
        if linked.player_id is None
    }
    book.conflicts = {key: span for key, span in book.conflicts.items() if key[0] in unknown}
    _save(book)


_LINKED_UNTIL = """
    WITH s AS MATERIALIZED (
        SELECT player_id, territory_gamertag_key(gamertag) AS key
        FROM unnest(%s::text[], %s::text[]) AS u(player_id, gamertag)
    ), unlinked AS (
        SELECT s.player_id, i.unlinked_at
        FROM s JOIN territory_playeridentity i ON i.player_id = s.player_id
        WHERE i.user_id IS NULL
        UNION ALL
        SELECT s.player_id, i.unlinked_at
        FROM s JOIN territory_playeridentity i ON i.gamertag_key = s.key
        WHERE i.user_id IS NULL AND i.player_id IS NULL
        UNION ALL
        SELECT s.player_id, i.unlinked_at
        FROM s JOIN territory_identityconflict c ON c.player_id = s.player_id
            JOIN territory_playeridentity i ON i.id = c.identity_id
        WHERE i.user_id IS NULL AND c.resolved_at IS NULL
    )
    SELECT player_id, max(unlinked_at) FROM unlinked WHERE unlinked_at IS NOT NULL GROUP BY player_id
"""


def linked_until(players: Collection[tuple[str, str]]) -> dict[str, datetime]:
    """Return until when these players (player id, gamertag) were linked to somebody, or may have been; by player id. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_LINKED_UNTIL, [list(column) for column in zip(*players, strict=True)] or [[], []])
        return dict(cursor.fetchall())


def find_match(seen: SeenPlayer, *, platform: str = "") -> Match:
    """Match one player as `find_matches` does."""
    return find_matches([seen], platform=platform)[seen.player_id, seen.gamertag]


def _match_all(in_order: Sequence[SeenPlayer], book: _Book) -> dict[tuple[str, str], Match]:
    """Match in two passes: the first learns from the whole batch, the second matches."""
    for one in in_order:
        _match(one, book)
    book.conflicts.clear()  # the first pass may have settled some
    return {(one.player_id, one.gamertag): _match(one, book) for one in in_order}


def _match(one: SeenPlayer, book: _Book) -> Match:
    linked = book.by_player_id.get(one.player_id)
    if linked is not None:
        if linked.gamertag != _name(one):
            _rename(linked, one, book)
        return Match(linked.user_id)
    same = book.same_name.get(one.gamertag, [])
    waiting = next((linked for linked in same if linked.player_id is None), None)
    if waiting is not None and _is_proof(waiting, one, book):
        _learn(waiting, one, book)
        return Match(waiting.user_id)
    return _doubt(one, book)


def _is_proof(waiting: _Linked, one: SeenPlayer, book: _Book) -> bool:
    return (
        one.at >= waiting.linked_at - _TAUGHT_BEFORE_LINK
        and not is_placeholder(one.gamertag)
        and is_same(waiting.gamertag, one.gamertag)
        and (waiting.id, one.player_id) not in book.resolved
        and name_is_proof(server=book.platform, identity=waiting.platform, player_id=one.player_id)
    )


def _learn(waiting: _Linked, one: SeenPlayer, book: _Book) -> None:
    waiting.player_id = one.player_id
    waiting.gamertag = _name(one)
    book.by_player_id[one.player_id] = waiting
    book.learned.append(one.player_id)
    book.changed[waiting.id] = waiting
    _rename(waiting, one, book)


def _doubt(one: SeenPlayer, book: _Book) -> Match:
    """Return the people whose linked gamertag this may be, without proof, and note the conflicts.

    A later rename settles nothing: a player in doubt stays in doubt until staff decide.
    """
    disputed: int | None = None
    doubtful = book.in_doubt.setdefault(one.player_id, {})
    for linked in book.same_name.get(one.gamertag, []):
        if _is_open(linked, one, book):
            if linked.player_id is not None and disputed is None:
                disputed = linked.user_id
            doubtful[linked.user_id] = None
    similar = book.similar_name.get(one.gamertag, [])
    doubtful.update({linked.user_id: None for linked in similar if _is_open(linked, one, book)})
    return Match(None, disputed, tuple(user_id for user_id in doubtful if user_id != disputed))


def _is_open(linked: _Linked, one: SeenPlayer, book: _Book) -> bool:
    """Note a conflict with a linked identity; False if staff decided that they are two players."""
    if (linked.id, one.player_id) in book.resolved:
        return False
    known = book.conflicts.get((linked.id, one.player_id), _span(one))
    book.conflicts[linked.id, one.player_id] = known.with_act(one.at)
    return True


def _rename(linked: _Linked, one: SeenPlayer, book: _Book) -> None:
    """Note the gamertag seen, and the former one. A line older than the current gamertag does not bring an old one back."""
    if linked.named_at is None and linked.gamertag != _name(one):
        former = _Span(linked.gamertag, linked.linked_at, linked.linked_at)
        book.names[linked.id, former.gamertag] = former
    known = book.names.get((linked.id, _name(one)), _span(one))
    book.names[linked.id, _name(one)] = known.with_act(one.at)
    if linked.named_at is None or linked.named_at <= one.at:
        linked.gamertag, linked.named_at = _name(one), one.at
        book.changed[linked.id] = linked


def _name(one: SeenPlayer) -> str:
    """Return the gamertag, cut to the length of its column; no console allows one so long."""
    return one.gamertag[:100]


def _span(one: SeenPlayer) -> _Span:
    return _Span(_name(one), one.at, one.at)


# A log may leave out the "#" of "#1234": while the player id is unknown, a name with such digits may be the one without.
# Names are folded once each; written into the joins, the folding would run again for every pair of rows.
_CANDIDATES = """
    WITH s AS MATERIALIZED (
        SELECT g AS gamertag, territory_gamertag_key(g) AS key, territory_gamertag_stem(g) AS stem,
            territory_gamertag_joined(g) AS joined,
            regexp_replace(territory_gamertag_key(g), '[0-9]{4,8}$', '') AS bare
        FROM unnest(%s::text[]) AS g
    ), found AS (
        SELECT i.id, s.gamertag, true AS is_same
        FROM s JOIN territory_playeridentity i ON i.gamertag_key = s.key
        UNION ALL
        SELECT i.id, s.gamertag, false
        FROM s JOIN territory_playeridentity i ON i.gamertag_stem = s.stem
        WHERE s.stem <> '' AND i.gamertag_key <> s.key
        UNION ALL
        SELECT i.id, s.gamertag, false
        FROM s JOIN territory_playeridentity i ON i.gamertag_joined = s.joined
        WHERE i.gamertag_key <> s.key AND i.gamertag_stem <> s.stem
        UNION ALL
        SELECT i.id, s.gamertag, false
        FROM s JOIN territory_playeridentity i ON i.gamertag_key = s.bare
        WHERE i.player_id IS NULL AND s.bare <> s.key
        UNION ALL
        SELECT i.id, s.gamertag, false
        FROM s JOIN territory_playeridentity i ON regexp_replace(i.gamertag_key, '[0-9]{4,8}$', '') = s.key
        WHERE i.player_id IS NULL AND i.user_id IS NOT NULL AND i.gamertag_key <> s.key
        UNION ALL
        SELECT id, NULL, NULL FROM territory_playeridentity WHERE player_id = ANY(%s)
    )
    SELECT i.id, i.user_id, i.player_id, i.gamertag, i.platform, COALESCE(i.linked_at, i.created_at),
        (SELECT max(u.last_seen_at) FROM territory_gamertaguse u WHERE u.identity_id = i.id),
        found.gamertag, found.is_same
    FROM found JOIN territory_playeridentity i ON i.id = found.id
    WHERE i.user_id IS NOT NULL
    ORDER BY 1
"""
# Locked first: of two workers that see a waiting gamertag, the second waits and then reads the player id that the first
# learned.
_LOCK_WAITING = """
    SELECT 1 FROM territory_playeridentity
    WHERE player_id IS NULL AND user_id IS NOT NULL
        AND gamertag_key IN (SELECT territory_gamertag_key(g) FROM unnest(%s::text[]) AS g)
    ORDER BY id FOR UPDATE
"""


def _lock_waiting(seen: Iterable[SeenPlayer]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_WAITING, [sorted({one.gamertag for one in seen})])


def _load(seen: Sequence[SeenPlayer], platform: str) -> _Book:
    gamertags = sorted({one.gamertag for one in seen})
    player_ids = sorted({one.player_id for one in seen})
    book = _Book(platform)
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, [gamertags, player_ids])
        rows = cursor.fetchall()
    known: dict[int, _Linked] = {}
    for *columns, seen_as, is_equal in rows:
        linked = known.setdefault(columns[0], _Linked(*columns))
        if linked.player_id is not None:
            book.by_player_id[linked.player_id] = linked
        if seen_as is not None:
            names = book.same_name if is_equal else book.similar_name
            names.setdefault(seen_as, []).append(linked)
    for identity, player_id, user_id, resolved_at in IdentityConflict.objects.filter(
        player_id__in=player_ids
    ).values_list("identity_id", "player_id", "identity__user_id", "resolved_at"):
        if resolved_at is not None:
            book.resolved.add((identity, player_id))
        elif user_id is not None:
            book.in_doubt.setdefault(player_id, {})[user_id] = None
    return book


_CHANGE = """
    UPDATE territory_playeridentity i
    SET gamertag = s.gamertag, player_id = COALESCE(i.player_id, s.player_id), xuid = COALESCE(i.xuid, s.xuid)
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS s(id, gamertag, player_id, xuid)
    WHERE i.id = s.id
"""
WIDEN_SPAN = """
    first_seen_at = LEAST(stored.first_seen_at, EXCLUDED.first_seen_at),
    last_seen_at = GREATEST(stored.last_seen_at, EXCLUDED.last_seen_at)
"""
_STORE_NAMES = f"""
    INSERT INTO territory_gamertaguse AS stored (identity_id, gamertag, first_seen_at, last_seen_at)
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[])
    ON CONFLICT (identity_id, gamertag) DO UPDATE SET {WIDEN_SPAN}
"""
_STORE_CONFLICTS = f"""
    INSERT INTO territory_identityconflict AS stored
        (identity_id, player_id, gamertag, first_seen_at, last_seen_at)
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[])
    ON CONFLICT (identity_id, player_id) DO UPDATE SET {WIDEN_SPAN}
"""


def _save(book: _Book) -> None:
    """Write the changes of a batch, always in the same order, so that two workers do not deadlock."""
    if book.changed:
        _save_changed([linked for _pk, linked in sorted(book.changed.items())], book.learned)
    with connection.cursor() as cursor:
        if book.names:
            names = sorted(book.names.items(), key=itemgetter(0))
            cursor.execute(
                _STORE_NAMES,
                _columns((pk, one.gamertag, one.first, one.last) for (pk, _gamertag), one in names),
            )
        if book.conflicts:
            conflicts = sorted(book.conflicts.items(), key=itemgetter(0))
            cursor.execute(
                _STORE_CONFLICTS,
                _columns((pk, player, one.gamertag, one.first, one.last) for (pk, player), one in conflicts),
            )


def _save_changed(changed: list[_Linked], learned: list[str]) -> None:
    """Write gamertags and player ids. An identity without a person that has such a player id is deleted."""
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
