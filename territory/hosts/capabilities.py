"""What a kind of ban list promises, declared by its adapter; pages speak from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from territory.checklist import CheckLevel, CheckLine, CheckSubject

_NEARLY = 0.8


class Identifier(StrEnum):
    """What a list may name a player by."""

    PLAYER_ID = "player_id"
    GAMERTAG = "gamertag"
    BATTLEYE_GUID = "battleye_guid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """A ban on the list keeps its player out `within` this time at the latest, or from the next restart on."""

    within: timedelta
    needs_restart: bool = False
    max_bytes: int
    identifiers: frozenset[Identifier]
    can_be_read_back: bool = True


def check_content(content: bytes, capabilities: Capabilities) -> Iterator[CheckLine]:
    """Yield the lines about a list that was read: how many lines it has, and its size against the limit."""
    lines = sum(bool(line.strip()) for line in content.splitlines())
    yield CheckLine(CheckSubject.LIST_READ, values={"lines": lines})
    share = len(content) / capabilities.max_bytes
    level = CheckLevel.FAIL if share >= 1 else CheckLevel.WARN if share > _NEARLY else CheckLevel.OK
    yield CheckLine(CheckSubject.LIST_SIZE, level, {"bytes": len(content), "most": capabilities.max_bytes})
