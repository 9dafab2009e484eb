"""Edit BattlEye's ban list by the commands of its RCON: the server holds the list, and writes its bans.txt itself."""

import contextlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from territory.checklist import CheckLine, CheckSubject
from territory.hosts import banlist
from territory.hosts.capabilities import Capabilities, Identifier, check_content
from territory.reach import HostAddress, HostAwayError, HostError
from territory.reach.battleye import NoAnswerError, RconAddress, RconSession, RefusedError, rcon_session

# An answer has 255 parts at most, and no part is known to be shorter than this; the list's own limit is written nowhere.
MAX_BYTES = 255 * 512
# Nobody documents how long a reason may be. This fits into what BattlEye shows to whom it puts out.
MAX_REASON = 100
_MAX_NAME = 32
_TRIES = 3
_GUID = re.compile(r"[0-9a-f]{32}")
_BAN = re.compile(
    rb"\s*(\d+)\s+([0-9A-Fa-f]{32}|[0-9A-Fa-f.:]{3,45})\s+(perm|-|-?\d+)(?:\s+(.*?))?\s*", re.IGNORECASE
)
_PLAYER = re.compile(rb"\s*(\d+)\s+\S+:\d+\s+-?\d+\s+(?:([0-9A-Fa-f]{32})\((OK|\?)\)|-)\s+(.*?)\s*")
_COUNT = re.compile(rb"\((\d+) players? in total\)")
_LOBBY = " (Lobby)"
UNTIL_IT_ENDS = b"// until it ends: "


@dataclass(frozen=True, slots=True)
class _Ban:
    """A row of the server's list. `who` is a GUID or an address; `minutes` are what is left, "perm" for ever."""

    index: int
    who: bytes
    minutes: bytes
    reason: bytes

    @property
    def is_for_ever(self) -> bool:
        """True for a permanent ban: "perm" in the list, as a rule, and -1 in bans.txt, 0 in commands."""
        return self.minutes.lower() in {b"perm", b"-1", b"0"}

    @property
    def line(self) -> bytes:
        """The row as a line of a ban list. One that ends by itself is a comment: it does not do in the place of ours."""
        if self.is_for_ever:
            return b"%s  // %s" % (self.who, self.reason) if self.reason else self.who
        return UNTIL_IT_ENDS + b"%s %s" % (self.who, self.reason)

    @property
    def command(self) -> bytes:
        """What puts the ban back; nothing for one that is over."""
        minutes = b"0" if self.minutes.lower() in {b"perm", b"-1"} else self.minutes
        is_over = not minutes.isdigit() or self.minutes == b"0"  # as 0 it would be a permanent one
        return b"" if is_over else b"addBan %s %s %s" % (self.who, minutes, self.reason)


@dataclass(frozen=True, slots=True)
class OnlinePlayer:
    """A player on the server; `guid` is blank until BattlEye has verified it."""

    name: str
    guid: str


class BattleyeBanList:
    """BattlEye's list of a PC server. The lines are GUIDs, made by `ban_line`; the reason is behind `//`.

    Bans are permanent there; those that end are taken off like all others.
    """

    capabilities = Capabilities(
        # BattlEye asks its list when somebody connects; how soon it puts out who plays already is written nowhere.
        within=timedelta(minutes=10),
        max_bytes=MAX_BYTES,
        identifiers=frozenset({Identifier.BATTLEYE_GUID}),
    )

    checks = (CheckSubject.REACH, CheckSubject.SIGN_IN, CheckSubject.LIST_READ, CheckSubject.LIST_SIZE)

    def __init__(self, address: HostAddress) -> None:
        self._address = address

    def read(self) -> bytes:
        with rcon_session(self._address) as rcon:
            return _content(_bans(rcon))

    def edit(self, edit: Callable[[bytes], bytes]) -> None:
        """Change the list by a pure edit and read it back; `edit` runs again if something else stands there then."""
        with rcon_session(self._address) as rcon:
            for _ in range(_TRIES):
                bans = _bans(rcon)
                before = _content(bans)
                edited = edit(before)
                if edited == before:
                    # Without a change too: the worker that made it may have died before the list was saved.
                    rcon.ask(b"writeBans")
                    return
                if len(edited) > max(MAX_BYTES, len(before)):
                    raise HostError(f"The ban list would have {len(edited)} bytes of {MAX_BYTES}")
                _carry_out(rcon, bans, edited)
        raise HostAwayError("BattlEye's list is not as it was changed")

    def players(self) -> list[OnlinePlayer]:
        """Return who is on the server."""
        with rcon_session(self._address) as rcon:
            return _players(rcon.ask(b"players"))

    def check(self) -> Iterator[CheckLine]:
        """Test the sign-in and read the list. Nothing is written: RCON knows no change without effect."""
        reached = CheckLine(CheckSubject.REACH, values={"host": str(RconAddress.parse(self._address.text))})
        with contextlib.ExitStack() as stack:
            try:
                rcon = stack.enter_context(rcon_session(self._address))
            except RefusedError:
                yield reached
                raise
            yield reached
            yield CheckLine(CheckSubject.SIGN_IN)
            content = _content(_bans(rcon))
        yield from check_content(content, self.capabilities)


