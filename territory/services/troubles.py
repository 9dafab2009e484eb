"""What may be wrong when a base does not protect, or somebody is banned who should not be: from an explanation's facts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import ceil

from clans.models import User
from territory.models.base import MAX_RADIUS_M
from territory.rules.facts import PolicySource, Right
from territory.rules.verdict import Hold, Outcome, Rule
from territory.services.explaining import Explanation, HeldRight, SeenBase, Standing
from territory.services.naming import in_full

# How many bases beside the place are worth a word.
_NEAREST = 3


class Trouble(StrEnum):
    """What may be wrong, by the code that commands print."""

    # A base does not protect.
    NO_BASE_NEAR = "no_base_near"
    NO_BASE_AT_ALL = "no_base_at_all"
    RADIUS_TOO_SMALL = "radius_too_small"
    TOO_FAR_FOR_ANY_RADIUS = "too_far_for_any_radius"
    SWAPPED = "swapped"
    REMOVED = "removed"
    CHANGED = "changed"
    NOT_YET_REGISTERED = "not_yet_registered"
    NOT_YET_SO = "not_yet_so"
    OTHER_SERVER = "other_server"
    ITEM_IGNORED = "item_ignored"
    HAS_RIGHT = "has_right"
    IS_IMMUNE = "is_immune"
    OBSERVING = "observing"
    REVIEWING = "reviewing"
    SERVER_INACTIVE = "server_inactive"
    # Somebody is banned who should not be.
    ITEM_FORBIDDEN = "item_forbidden"
    ITEM_UNKNOWN = "item_unknown"
    NOT_LINKED = "not_linked"
    IDENTITY_OF_NOBODY = "identity_of_nobody"
    OTHER_PLAYER_ID = "other_player_id"
    OTHER_OWNER = "other_owner"
    NO_RIGHT = "no_right"
    NO_CLAN_ON_BASE = "no_clan_on_base"
    OTHER_CLAN = "other_clan"
    IN_NO_CLAN = "in_no_clan"
    OWNER_ENDED = "owner_ended"
    OWNER_BEGINS_LATER = "owner_begins_later"
    PERMISSION_ENDED = "permission_ended"
    PERMISSION_BEGINS_LATER = "permission_begins_later"
    CLAN_ENDED = "clan_ended"
    CLAN_BEGINS_LATER = "clan_begins_later"
    RIGHT_CAME_LATER = "right_came_later"
    BANNED_ALREADY = "banned_already"
    # The question itself.
    SEVERAL_BEARERS = "several_bearers"
    SEEN_WITH_OTHER_ID = "seen_with_other_id"


@dataclass(frozen=True, slots=True)
class Hint:
    """Something that may be wrong; the values are what its sentence names (lengths in metres, times aware)."""

    trouble: Trouble
    values: dict[str, object] = field(default_factory=dict)


def find_troubles(found: Explanation) -> list[Hint]:
    """Return what may be wrong, most telling first, each once."""
    hints: list[Hint] = []
    for ask in _QUESTIONS:
        hints.extend(hint for hint in ask(found) if hint not in hints)
    return hints


def _about_the_player(found: Explanation) -> Iterator[Hint]:
    named = found.named
    if named.is_assumed:
        ids = {one.player_id for one in named.bearers if one.bears_now and one.user}
        if len(ids) > 1:
            yield Hint(Trouble.SEVERAL_BEARERS, {"gamertag": found.question.gamertag, "count": len(ids)})
        for player_id, at in named.seen_as:
            yield Hint(Trouble.SEEN_WITH_OTHER_ID, {"player_id": player_id, "time": at})


def _about_the_item(found: Explanation) -> Iterator[Hint]:
    item = found.question.item
    if found.verdict.rule is Rule.ITEM_FORBIDDEN:
        yield Hint(Trouble.ITEM_FORBIDDEN, {"item": item})
    if found.verdict.rule is Rule.ITEM_IGNORED:
        yield Hint(Trouble.ITEM_IGNORED, {"item": item})
    if _is_invasion(found) and found.verdict.item.source is PolicySource.UNKNOWN:
        yield Hint(Trouble.ITEM_UNKNOWN, {"item": item})


def _about_the_place(found: Explanation) -> Iterator[Hint]:
    """Why no base holds the place."""
    if found.verdict.rule is not Rule.OUTSIDE:
        return
    for name in found.swapped:
        yield Hint(Trouble.SWAPPED, {"base": name})
    yield from _no_longer_or_not_yet(found)
    for name, server in found.elsewhere:
        yield Hint(Trouble.OTHER_SERVER, {"base": name, "server": server})
    beside = [base for base in found.bases if not base.holds_place and base.standing is Standing.IN_FORCE]
    yield from (_too_small(base) for base in beside[:_NEAREST])
    if not beside and found.nearest is not None:
        yield Hint(Trouble.NO_BASE_NEAR, {"base": found.nearest[0], "distance": found.nearest[1]})
    if found.nearest is None:
        yield Hint(Trouble.NO_BASE_AT_ALL)


def _no_longer_or_not_yet(found: Explanation) -> Iterator[Hint]:
    """Say of each base that held the place when that ended, or of one that will hold it when that first begins."""
    states: dict[int, list[SeenBase]] = {}
    for base in found.bases:
        if base.holds_place:
            states.setdefault(base.base_id, []).append(base)
    for held in states.values():
        yield _end_or_beginning(held)


def _end_or_beginning(held: list[SeenBase]) -> Hint:
    """Look past the changes of owner, clan or radius that left the place inside; none of the states is in force."""
    ended = [base for base in held if base.standing is Standing.ENDED]
    if ended:
        last = max(ended, key=lambda base: base.period.start)
        trouble = Trouble.REMOVED if last.is_removed else Trouble.CHANGED
        return Hint(trouble, {"base": last.name, "time": last.period.end})
    first = min(held, key=lambda base: base.period.start)
    trouble = Trouble.NOT_YET_REGISTERED if first.is_first else Trouble.NOT_YET_SO
    return Hint(trouble, {"base": first.name, "time": first.period.start})


def _too_small(base: SeenBase) -> Hint:
    needed = ceil(base.distance_m)
    values: dict[str, object] = {
        "base": base.name,
        "edge": base.edge_m,
        "radius": base.radius_m,
        "needed": needed,
    }
    return Hint(
        Trouble.RADIUS_TOO_SMALL if needed <= MAX_RADIUS_M else Trouble.TOO_FAR_FOR_ANY_RADIUS, values
    )


def _about_the_person(found: Explanation) -> Iterator[Hint]:
    """Why somebody is taken for a stranger."""
    named, gamertag = found.named, found.question.gamertag
    if not found.verdict.is_guilty or named.user is not None:
        return
    others = [one for one in named.bearers if one.user is not None and one.player_id != named.player_id]
    for one in others:
        values: dict[str, object] = {
            "gamertag": one.gamertag,
            "person": _person(one.user),
            "player_id": one.player_id,
            "seen": named.player_id,
        }
        yield Hint(Trouble.OTHER_PLAYER_ID, values)
    if not others:
        is_there = any(one.bears_now or one.player_id == named.player_id for one in named.bearers)
        trouble = Trouble.IDENTITY_OF_NOBODY if is_there else Trouble.NOT_LINKED
        yield Hint(trouble, {"gamertag": gamertag})


def _about_rights(found: Explanation) -> Iterator[Hint]:
    """Why a person has no right in the bases the place lies in, and then whose they are."""
    user = found.named.user
    if not _is_invasion(found) or user is None:
        return
    meant = {one.base_id for one in found.verdict.considered}
    bases = [base for base in found.bases if base.base_id in meant]
    yield from _out_of_time(bases, user)
    strange = [base for base in bases if base.standing is Standing.IN_FORCE and not _has_right(base, user)]
    for base in strange:
        yield from _no_right(found, base, user)
    for base in strange:
        values: dict[str, object] = {"base": base.name, "owner": in_full(base.owner), "person": in_full(user)}
        yield Hint(Trouble.OTHER_OWNER, values)


def _has_right(base: SeenBase, user: User) -> bool:
    """Tell whether somebody may build in a base; one within the margin acquits nobody of invading another."""
    return any(one.user_id == user.pk and one.standing is Standing.IN_FORCE for one in base.rights)


def _out_of_time(bases: list[SeenBase], user: User) -> list[Hint]:
    """Return the rights that had ended or were still to begin, each kind once: the last end and the first beginning."""
    late: dict[tuple[int, Trouble, str], tuple[SeenBase, datetime]] = {}
    for base in bases:
        for right in base.rights:
            if right.user_id != user.pk or right.standing is Standing.IN_FORCE:
                continue
            trouble, time = _lateness(right)
            key = base.base_id, trouble, base.clan if right.right is Right.CLAN else ""
            if key in late:
                pick = max if right.standing is Standing.ENDED else min
                time = pick(time, late[key][1])
            late[key] = base, time
    return [
        Hint(
            trouble,
            {"base": base.name, "person": in_full(user), "time": time} | ({"clan": clan} if clan else {}),
        )
        for (_number, trouble, clan), (base, time) in late.items()
    ]


def _lateness(right: HeldRight) -> tuple[Trouble, datetime]:
    if right.standing is Standing.ENDED and right.period.end is not None:
        return Trouble(f"{right.right.value}_ended"), right.period.end
    return Trouble(f"{right.right.value}_begins_later"), right.period.start


def _no_right(found: Explanation, base: SeenBase, user: User) -> Iterator[Hint]:
    """Say that nothing lets somebody in, for somebody whose stay in the base's clan is told already say no more."""
    if any(one.user_id == user.pk and one.right is Right.CLAN for one in base.rights):
        return
    clans = sorted({str(stay.clan) for stay in found.memberships if stay.user_id == user.pk})
    values: dict[str, object] = {"base": base.name, "person": in_full(user)}
    if base.clan_id is None:
        yield (
            Hint(Trouble.NO_CLAN_ON_BASE, values | {"clans": clans})
            if clans
            else Hint(Trouble.NO_RIGHT, values)
        )
    elif clans:
        yield Hint(Trouble.OTHER_CLAN, values | {"clan": base.clan, "clans": clans})
    else:
        yield Hint(Trouble.IN_NO_CLAN, values | {"clan": base.clan})


