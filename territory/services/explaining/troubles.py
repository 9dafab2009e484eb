"""Hints from the circumstances of a case: why a base does not protect, or why somebody is banned by mistake."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import groupby
from math import ceil

from django.utils.translation import gettext_lazy as _

from territory.models.base import MAX_RADIUS_M
from territory.rules.facts import PolicySource, Right
from territory.rules.names import fold
from territory.rules.verdict import Outcome, Rule
from territory.services.explaining.circumstances import Circumstances, SeenBase

# Hints name this many bases beside the place.
_NEAREST = 3


class HintKind(Enum):
    """A possible mistake, as a sentence for people; its name in small letters is the code for programs."""

    # The player.
    SEVERAL_BEARERS = _(
        "The gamertag “%(gamertag)s” is also used under the player ids %(player_ids)s, for which the verdict may differ. "
        "Choose one with --player-id."
    )
    NOT_LINKED = _(
        "The gamertag “%(gamertag)s” is linked to nobody. Its player is a stranger everywhere until a person is linked: "
        "check its spelling."
    )
    OTHER_PLAYER_ID = _(
        "“%(gamertag)s” is linked to %(person)s under the player id %(player_id)s, but the player here is “%(seen)s”: "
        "another account, or somebody who took the name. Staff settle it among the identity conflicts."
    )
    NAME_NOT_PROVEN = _(
        "The player may be %(person)s, who is linked to this gamertag or to one that differs only by a suffix, but the name "
        "alone does not prove it. Staff settle it among the identity conflicts."
    )
    # The item.
    ITEM_FORBIDDEN = _(
        "“%(item)s” is forbidden to everybody everywhere, owners too. An item rule of the server can allow it."
    )
    ITEM_UNKNOWN = _(
        "No item rule names “%(item)s”, so it is protected. If it may be placed anywhere, give it an item rule."
    )
    # Rights.
    NO_RIGHT = _(
        "“%(base)s” belongs to %(owner)s. %(person)s, to whom the player is linked, had no permission on it and was not in "
        "its clan (%(clan)s): its owner can give a permission or set its clan. If both are one person, correct the link or "
        "the owner."
    )
    RIGHT_ENDED = _(
        "%(person)s had a right in “%(base)s” (%(right)s) only until %(time)s: its owner can give a permission, or its clan "
        "take the person in again."
    )
    RIGHT_BEGINS_LATER = _("%(person)s has a right in “%(base)s” (%(right)s) only since %(time)s.")
    # The place.
    SWAPPED = _(
        "With X and Z swapped the place would lie inside “%(base)s”: perhaps the coordinates, or the base's, are "
        "the wrong way round. X is east, Z is north."
    )
    REMOVED = _("“%(base)s” was there, but was removed on %(time)s.")
    CHANGED = _("“%(base)s” was there, but was moved or made smaller on %(time)s.")
    NOT_YET_REGISTERED = _(
        "“%(base)s” reaches the place only since %(time)s: what was placed before does not count."
    )
    OTHER_SERVER = _("“%(base)s” holds this place, but on another server: “%(server)s”.")
    RADIUS_TOO_SMALL = _(
        "“%(base)s” ends %(edge)s m before the place: its radius is %(radius)s m, and %(needed)s m would reach it. "
        "Check its centre and radius."
    )
    NO_BASE_NEAR = _(
        "No base in force is near enough to reach the place with any radius. The nearest, “%(base)s”, begins %(distance)s m "
        "away: check the coordinates, its centre and the server."
    )
    NO_BASE_AT_ALL = _("No base was in force on this server at that time.")
    # The server.
    SERVER_INACTIVE = _("This server is switched off: neither its logs nor its sender's events are read.")
    BANNED_ALREADY = _(
        "The ban #%(number)s of %(time)s is in force. A right that comes now does not lift it: staff lift it in the admin, under "
        "Bans, with “Lift the ban”."
    )


@dataclass(frozen=True, slots=True)
class Hint:
    """A possible mistake: its code for programs, and a sentence for people."""

    code: str
    words: str


_Hints = Iterator[tuple[HintKind, dict[str, object]]]


def find_troubles(seen: Circumstances) -> tuple[Hint, ...]:
    """Return the hints for a case, in the active language."""
    return tuple(
        Hint(trouble.name.lower(), seen.say(trouble.value, **values))
        for ask in _QUESTIONS
        for trouble, values in ask(seen)
    )


def _about_the_player(seen: Circumstances) -> _Hints:
    gamertag, match = seen.case.gamertag, seen.finding.match
    if seen.other_ids:
        yield HintKind.SEVERAL_BEARERS, {"gamertag": gamertag, "player_ids": list(seen.other_ids)}
    if not seen.finding.verdict.is_guilty or match.user_id is not None:
        return
    others = {
        one.user_id: one
        for one in seen.bearers
        if one.user_id
        and one.player_id not in (None, seen.case.player_id)
        and fold(one.gamertag) == fold(gamertag)
    }
    for user_id, one in others.items():
        values = {"gamertag": one.gamertag, "person": seen.person(user_id), "player_id": one.player_id}
        yield HintKind.OTHER_PLAYER_ID, {**values, "seen": seen.case.player_id}
    unproven = [user_id for user_id in match.doubtful_ids if user_id not in others]
    for user_id in unproven:
        yield HintKind.NAME_NOT_PROVEN, {"person": seen.person(user_id)}
    if not others and not unproven:
        yield HintKind.NOT_LINKED, {"gamertag": gamertag}


def _about_the_item(seen: Circumstances) -> _Hints:
    verdict, item = seen.finding.verdict, seen.case.item
    if verdict.outcome is Outcome.FORBIDDEN:
        yield HintKind.ITEM_FORBIDDEN, {"item": item}
    if verdict.outcome is Outcome.INVASION and verdict.item.source is PolicySource.UNKNOWN:
        yield HintKind.ITEM_UNKNOWN, {"item": item}


def _about_rights(seen: Circumstances) -> _Hints:
    """Yield why a person has no right in the bases around the place. A right within the margin does not acquit."""
    user_id = seen.finding.match.user_id
    if seen.finding.verdict.outcome is not Outcome.INVASION or user_id is None:
        return
    for considered in seen.finding.verdict.considered:
        states = [base for base in seen.bases if base.state.base_id == considered.base_id]
        if considered.right is not None or not states:
            continue
        values: dict[str, object] = {"base": states[0].name, "person": seen.person(user_id)}
        mine = [right for base in states for right in base.rights if right.user_id == user_id]
        if not mine:
            state = states[0].state
            clan, owner = seen.clan(state.clan_id), seen.person(state.owner_id)
            yield HintKind.NO_RIGHT, {**values, "owner": owner, "clan": clan}
        for right in Right:
            late = [one.period for one in mine if one.right is right]
            ends = [one.end for one in late if one.end and seen.standing(one) == "ended"]
            starts = [one.start for one in late if seen.standing(one) == "not_yet"]
            if ends:
                yield HintKind.RIGHT_ENDED, {**values, "right": right, "time": max(ends)}
            if starts:
                yield HintKind.RIGHT_BEGINS_LATER, {**values, "right": right, "time": min(starts)}


def _about_the_place(seen: Circumstances) -> _Hints:
    """Yield why no base covers the place."""
    if seen.finding.verdict.rule is not Rule.OUTSIDE:
        return
    for base in seen.swapped:
        yield HintKind.SWAPPED, {"base": base.name}
    held = sorted((one for one in seen.bases if one.holds_place), key=lambda one: one.state.base_id)
    for _base_id, states in groupby(held, key=lambda one: one.state.base_id):
        yield _end_or_beginning(seen, list(states))
    for base in seen.elsewhere:
        yield HintKind.OTHER_SERVER, {"base": base.name, "server": str(base.server)}
    beside = [one for one in seen.bases if not one.holds_place]
    small = [one for one in beside[:_NEAREST] if ceil(one.distance_m) <= MAX_RADIUS_M]
    for one in small:
        values = {"base": one.name, "edge": one.edge_m, "radius": one.state.radius_m}
        yield HintKind.RADIUS_TOO_SMALL, {**values, "needed": ceil(one.distance_m)}
    if beside and not small:
        yield HintKind.NO_BASE_NEAR, {"base": beside[0].name, "distance": beside[0].edge_m}
    if not beside:
        yield HintKind.NO_BASE_AT_ALL, {}


def _end_or_beginning(seen: Circumstances, states: list[SeenBase]) -> tuple[HintKind, dict[str, object]]:
    """Return the hint for a base that covered the place before the act, or covers it only since; no state is in force."""
    ended = [one for one in states if seen.standing(one.state.period) == "ended"]
    if ended:
        last = max(ended, key=lambda one: one.state.period.start)
        trouble = HintKind.REMOVED if last.is_removed else HintKind.CHANGED
        return trouble, {"base": last.name, "time": last.state.period.end}
    first = min(one.state.period.start for one in states)
    return HintKind.NOT_YET_REGISTERED, {"base": states[0].name, "time": first}


def _about_the_server(seen: Circumstances) -> _Hints:
    if not seen.server.is_active:
        yield HintKind.SERVER_INACTIVE, {}
    for ban in seen.bans:
        yield HintKind.BANNED_ALREADY, {"number": ban.pk, "time": ban.created_at}


_QUESTIONS: tuple[Callable[[Circumstances], _Hints], ...] = (
    _about_the_player,
    _about_the_item,
    _about_rights,
    _about_the_place,
    _about_the_server,
)
