"""What a kind of ban list promises, declared by its adapter; pages speak from it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


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
