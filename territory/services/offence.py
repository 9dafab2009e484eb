"""The offence behind a ban or an infraction, in words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offence:
    """An offence, with every known identifier of its player."""

    gamertag: str
    player_id: str
    xuid: str
    reason: str
    evidence: str
    base_name: str = ""
