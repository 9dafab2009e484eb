"""A clan's roster: who plays in it, by what name and in which role, and what happened on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from common import bulk
from tanks.diffs import Member, RosterChanges, roster_changes
from tanks.models import Player, RosterEvent, SyncedClan, SyncTrouble
from tanks.services.links import end_stays, follow_game
from tanks.wargaming.answers import ClanInfo, ClanMember

EventKind = RosterEvent.Kind
_PLACE: Final = bulk.columns_of(Player, "id", "clan", "nickname", "role", "joined_clan_at")
_LONGEST_NAME, _LONGEST_TAG, _LONGEST_ROLE = 100, 16, 40


@dataclass(frozen=True, slots=True)
class StoredRoster:
    """How many rows were written, and why the roster was not read."""

    rows: int
    trouble: SyncTrouble = SyncTrouble.NONE


@transaction.atomic
def store_roster(clan: SyncedClan, info: ClanInfo | None, *, at: datetime) -> StoredRoster:
    """Store the API's answer about a clan at a moment; `clan` is brought up to date too.

    Nobody leaves because of an answer without members: none at all, null, an empty list. A clan that two
    answers in a row call disbanded has no roster any more.
    """
    # Not against rows that refer to this clan: a roster that took a player over writes this clan's event of leaving.
    clan.refresh_from_db(from_queryset=SyncedClan.objects.select_for_update(no_key=True))
    if info is None:
        return StoredRoster(0, SyncTrouble.EMPTY)
    was_disbanded = clan.disbanded_at is not None
    rows = _store_clan(clan, info, at)
    if info.is_disbanded:
        rows += _end_roster(clan, at) if was_disbanded else 0
        return StoredRoster(rows, SyncTrouble.DISBANDED)
    listed = [member for member in info.members or () if member.account_id > 0]
    if not listed:
        return StoredRoster(rows, SyncTrouble.EMPTY)
    changes, players, stored = _store_members(clan, info, listed, at)
    rows += stored + _store_events(clan, changes, players, at)
    _remember_missing(clan, () if info.unreadable_members else changes.missing)
    joined = [players[now.account_id] for now in changes.joined]
    moved = [player for player in joined if _comes_from_another(player, clan)]
    just_gone = {user_id for number in changes.left if (user_id := players[number].user_id) is not None}
    rows += follow_game(clan, at=at, just_gone=just_gone) + end_stays(moved, at=at)
    return StoredRoster(rows, SyncTrouble.HELD_BACK if changes.missing else SyncTrouble.NONE)


def _end_roster(clan: SyncedClan, at: datetime) -> int:
    """Take everybody off the roster of a clan that is no more, and end the memberships that came from the game."""
    players = {player.account_id: player for player in _locked(clan, ())}
    changes = RosterChanges((), left=frozenset(players))
    rows = _write(clan, changes, players) + _store_events(clan, changes, players, at)
    _remember_missing(clan, ())
    return rows + follow_game(clan, at=at)


def _store_clan(clan: SyncedClan, info: ClanInfo, at: datetime) -> int:
    before = {name: getattr(clan, name) for name in ("name", "tag", "disbanded_at")}
    clan.disbanded_at = (clan.disbanded_at or at) if info.is_disbanded else None
    if not info.is_disbanded:  # the texts of a disbanded clan are empty
        clan.name = (info.name or clan.name)[:_LONGEST_NAME]
        clan.tag = (info.tag or clan.tag)[:_LONGEST_TAG]
    changed = [name for name, value in before.items() if getattr(clan, name) != value]
    if not changed:
        return 0
    clan.save(update_fields=[*changed, "origin"])
    return 1


def _store_members(
    clan: SyncedClan, info: ClanInfo, listed: Iterable[ClanMember], at: datetime
) -> tuple[RosterChanges, dict[int, Player], int]:
    """Store the roster; return what changed, the players by account id as they were before, and how many rows."""
    by_id = {member.account_id: _clipped(member) for member in listed}
    _add_players(clan, by_id.values(), at)
    players = {player.account_id: player for player in _locked(clan, by_id)}
    members = {number: _member(player) for number, player in players.items() if player.clan_id == clan.pk}
    present = [member for number, member in by_id.items() if not _has_moved_on(players[number], clan, member)]
    if not present:  # all of them are newer in other clans: this answer is older than what we know
        return RosterChanges(()), players, 0
    changes = roster_changes(
        members,
        present,
        # Whoever is missing may be a member that could not be read: that ends nobody's stay, however often.
        missing_before=() if info.unreadable_members else clan.missing_account_ids,
        is_doubtful=info.contradicts_itself or bool(info.unreadable_members),
    )
    return changes, players, _write(clan, changes, players)


def _clipped(member: ClanMember) -> ClanMember:
    name, role = member.name and member.name[:_LONGEST_NAME], member.role and member.role[:_LONGEST_ROLE]
    return replace(member, name=name, role=role)


def _add_players(clan: SyncedClan, listed: Iterable[ClanMember], at: datetime) -> None:
    """Make rows for accounts never seen; that they are on this roster is written with the others."""
    # In one order everywhere: two rosters may hold the same new accounts.
    in_order = sorted(listed, key=lambda member: member.account_id)
    bulk.insert_rows(
        "tanks_player",
        {"account_id": "bigint", "nickname": "text"},
        [(member.account_id, member.name or "") for member in in_order],
        constants={"realm_id": ("bigint", clan.realm_id), "first_seen": ("timestamptz", at)},
        conflict="ON CONFLICT DO NOTHING",
    )


def _locked(clan: SyncedClan, account_ids: Iterable[int]) -> list[Player]:
    """Return the players with these account ids and those on this roster, locked in the order in which all lock them."""
    either = Q(clan=clan) | Q(account_id__in=list(account_ids))
    return list(Player.objects.filter(either, realm=clan.realm).select_for_update().order_by("pk"))


def _member(player: Player) -> Member:
    return Member(player.account_id, player.nickname, player.role, player.joined_clan_at)


def _has_moved_on(player: Player, clan: SyncedClan, listed: ClanMember) -> bool:
    """Return whether the player joined another clan after joining this one: the other roster is the newer word."""
    return (
        _comes_from_another(player, clan)
        and player.joined_clan_at is not None
        and listed.joined_at is not None
        and listed.joined_at <= player.joined_clan_at
    )


def _comes_from_another(player: Player, clan: SyncedClan) -> bool:
    return player.clan_id not in (None, clan.pk)


def _write(clan: SyncedClan, changes: RosterChanges, players: Mapping[int, Player]) -> int:
    rows: list[bulk.Row] = [
        (player.pk, clan.pk, now.nickname, now.role, now.joined_at)
        for now in changes.present
        if (player := players[now.account_id]).clan_id != clan.pk or _member(player) != now
    ]
    rows += [(players[number].pk, None, players[number].nickname, "", None) for number in changes.left]
    return bulk.update_rows("tanks_player", "id", _PLACE, rows)


def _store_events(
    clan: SyncedClan, changes: RosterChanges, players: Mapping[int, Player], at: datetime
) -> int:
    """Write what happened; at the first reading only elsewhere: nobody joined only because we began to look."""
    events = _events(clan, changes, players, at)
    if not RosterEvent.objects.filter(clan=clan).exists() and not _was_read(players, clan):
        events = [event for event in events if event.clan_id != clan.pk]
    RosterEvent.objects.bulk_create(events)
    return len(events)


def _was_read(players: Mapping[int, Player], clan: SyncedClan) -> bool:
    return any(player.clan_id == clan.pk for player in players.values())


def _events(
    clan: SyncedClan, changes: RosterChanges, players: Mapping[int, Player], at: datetime
) -> list[RosterEvent]:
    def event(
        kind: EventKind, account_id: int, before: str = "", after: str = "", **fields: object
    ) -> RosterEvent:
        values = {"clan_id": clan.pk, "occurred_at": at, "noticed_at": at, **fields}
        return RosterEvent(player=players[account_id], kind=kind, before=before, after=after, **values)

    moved = [
        event(
            EventKind.LEFT,
            now.account_id,
            was.role,
            clan_id=was.clan_id,
            occurred_at=min(now.joined_at or at, at),
        )
        for now in changes.joined
        if _comes_from_another(was := players[now.account_id], clan)
    ]
    joined = [
        event(EventKind.JOINED, now.account_id, after=now.role, occurred_at=min(now.joined_at or at, at))
        for now in changes.joined
    ]
    left = [event(EventKind.LEFT, number, players[number].role) for number in sorted(changes.left)]
    renamed = [
        event(EventKind.RENAMED, new.account_id, old.nickname, new.nickname) for old, new in changes.renamed
    ]
    roles = [
        event(EventKind.ROLE_CHANGED, new.account_id, old.role, new.role) for old, new in changes.role_changed
    ]
    return [*moved, *joined, *left, *renamed, *roles]


def _remember_missing(clan: SyncedClan, missing: Iterable[int]) -> None:
    numbers = sorted(missing)
    if clan.missing_account_ids != numbers:
        clan.missing_account_ids = numbers
        clan.save(update_fields=["missing_account_ids"])
