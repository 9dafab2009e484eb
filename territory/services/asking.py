"""May somebody build at a place? The hearing's answer for a person, which says nothing of other people's bases."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from clans.models import User
from territory.models import GameServer
from territory.rules.facts import Act
from territory.services.hearing import Case, Finding, hear
from territory.services.identities import Match, SeenPlayer


def ask(
    server: GameServer, person: User, *, x: float, z: float, item: str, is_part: bool = False, at: datetime
) -> Finding:
    """Return what judging would say if this person, known to the server, placed an item there at that moment."""

    def as_person(seen: Iterable[SeenPlayer], *, platform: str) -> Mapping[tuple[str, str], Match]:  # noqa: ARG001
        return {(one.player_id, one.gamertag): Match(person.pk) for one in seen}

    case = Case("", "", item, Act(x, z, at), is_part)
    [finding] = hear(server, [case], now=at, match=as_person)
    return finding
