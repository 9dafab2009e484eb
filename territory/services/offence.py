"""What somebody did, in the words that are kept."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offence:
    """What somebody is banned for, with every identifier known."""

    gamertag: str
    player_id: str
    xuid: str
    reason: str
    evidence: str
    base_name: str = ""
