"""Identities: which gamertag is whose, and a player whose gamertag has changed since the file was read before."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress

from django.db import models
from django.db.models import Func, Q, Value

from clans.models import User
from territory.legacy import database, rows
from territory.legacy.database import Raw
from territory.legacy.trouble import Reason, RefusedError
from territory.legacy.values import folded
from territory.models import ImportedRow, PlayerIdentity
from territory.rules.names import is_placeholder
from territory.services.moving.sameness import holders
from territory.services.moving.taking import Kept, Kind, Moving, Values, known_rows

_Mark = tuple[str, ...]


def person_of(discord_id: str) -> User:
    """Return the person with a Discord id, made where nobody has it yet."""
    return User.objects.for_discord_id(discord_id)


def _named(gamertag: str) -> models.QuerySet[PlayerIdentity]:
    """Return the linked identities of a gamertag, compared as judging does."""
    linked = PlayerIdentity.objects.filter(user__isnull=False).select_related("user")
    return linked.filter(gamertag_key=Func(Value(gamertag), function="territory_gamertag_key"))


def _wanted_identity(moving: Moving, told: rows.Identity, own_id: int | None) -> Values:
    person = person_of(told.discord_id)
    wanted: Values = {"user_id": person.pk, "gamertag": told.gamertag}
    if not told.player_id and is_placeholder(told.gamertag):
        raise RefusedError(Reason.GAMERTAG_OF_ANYBODY, gamertag=told.gamertag)
    _claim_gamertag(moving, told, person, own_id)
    if told.player_id:
        _claim_player_id(moving, told, person, own_id)
        wanted["player_id"] = told.player_id
    if told.xuid:
        wanted["xuid"] = told.xuid
        _drop_taken_xuid(moving, wanted, own_id)
    return wanted


def _claim_gamertag(moving: Moving, told: rows.Identity, person: User, own_id: int | None) -> None:
    """Refuse a gamertag that somebody else has here, unless the file has taken it from them."""
    for other in _named(told.gamertag).exclude(Q(user=person) | Q(pk=own_id or 0)):
        row, says = _row_of(moving, other)
        if row is None or (says is not None and folded(says.gamertag) == folded(told.gamertag)):
            raise RefusedError(Reason.GAMERTAG_TAKEN, gamertag=told.gamertag, person=other.user)
        if other.player_id is None:  # known by the gamertag alone, which it has no longer
            _release(other, row, "user_id")


def _claim_player_id(moving: Moving, told: rows.Identity, person: User, own_id: int | None) -> None:
    """Refuse a player id that is somebody else's, unless the file gave it to them and has corrected that."""
    bearer = PlayerIdentity.objects.filter(player_id=told.player_id).select_related("user").first()
    if bearer is None or bearer.user is None or bearer.user == person or bearer.pk == own_id:
        return
    row, says = _row_of(moving, bearer)
    is_corrected = row is not None and row.kept.get("player_id") == told.player_id
    if row is None or not is_corrected or (says is not None and says.player_id == told.player_id):
        raise RefusedError(Reason.PLAYER_ID_TAKEN, person=bearer.user)
    _release(bearer, row, "player_id")


def _row_of(moving: Moving, identity: PlayerIdentity) -> tuple[ImportedRow | None, rows.Identity | None]:
    """Return the row of this file that an identity came from, and what it says now: None if it is gone."""
    key = moving.objects[database.IDENTITIES].get(identity.pk, "")
    return moving.known[database.IDENTITIES].get(key), moving.told[database.IDENTITIES].get(key)


def _release(identity: PlayerIdentity, row: ImportedRow, column: str) -> None:
    """Take from an identity what its row no longer gives it, before that row has its turn: the two may have swapped."""
    setattr(identity, column, None)
    identity.save(update_fields=[column])
    row.kept |= {column: None}
    row.save(update_fields=["kept"])


def _drop_taken_xuid(moving: Moving, wanted: Values, own_id: int | None) -> None:
    other = PlayerIdentity.objects.filter(xuid=wanted["xuid"]).exclude(pk=own_id or 0).first()
    if other is None or (own_id is None and _is_same(other, wanted)):
        return
    moving.note(Reason.XUID_TAKEN)
    del wanted["xuid"]


def _is_same(identity: PlayerIdentity, wanted: Values) -> bool:
    return identity.user_id == wanted["user_id"] and folded(identity.gamertag) == folded(wanted["gamertag"])


def _identity_here(moving: Moving, wanted: Values) -> PlayerIdentity | None:
    """Find the player by id, else the person's own identity of that gamertag: of two ids it is another account."""
    player_id = wanted.get("player_id")
    by_id = PlayerIdentity.objects.filter(player_id=player_id or "").first()
    named = _named(wanted["gamertag"]).filter(user_id=wanted["user_id"])
    if by_id is not None or not player_id:
        return by_id or named.first()
    claimed = moving.objects[database.IDENTITIES]
    free = (one for one in named.filter(player_id=None) if claimed.get(one.pk) not in _others(moving))
    return next(free, None)


