"""Parse one line of the admin log.

Names are written into the log unescaped, so a gamertag may imitate any part of a line. Every line about one player
holds that player's own `(id=` after the name; whatever a name imitates therefore stands before the last `(id=`. So
only the last one is believed, it must close the quoted name that opens the line, and the verb must follow its `)`.
"""

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

MAX_LINE_CHARS = 4096


class EventKind(StrEnum):
    """The kind of a logged event. Only `PLACEMENT_KINDS` are judged."""

    PLACED = "placed"
    BUILT = "built"
    DISMANTLED = "dismantled"
    FOLDED = "folded"
    PACKED = "packed"
    REPAIRED = "repaired"
    DESTROYED = "destroyed"
    MOUNTED = "mounted"
    UNMOUNTED = "unmounted"
    DUG_IN = "dug_in"
    DUG_OUT = "dug_out"
    FLAG_RAISED = "flag_raised"
    FLAG_LOWERED = "flag_lowered"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    POSITION = "position"


PLACEMENT_KINDS = frozenset({EventKind.PLACED, EventKind.BUILT})


@dataclass(frozen=True, slots=True)
class Header:
    """A boot's first line: the only date in the log, in the host's local time."""

    started_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Event:
    """An act of a player.

    `gamertag` and `player_id` stand as logged (an id may be empty, `Unknown` or `ERROR`: see `is_full_id`); x is metres
    east, z metres north, altitude metres up, all None where the line has no position and finite otherwise, though not
    always on the map. `display` is a name in the server's language; `item` a class of the game (or, for `DISMANTLED`,
    the part's name in the server's language).
    """

    kind: EventKind
    time: dt.time
    gamertag: str | None
    player_id: str | None
    x: float | None
    z: float | None
    altitude: float | None
    display: str | None
    item: str | None


@dataclass(frozen=True, slots=True)
class _Player:
    gamertag: str
    player_id: str
    position: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class _Verb:
    """The opening of a sentence, the joint between its item and its structure, and the end of the part we need."""

    opening: str
    kind: EventKind
    joint: str = ""
    closing: str = ""


HEADER_OPENS = "AdminLog "

_NUMBER = r"(-?[0-9]{1,39}(?:\.[0-9]{1,12})?)"
_FULL_ID = re.compile(r"[0-9A-F]{40}|[A-Za-z0-9_-]{43}=")
_HEADER = re.compile(
    r"AdminLog started on ([0-9]{4})-([0-9]{2})-([0-9]{2}) at ([0-9]{2}):([0-9]{2}):([0-9]{2})\s*"
)
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]) \| ")
_WHOLE_ID = re.compile(r"\(id=(?:[A-F0-9]{40}|[A-Za-z0-9_-]{43}=)[ ,)]")
_IDENTITY = re.compile(rf'\(id=([^\s,)"]{{0,64}})(?:,? pos=<{_NUMBER}, {_NUMBER}, {_NUMBER}>)?\)')
_CLASS = re.compile(r'[^<>"\s]{1,128}')
# How the engine writes an object: `Fence<fd90f9a0>`, `Fence<0x0000024C1BE2A040> Fence:20305` or `Fence:20305`.
_TYPE, _NETWORK_ID = r"[^\s<>:]{1,128}", r":-?[0-9]{1,20}"
_OBJECT = re.compile(rf"({_TYPE})(?:<(?:0[xX])?[0-9A-Fa-f]{{1,16}}>(?: {_TYPE}{_NETWORK_ID})?|{_NETWORK_ID})")
_ACTOR = re.compile(rf" ?Player {_OBJECT.pattern} ")

_BODY_AT = len("HH:MM:SS | ")
_NAME_OPENS = 'Player "'
_PLACED = " placed "
# In logs before 2025 the id stands behind the words and never with a position.
_OLD_CONNECTED = '" is connected'
# Some mods open a line with the bare name and follow it with this; a game's item is never called so.
_MOD_NAME_CLOSES = " [steam64: "

# A host's broken clock may say 1970; beyond these years date arithmetic runs into datetime's own ends.
_YEARS = range(1970, 3000)

_STATES = {
    "": EventKind.POSITION,
    " is connecting": EventKind.CONNECTING,
    " is connected": EventKind.CONNECTED,
    " has been disconnected": EventKind.DISCONNECTED,
}
_VERBS = (
    _Verb("Built ", EventKind.BUILT, joint=" on ", closing=" with "),
    _Verb(" Built ", EventKind.BUILT, joint=" on ", closing=" with "),
    _Verb(" built ", EventKind.BUILT, joint=" on ", closing=" with "),
    _Verb("Dismantled ", EventKind.DISMANTLED, joint=" from ", closing=" with "),
    _Verb(" Dismantled ", EventKind.DISMANTLED, joint=" from ", closing=" with "),
    _Verb(" folded ", EventKind.FOLDED),
    _Verb(" packed ", EventKind.PACKED, closing=" with "),
    _Verb(" re-packed ", EventKind.PACKED, closing=" with "),
    _Verb(" repaired ", EventKind.REPAIRED, closing=" with "),
    _Verb(" destroyed ", EventKind.DESTROYED, closing=" with "),
    _Verb(" has raised ", EventKind.FLAG_RAISED, joint=" on ", closing=" at <"),
    _Verb(" has lowered ", EventKind.FLAG_LOWERED, joint=" on ", closing=" at <"),
)
# The script names the actor a second time before these, as the engine writes an object.
_ACTORS_VERBS = (
    _Verb("Mounted ", EventKind.MOUNTED, joint=" on "),
    _Verb("Unmounted ", EventKind.UNMOUNTED, joint=" from "),
    _Verb("Dug in ", EventKind.DUG_IN, joint=" on ", closing=" at position "),
    _Verb("Dug out ", EventKind.DUG_OUT, joint=" on ", closing=" at position "),
)
_NOTHING = (None, None)


