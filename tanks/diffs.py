"""The difference between stored rows and an answer of the API; pure, the standard library and frozen values only.

Every rule of the sync that could lose or invent something about a player stands here: null keeps what is stored, a loss of
members that is heavy or that the answer itself contradicts waits for a second reading, vehicles are read when they explain
the account's battles, a counter that falls is a reset.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from typing import Final, TypeVar

from tanks.wargaming.answers import ClanMember, TankStatistic

T = TypeVar("T")

# More of a roster than this cannot leave on the word of one answer.
LARGEST_LOSS: Final = Fraction(30, 100)
# Vehicles that do not explain the account's battles are asked for so often in a row; then the daily pass will do. With a
# sync every twenty minutes that is two hours, the longest by which vehicles follow their accounts.
MOST_TRIES: Final = 6


@dataclass(frozen=True, slots=True)
class Member:
    """A place on a roster; `role` is the game's own key, empty while the API never named one."""

    account_id: int
    nickname: str
    role: str
    joined_at: datetime | None


@dataclass(frozen=True, slots=True)
class RosterChanges:
    """What a reading of the roster changes.

    `present` are all members on the list, as they are to be stored. `missing` are those of a loss that is not believed
    yet: they stay until the next reading, which takes this set as `missing_before`.
    """

    present: tuple[Member, ...]
    joined: tuple[Member, ...] = ()
    left: frozenset[int] = frozenset()
    renamed: tuple[tuple[Member, Member], ...] = ()
    role_changed: tuple[tuple[Member, Member], ...] = ()
    missing: frozenset[int] = frozenset()


def roster_changes(
    known: Mapping[int, Member],
    listed: Iterable[ClanMember],
    *,
    missing_before: Collection[int] = (),
    is_doubtful: bool = False,
) -> RosterChanges:
    """Compare the stored roster, by account id, with the members that an answer lists (one or more of them).

    `is_doubtful`: the answer contradicts itself, so that nobody leaves on its word alone.
    """
    present = tuple(_merged(known.get(member.account_id), member) for member in listed)
    stayed = [(known[now.account_id], now) for now in present if now.account_id in known]
    absent = frozenset(known) - {member.account_id for member in present}
    # Twice in a row is enough for anybody; once only while few are missing.
    waits = is_doubtful or is_heavy_loss(len(absent), of=len(known))
    left = absent & frozenset(missing_before) if waits else absent
    return RosterChanges(
        present=present,
        joined=tuple(now for now in present if _is_new(known.get(now.account_id), now)),
        left=left,
        renamed=tuple((old, new) for old, new in stayed if old.nickname and old.nickname != new.nickname),
        role_changed=tuple((old, new) for old, new in stayed if old.role and old.role != new.role),
        missing=absent - left,
    )


def is_heavy_loss(lost: int, *, of: int) -> bool:
    """Return whether so many of so many are more than one answer may take away."""
    return lost > of * LARGEST_LOSS


def _merged(known: Member | None, listed: ClanMember) -> Member:
    """Return the member as listed; what is null stays as stored."""
    return Member(
        account_id=listed.account_id,
        nickname=listed.name or (known.nickname if known else ""),
        role=listed.role or (known.role if known else ""),
        joined_at=listed.joined_at or (known.joined_at if known else None),
    )


def _is_new(known: Member | None, now: Member) -> bool:
    """Return whether somebody joined: not stored, or gone and back between two readings, with a later date."""
    if known is None:
        return True
    return bool(known.joined_at and now.joined_at and now.joined_at > known.joined_at)