def ban_line(guid: str, *, gamertag: str, reason: str, moment: datetime) -> str:
    """Return the line of a ban as the server gives it back: plain letters, since nobody documents its encoding.

    Raises BadIdentifierError for anything but a GUID.
    """
    if not _GUID.fullmatch(guid):
        raise banlist.BadIdentifierError(f"Not a GUID of BattlEye: {guid!r}")
    name, words = _plain(gamertag, _MAX_NAME), _plain(reason, MAX_REASON)
    room = MAX_REASON - len(name) - len(f" -  - {moment:%Y-%m-%d %H:%M}")
    return banlist.ban_line(guid, gamertag=name, reason=words[:room].rstrip(), moment=moment)


def _plain(text: str, most: int) -> str:
    """Return a text in printable ASCII, without `//`, which begins a comment in bans.txt."""
    letters = "".join(one if " " <= one <= "~" else " " for one in _without_accents(text))
    return " ".join(re.sub("//+", "/", letters).split())[:most]


def _without_accents(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))


def _bans(rcon: RconSession) -> list[_Ban]:
    """Return the server's list, read anew. Raises HostAwayError for an answer that is none: it is no empty list."""
    rows = rcon.ask(b"bans").splitlines()
    if not any(row.strip().lower() == b"guid bans:" for row in rows):
        raise HostAwayError("the answer is no ban list")
    found = (_BAN.fullmatch(row) for row in rows)
    return [
        _Ban(int(one[1]), one[2].lower(), one[3], (one[4] or b"").replace(b"\0", b"")) for one in found if one
    ]


def _content(bans: Sequence[_Ban]) -> bytes:
    return b"".join(one.line + b"\n" for one in bans)


def _carry_out(rcon: RconSession, bans: Sequence[_Ban], edited: bytes) -> None:
    """Send the difference between the list and the edited one, each command once. A lost answer shows when the list is read."""
    before, after = Counter(one.line for one in bans), Counter(edited.splitlines())
    added = [_command(line) for line in (after - before).elements()]
    if removed := list((before - after).elements()):
        bans = _bans(rcon)  # the edit took its time
    for line in removed:
        bans = _remove(rcon, bans, line)
    for command in added:
        _order(rcon, command)


def _command(line: bytes) -> bytes:
    """Return the command that adds a line of ours."""
    guid, _mark, reason = line.partition(b"//")
    if not _GUID.fullmatch(guid.strip().decode("latin-1")) or not reason.strip():
        raise HostError("This is not a line of BattlEye's list", permanent=True)
    return b"addBan %s 0 %s" % (guid.strip(), reason.strip())


def _order(rcon: RconSession, command: bytes) -> None:
    with contextlib.suppress(NoAnswerError):
        rcon.order(command)


def _remove(rcon: RconSession, before: Sequence[_Ban], line: bytes) -> Sequence[_Ban]:
    """Remove the last row with this line by its index, put back another one that went in its place; return the list read again."""
    ours = next((one for one in reversed(before) if one.line == line), None)
    if ours is None:
        return before
    _order(rcon, b"removeBan %d" % ours.index)
    after = _bans(rcon)
    gone = _removed(before, after, ours)
    if gone is None or gone is ours or not gone.command:
        return after
    _order(rcon, gone.command)
    return _bans(rcon)


def _removed(before: Sequence[_Ban], after: Sequence[_Ban], ours: _Ban) -> _Ban | None:
    """Return the row that the command took away: ours, unless somebody moved the rows between reading and removing.

    Where ours and the next one are gone, somebody removed one of the two; none is put back, as that may ban somebody again.
    """
    place = before.index(ours)
    order = {(one.who, one.reason): number for number, one in enumerate(before)}
    left = [(one.who, one.reason) for one in after]
    gone = [one for one in before if (one.who, one.reason) not in left]
    for one in sorted(gone, key=lambda row: row is not ours):
        rows = [*left[:place], (one.who, one.reason), *left[place:]]
        numbers = [order[row] for row in rows if row in order]
        if numbers == sorted(numbers):
            return one
    return None


def _players(answer: bytes) -> list[OnlinePlayer]:
    """Return the players of an answer. Raises HostAwayError if they are not as many as it says: a name may hold a line."""
    rows = answer.splitlines()
    players = [_player(one) for row in rows if (one := _PLAYER.fullmatch(row))]
    counts = [int(one[1]) for row in rows if (one := _COUNT.fullmatch(row.strip()))]
    if counts and counts != [len(players)]:
        raise HostAwayError("the list of players does not add up")
    return players


def _player(row: re.Match[bytes]) -> OnlinePlayer:
    """Return a player. Who waits in the lobby bears the name already, and is not certain yet."""
    name, is_verified = row[4].decode(errors="replace"), row[3] == b"OK"
    if name.endswith(_LOBBY):
        return OnlinePlayer(name.removesuffix(_LOBBY), "")
    return OnlinePlayer(name, row[2].decode().lower() if is_verified else "")