def is_full_id(text: str) -> bool:
    """Tell whether a text is a player id: 40 upper-case hexadecimal digits, or 43 characters of base64url and `=`."""
    return _FULL_ID.fullmatch(text) is not None


def parse_line(line: str) -> Header | Event | None:
    """Parse one line without its line end; None for a line that is neither a header nor an event. Never raises."""
    if len(line) > MAX_LINE_CHARS:
        return None
    if line.startswith(HEADER_OPENS):
        return _header(line)
    if not line.startswith(_NAME_OPENS, _BODY_AT):
        return None
    time = line_time(line)
    return None if time is None else _event(time, line)


def split_item(text: str) -> tuple[str, str | None]:
    """Split an item of the log, `Display<Class>`, into display and class; the class is None if there is none."""
    display, bracket, rest = text.rpartition("<")
    if bracket and rest.endswith(">") and _CLASS.fullmatch(rest[:-1]):
        return display, rest[:-1]
    return text, None


def line_time(line: str) -> dt.time | None:
    """Return the time at the start of any line; None if there is none."""
    match = _TIME.match(line)
    if match is None:
        return None
    hour, minute, second = match.groups()
    return dt.time(int(hour), int(minute), int(second))


def _header(line: str) -> Header | None:
    match = _HEADER.fullmatch(line)
    if match is None:
        return None
    year, month, day, hour, minute, second = map(int, match.groups())
    if year not in _YEARS:
        return None
    try:
        return Header(dt.datetime(year, month, day, hour, minute, second))  # noqa: DTZ001 - the log has no zone
    except ValueError:
        return None


def _event(time: dt.time, line: str) -> Event | None:
    identity_at = line.rfind("(id=")
    identity = _IDENTITY.match(line, identity_at) if identity_at > 0 else None
    if identity is None:
        return None
    before = line[_BODY_AT + len(_NAME_OPENS) : identity_at].removesuffix(" ")
    tail = line[identity.end() :]
    if before.endswith(_OLD_CONNECTED) and identity[2] is None and not tail.strip():
        gamertag = before.removesuffix(_OLD_CONNECTED)
        return _event_of(time, _player(gamertag, identity), (EventKind.CONNECTED, *_NOTHING))
    before = before.removesuffix(" (DEAD)")
    if not before.endswith('"') or _MOD_NAME_CLOSES in tail:
        return None
    player = _player(before[:-1], identity)
    act = _tail(tail, has_position=player.position is not None)
    # No gamertag is long enough to hold a player's whole id: two lines ran together, and whose time is this?
    if act is None or (act[0] in PLACEMENT_KINDS and _WHOLE_ID.search(before)):
        return None
    return _event_of(time, player, act)


def _player(gamertag: str, identity: re.Match[str]) -> _Player:
    player_id, x, z, altitude = identity.groups()
    # The log writes east, north, height; the lines that use the engine's order do so only in their tails.
    return _Player(gamertag, player_id, None if x is None else (float(x), float(z), float(altitude)))


def _event_of(time: dt.time, player: _Player, act: tuple[EventKind, str | None, str | None]) -> Event:
    kind, display, item = act
    x, z, altitude = player.position or (None, None, None)
    return Event(kind, time, player.gamertag, player.player_id, x, z, altitude, display, item)


def _tail(tail: str, *, has_position: bool) -> tuple[EventKind, str | None, str | None] | None:
    """Parse the text after the player's `)` into kind, display and item; None if it is no event."""
    state = _STATES.get(tail.rstrip())
    if state is not None:
        return (state, *_NOTHING) if has_position or state is not EventKind.POSITION else None
    act = _placed(tail) if tail.startswith(_PLACED) else _acted(tail) or _spoken(tail, _VERBS)
    # A placement without a position can be neither judged nor shown.
    return None if act is not None and act[0] in PLACEMENT_KINDS and not has_position else act


def _placed(tail: str) -> tuple[EventKind, str | None, str | None] | None:
    text = tail.removeprefix(_PLACED).rstrip()
    # Without an object the line was cut short, and no rule about items could be applied to it.
    return (EventKind.PLACED, *split_item(text)) if text else None


def _acted(tail: str) -> tuple[EventKind, str | None, str | None] | None:
    actor = _ACTOR.match(tail)
    act = _spoken(tail[actor.end() :], _ACTORS_VERBS) if actor else None
    return act and (act[0], _type(act[1]), _type(act[2]))


def _type(text: str | None) -> str | None:
    """Return an object's class without its handle and number; another text unchanged."""
    match = _OBJECT.fullmatch(text or "")
    return match[1] if match else text


def _spoken(tail: str, verbs: tuple[_Verb, ...]) -> tuple[EventKind, str | None, str | None] | None:
    for verb in verbs:
        if tail.startswith(verb.opening):
            display, item = _objects(tail.removeprefix(verb.opening), verb)
            return (verb.kind, display, item) if display or item else None
    return None


def _objects(text: str, verb: _Verb) -> tuple[str | None, str | None]:
    if verb.closing and verb.closing in text:
        text = text.rpartition(verb.closing)[0]
    if not verb.joint:
        return text.strip() or None, None
    item, _, display = text.partition(verb.joint)
    return display.strip() or None, item.strip() or None