@dataclass(frozen=True, slots=True)
class GarageState:
    """When and at which account figures a player's vehicles were last read, beside the account's figures now.

    `tries` is how often in a row they did not explain the account's battles. `missing` is how many battles no vehicle
    explained when that was given up: the API keeps battles in accounts whose vehicles it took away.
    """

    player_id: int
    battles: int | None
    last_battle_at: datetime | None
    read_at: datetime | None
    read_battles: int | None
    read_last_battle_at: datetime | None
    is_hidden: bool = False
    tries: int = 0
    missing: int = 0

    def is_due(self, full_pass_at: datetime | None) -> bool:
        """Return whether the vehicles have to be read: never done, played since, or not yet in this pass over all."""
        if self.read_at is None or (full_pass_at is not None and self.read_at < full_pass_at):
            return True
        return (self.battles, self.last_battle_at) != (self.read_battles, self.read_last_battle_at)

    def is_explained_by(self, counted: int) -> bool:
        """Return whether vehicles with so many battles are all there are."""
        return (self.battles or 0) - counted <= self.missing

    def after(self, listed: Collection[TankStatistic] | None, *, counted: int) -> "GarageState":
        """Return the state after an answer, with which vehicles of so many battles are stored.

        Its figures are those that the answer was read for, unless it listed nothing or too little and is to be asked for again.
        """
        is_listed = bool(listed) or not self.battles
        is_read = self.is_hidden or (is_listed and self.is_explained_by(counted))
        if not is_read and self.tries + 1 < MOST_TRIES:
            return replace(self, tries=self.tries + 1)
        return replace(
            self,
            read_battles=self.battles,
            read_last_battle_at=self.last_battle_at,
            tries=0,
            missing=0 if self.is_hidden else max(0, (self.battles or 0) - counted),
        )


@dataclass(frozen=True, slots=True)
class StoredTank:
    """A stored vehicle of a player; `pk` is the row's. Of a withdrawn one the figures are the last ones listed."""

    pk: int
    battles: int
    wins: int
    mark_of_mastery: int
    is_withdrawn: bool = False


@dataclass(slots=True)
class GarageChanges:
    """What an answer changes in players' vehicles; `reset` are (player, vehicle) of which a counter fell.

    `withdrawn` are the rows of vehicles that are no longer listed.
    """

    new: list[tuple[int, TankStatistic]] = field(default_factory=list)
    changed: list[tuple[int, int, TankStatistic]] = field(default_factory=list)
    reset: set[tuple[int, int]] = field(default_factory=set)
    withdrawn: list[StoredTank] = field(default_factory=list)

    def add(self, player_id: int, listed: TankStatistic, known: StoredTank | None) -> None:
        """Compare one vehicle."""
        listed = replace(
            listed, mark_of_mastery=or_stored(listed.mark_of_mastery, known.mark_of_mastery if known else 0)
        )
        if known is None:
            self.new.append((player_id, listed))
            return
        before = (known.battles, known.wins, known.mark_of_mastery)
        now = (listed.battles, listed.wins, listed.mark_of_mastery)
        if now != before or known.is_withdrawn:
            self.changed.append((known.pk, player_id, listed))
        if has_fallen(before, now):
            self.reset.add((player_id, listed.tank_id))


def garage_changes(
    known: Mapping[tuple[int, int], StoredTank],
    listed: Mapping[int, Collection[TankStatistic] | None],
    states: Mapping[int, GarageState] | None = None,
) -> GarageChanges:
    """Compare stored vehicles, by (player, vehicle), with what the API lists, by player.

    What is not listed stays as it is, unless the player's state is known and the list explains the account's battles: then
    it is withdrawn. Battles that the account still counts are missing from such a list, and so it explains nothing.
    """
    changes = GarageChanges()
    for player_id, tanks in listed.items():
        for tank in tanks or ():
            changes.add(player_id, tank, known.get((player_id, tank.tank_id)))
    whole = {number for number, state in (states or {}).items() if _is_whole(listed.get(number), state)}
    named = {(player, tank.tank_id) for player in whole for tank in listed[player] or ()}
    changes.withdrawn = [
        row
        for key, row in known.items()
        if key[0] in whole and key not in named and row.battles and not row.is_withdrawn
    ]
    return changes


def _is_whole(listed: Collection[TankStatistic] | None, state: GarageState) -> bool:
    """Return whether a list is all that the account has; an account without a count of battles proves nothing."""
    return bool(listed and state.battles) and state.is_explained_by(
        sum(tank.battles for tank in listed or ())
    )


def or_stored(listed: T | None, stored: T) -> T:
    """Return the listed value, or the stored one where the API lists null."""
    return stored if listed is None else listed


def has_fallen(stored: Iterable[int | None], listed: Iterable[int | None]) -> bool:
    """Return whether a counter that only grows is smaller than it was."""
    return any(
        old is not None and new is not None and new < old for old, new in zip(stored, listed, strict=True)
    )
