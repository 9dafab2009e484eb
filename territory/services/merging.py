"""Staff's decisions about players: merge two identities of one player, and resolve identity conflicts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from clans.models import User
from territory.models import GamertagUse, IdentityConflict, Infraction, Placement, PlayerIdentity
from territory.models.identity import folded_gamertag
from territory.services.errors import NotPossibleError
from territory.services.identities import WIDEN_SPAN


@dataclass(frozen=True, slots=True)
class Merged:
    """The result of a merge: one row or two accounts of one person, and the number of records with a new person."""

    is_one_row: bool
    placements: int
    infractions: int


@transaction.atomic
def merge_identities(
    remaining: PlayerIdentity, dropped: PlayerIdentity, *, by: User, now: datetime
) -> Merged:
    """Give two identities one person: the person of `remaining`, or else the person of `dropped`.

    With two player ids they stay two rows, two accounts of the person, for rights depend on both ids. Otherwise `remaining`
    gets the values it lacks, every gamertag and every conflict, and `dropped` is deleted. Placements and infractions of
    `dropped` that name another person name this person then. Raises NotPossibleError if there is nothing to do, if an
    identity is gone, or if two XUIDs show that they are two players.
    """
    held = _locked(remaining.pk, dropped.pk)
    if len(held) != 2:
        raise NotPossibleError(_("Choose two identities that exist. These were perhaps merged already."))
    remaining, dropped = held[remaining.pk], held[dropped.pk]
    ids = [one.player_id for one in (remaining, dropped) if one.player_id]
    is_one_row = len(ids) < 2
    person = remaining.user_id or dropped.user_id
    _check(remaining, dropped, person, is_one_row=is_one_row)
    placements, infractions = _move_records(dropped, person)
    if is_one_row:
        _take_over(remaining, dropped)
    else:
        PlayerIdentity.objects.filter(pk__in=[remaining.pk, dropped.pk]).update(user=person)
    _close_conflicts(remaining, person, ids, by=by, now=now)
    return Merged(is_one_row, placements, infractions)


def _locked(*pks: int) -> dict[int, PlayerIdentity]:
    """Return identities by id, locked in the order in which judging locks them."""
    rows = PlayerIdentity.objects.select_for_update().filter(pk__in=pks).order_by("pk")
    return {one.pk: one for one in rows}


def _check(
    remaining: PlayerIdentity, dropped: PlayerIdentity, person: int | None, *, is_one_row: bool
) -> None:
    if is_one_row and remaining.xuid and dropped.xuid:
        raise NotPossibleError(
            _("They have two XUIDs, so they are two accounts. Correct the wrong XUID first.")
        )
    if is_one_row:
        return
    if person is None:
        raise NotPossibleError(
            _("They have two player ids and no person. Link one of them to a person first.")
        )
    if remaining.user_id == dropped.user_id:
        raise NotPossibleError(_("They are two accounts of one person already."))


def _move_records(dropped: PlayerIdentity, person: int | None) -> tuple[int, int]:
    """Give the dropped player's records the person. A record judged as a stranger's stays so."""
    if dropped.user_id is None or dropped.user_id == person:
        return 0, 0
    of_player = Q(player_id="", key=dropped.gamertag_key)
    if dropped.player_id:
        of_player |= Q(player_id=dropped.player_id)
    key = folded_gamertag("gamertag")
    placements, infractions = (
        rows.objects.alias(key=key).filter(of_player, user=dropped.user_id).update(user=person)
        for rows in (Placement, Infraction)
    )
    return placements, infractions


_MOVE_NAMES = f"""
    INSERT INTO territory_gamertaguse AS stored (identity_id, gamertag, first_seen_at, last_seen_at)
    SELECT %s, gamertag, first_seen_at, last_seen_at FROM territory_gamertaguse WHERE identity_id = %s
    ON CONFLICT (identity_id, gamertag) DO UPDATE SET {WIDEN_SPAN}
