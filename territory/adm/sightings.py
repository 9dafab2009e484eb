"""The gamertags and player ids of a line: every line about a player has both."""

import re

from territory.adm.grammar import MAX_LINE_CHARS, line_time

_FULL_ID = r"([0-9A-F]{40}|[A-Za-z0-9_-]{43}=)"
# No gamertag is long enough to hold a whole player id, so the first whole id of a line is the first player's own,
# and the gamertag is everything between the opening quote and that id: a name that imitates a line stays one odd name.
_FIRST = re.compile(rf'Player "(.*?)"(?: is connected)? ?(?:\(DEAD\) ?)?\(id={_FULL_ID}[ ,)]')
_SECOND = re.compile(rf'[^"]* by Player "(.*?)" ?(?:\(DEAD\) ?)?\(id={_FULL_ID}[ ,)]')
_BODY_AT = len("HH:MM:SS | ")
_LONGEST_NAME = 64


def sighted_players(line: str) -> list[tuple[str, str]]:
    """Return the players of a line as (gamertag, whole player id): the actor, then the one who hit or killed. Never raises.

    A line that a crash cut short may run into the next one, and a player without a whole id may stand before one who has
    it; a text that holds the beginning of a line or of an id is no gamertag.
    """
    if len(line) > MAX_LINE_CHARS or line_time(line) is None:
        return []
    first = _FIRST.match(line, _BODY_AT)
    if first is None:
        return []
    second = _SECOND.match(line, first.end())
    return [(m[1], m[2]) for m in (first, second) if m is not None and _is_name(m[1])]


def _is_name(text: str) -> bool:
    return len(text) <= _LONGEST_NAME and ' | Player "' not in text and "(id=" not in text