def _about_the_acquittal(found: Explanation) -> Iterator[Hint]:
    """Why nobody is banned though the place lies in a base."""
    verdict = found.verdict
    if verdict.charged is not None and verdict.outcome is Outcome.ALLOWED:
        base = next((one.name for one in found.bases if one.base_id == verdict.charged.base_id), "")
        trouble = Trouble.RIGHT_CAME_LATER if verdict.since else Trouble.HAS_RIGHT
        yield Hint(trouble, {"base": base, "person": _person(found.named.user)})
    if verdict.rule is Rule.IMMUNE:
        yield Hint(Trouble.IS_IMMUNE, {"person": _person(found.named.user)})


def _about_the_server(found: Explanation) -> Iterator[Hint]:
    if Hold.OBSERVING in found.verdict.holds:
        yield Hint(Trouble.OBSERVING)
    if Hold.REVIEWING in found.verdict.holds:
        yield Hint(Trouble.REVIEWING)
    if not found.question.server.is_active:
        yield Hint(Trouble.SERVER_INACTIVE)
    for ban in found.bans:
        yield Hint(Trouble.BANNED_ALREADY, {"number": ban.pk, "time": ban.created_at})


def _person(user: User | None) -> str:
    return in_full(user) if user is not None else ""


def _is_invasion(found: Explanation) -> bool:
    return found.verdict.outcome is Outcome.INVASION


_QUESTIONS: tuple[Callable[[Explanation], Iterator[Hint]], ...] = (
    _about_the_player,
    _about_the_item,
    _about_the_person,
    _about_rights,
    _about_the_place,
    _about_the_acquittal,
    _about_the_server,
)