"""
_MOVE_CONFLICTS = f"""
    INSERT INTO territory_identityconflict AS stored
        (identity_id, player_id, gamertag, first_seen_at, last_seen_at, resolved_at, resolved_by_id)
    SELECT %s, player_id, gamertag, first_seen_at, last_seen_at, resolved_at, resolved_by_id
    FROM territory_identityconflict WHERE identity_id = %s
    ON CONFLICT (identity_id, player_id) DO UPDATE SET {WIDEN_SPAN},
        resolved_at = COALESCE(stored.resolved_at, EXCLUDED.resolved_at),
        resolved_by_id = COALESCE(stored.resolved_by_id, EXCLUDED.resolved_by_id)
"""


def _take_over(remaining: PlayerIdentity, dropped: PlayerIdentity) -> None:
    """Move the gamertags, conflicts and ids of `dropped` to `remaining`, and delete `dropped`."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_NAMES, [remaining.pk, dropped.pk])
        cursor.execute(_MOVE_CONFLICTS, [remaining.pk, dropped.pk])
    if dropped.gamertag != remaining.gamertag:
        linked = {"first_seen_at": dropped.created_at, "last_seen_at": dropped.created_at}
        GamertagUse.objects.get_or_create(identity=remaining, gamertag=dropped.gamertag, defaults=linked)
    dropped.delete()
    remaining.user_id = remaining.user_id or dropped.user_id
    remaining.player_id, remaining.xuid = (
        remaining.player_id or dropped.player_id,
        remaining.xuid or dropped.xuid,
    )
    remaining.platform = remaining.platform or dropped.platform
    _save(remaining)


def _save(identity: PlayerIdentity) -> None:
    try:
        with transaction.atomic():
            identity.save()
    except IntegrityError as error:
        raise NotPossibleError(_("Somebody else is already linked to this gamertag.")) from error


def _close_conflicts(
    identity: PlayerIdentity, person: int | None, player_ids: Iterable[str], *, by: User, now: datetime
) -> None:
    """Resolve the open conflicts with these player ids, which now are the person's own."""
    own = Q(identity=identity) if person is None else Q(identity=identity) | Q(identity__user=person)
    conflicts = IdentityConflict.objects.filter(own, player_id__in=player_ids, resolved_at=None)
    conflicts.update(resolved_at=now, resolved_by=by)


@transaction.atomic
def tell_apart(conflict: IdentityConflict, *, by: User, now: datetime) -> None:
    """Resolve a conflict as two players: the player seen is a stranger. Raises NotPossibleError if it is resolved."""
    held = _open(conflict)
    held.resolved_at, held.resolved_by = now, by
    held.save(update_fields=["resolved_at", "resolved_by"])


@transaction.atomic
def link_seen_player(conflict: IdentityConflict, *, by: User, now: datetime) -> PlayerIdentity:
    """Resolve a conflict as two accounts of one person: link the player id seen to the person, and return its identity.

    Judged placements are not judged again. Raises NotPossibleError if the conflict is resolved, its identity has no person,
    or the player id belongs to somebody else.
    """
    held = _open(conflict)
    linked = _locked(held.identity_id)[held.identity_id]
    if linked.user_id is None:
        raise NotPossibleError(
            _("Nobody is linked to “%(gamertag)s” any more.") % {"gamertag": linked.gamertag}
        )
    seen = PlayerIdentity.objects.select_for_update().filter(player_id=held.player_id).first()
    if seen is not None and seen.user_id not in {None, linked.user_id}:
        raise NotPossibleError(
            _("This player id is linked to somebody else. Merge the two identities instead.")
        )
    seen = seen or PlayerIdentity(
        gamertag=held.gamertag, player_id=held.player_id, platform=linked.platform, created_at=now
    )
    seen.user_id = linked.user_id
    _save(seen)
    span = {"first_seen_at": held.first_seen_at, "last_seen_at": held.last_seen_at}
    GamertagUse.objects.get_or_create(identity=seen, gamertag=held.gamertag, defaults=span)
    _close_conflicts(linked, linked.user_id, [held.player_id], by=by, now=now)
    return seen


def _open(conflict: IdentityConflict) -> IdentityConflict:
    held = IdentityConflict.objects.select_for_update().filter(pk=conflict.pk).first()
    if held is None or held.resolved_at is not None:
        raise NotPossibleError(_("This conflict was resolved already."))
    return held