def _others(moving: Moving) -> set[str]:
    return moving.seen[database.IDENTITIES] - {moving.raw.key}


def _is_same_account(told: rows.Identity, found: PlayerIdentity, kept: Kept) -> bool:
    """Tell whether a changed row still means the player of its identity.

    Where the game has taught which player that is, another gamertag means another account, unless an id says otherwise:
    the player learned must not become somebody else's.
    """
    if found.player_id is None:
        return True
    if told.player_id:
        return found.player_id in (told.player_id, kept.get("player_id"))
    if told.xuid and told.xuid == found.xuid:
        return True
    return folded(told.gamertag) in {folded(found.gamertag), folded(kept["gamertag"])}


def _learned(found: PlayerIdentity) -> frozenset[str]:
    """Return the columns that the game's log has told: of a known player, the gamertag last seen."""
    seen = found.player_id and found.gamertags.filter(gamertag=found.gamertag).exists()
    return frozenset({"gamertag"} if seen else ())


IDENTITIES = Kind(
    table=database.IDENTITIES,
    model=PlayerIdentity,
    read=rows.identity_of,
    wanted=_wanted_identity,
    here=_identity_here,
    same=_is_same_account,
    learned=_learned,
    firm=frozenset({"user_id", "gamertag"}),
    fills=("user_id", "player_id", "xuid"),
)


# -- Rows that follow others ------------------------------------------------------------------------------------


def follow_renamed(moving: Moving, raws: Iterable[Raw]) -> None:
    """Let a row that is new in the file stand for the player of one that is gone, where both are the same account.

    The old system's table had no number, so that its rows are known by person and gamertag; and where it has one, a
    program may delete a row and write it anew. What the new row says is then taken over like any other change.
    """
    known = known_rows(moving.server, database.IDENTITIES)
    if not known:
        return
    keys, told = _read(moving, raws)
    gone = _kept_as_told({key: row for key, row in known.items() if key not in keys})
    new = {key: identity for key, identity in told.items() if key not in known}
    for mark in (_account, _spelling, _person, _gamertag):
        for old, follower in list(_pairs(gone, new, mark)):
            known[old].key = follower
            known[old].save(update_fields=["key"])
            del gone[old], new[follower]


def _read(moving: Moving, raws: Iterable[Raw]) -> tuple[set[str], dict[str, rows.Identity]]:
    """Return the keys of all rows, and what those that can be read say."""
    keys, told = set(), {}
    for raw in raws:
        keys.add(raw.key)
        with suppress(RefusedError):
            told[raw.key] = rows.identity_of(raw, moving.now)
    return keys, told


def _kept_as_told(known: Mapping[str, ImportedRow]) -> dict[str, rows.Identity]:
    discord_ids = holders(row.kept for row in known.values())
    return {
        key: rows.Identity(
            discord_ids.get(row.kept["user_id"] or 0, ""),
            row.kept["gamertag"],
            row.kept.get("player_id") or "",
            row.kept.get("xuid") or "",
        )
        for key, row in known.items()
    }


def _pairs(
    gone: Mapping[str, rows.Identity],
    new: Mapping[str, rows.Identity],
    mark: Callable[[rows.Identity], _Mark],
) -> Iterator[tuple[str, str]]:
    """Yield the keys of those that a mark makes one, where it is one of each and no player id says otherwise."""
    before, after = _by_mark(gone, mark), _by_mark(new, mark)
    for one in before.keys() & after.keys():
        if len(before[one]) == len(after[one]) == 1:
            [old], [follower] = before[one], after[one]
            ids = {gone[old].player_id, new[follower].player_id} - {""}
            if len(ids) < 2:
                yield old, follower


def _by_mark(
    identities: Mapping[str, rows.Identity], mark: Callable[[rows.Identity], _Mark]
) -> dict[_Mark, list[str]]:
    found: dict[_Mark, list[str]] = defaultdict(list)
    for key, identity in identities.items():
        if all(mark(identity)):
            found[mark(identity)].append(key)
    return found


# What makes two rows one account, the surest first.


def _account(told: rows.Identity) -> _Mark:
    return told.discord_id, told.player_id or told.xuid


def _spelling(told: rows.Identity) -> _Mark:
    return told.discord_id, folded(told.gamertag)


def _person(told: rows.Identity) -> _Mark:
    return (told.discord_id,)


def _gamertag(told: rows.Identity) -> _Mark:
    return (folded(told.gamertag),)
