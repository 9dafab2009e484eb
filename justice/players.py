"""Players of the game whom staff may look for: whoever a log has named."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Q

from territory.adm.grammar import is_full_id
from territory.models import Placement, PlayerIdentity
from territory.selectors import oldest_searched

MOST = 20
_LEAST_OF_AN_ID = 6


@dataclass(frozen=True, slots=True)
class Seen:
    """A player by player id, with the newest gamertag known, the person if one is linked, and the last placement."""

    player_id: str
    gamertag: str
    xuid: str = ""
    person: str = ""
    last_at: datetime | None = None


def find_players(text: str) -> list[Seen]:
    """Return players whose gamertag holds a text, or whose player id begins with it. Two queries.

    Players who never linked an account are looked for among the newest placements.
    """
    fits = Q(gamertag__icontains=text)
    if len(text) >= _LEAST_OF_AN_ID:
        fits |= Q(player_id__startswith=text)
    known = PlayerIdentity.objects.filter(
        fits | Q(gamertags__gamertag__icontains=text), player_id__isnull=False
    )
    identities = known.select_related("user").distinct().order_by("gamertag", "pk")[:MOST]
    placed = Placement.objects.filter(fits, pk__gt=oldest_searched()).exclude(player_id="").order_by()
    rows = placed.values("player_id").annotate(name=Max("gamertag"), last_at=Max("occurred_at"))
    newest = rows.order_by("-last_at").values_list("player_id", "name", "last_at")[:MOST]
    last = {pid: (name, at) for pid, name, at in newest}
    players = {one.player_id: _of_identity(one, last.get(one.player_id or "")) for one in identities}
    players |= {
        pid: Seen(pid, name, last_at=at)
        for pid, (name, at) in last.items()
        if pid not in players and is_full_id(pid)
    }
    return list(players.values())[:MOST]


def _of_identity(one: PlayerIdentity, last: tuple[str, datetime] | None = None) -> Seen:
    at = last[1] if last else None
    return Seen(one.player_id or "", one.gamertag, one.xuid or "", str(one.user or ""), at)


def seen_player(player_id: str) -> Seen | None:
    """Return the player of a whole player id, without the last placement; None if nobody has seen it. Two queries."""
    if not is_full_id(player_id):
        return None
    identity = PlayerIdentity.objects.select_related("user").filter(player_id=player_id).first()
    if identity is not None:
        return _of_identity(identity)
    newest = Placement.objects.filter(player_id=player_id, pk__gt=oldest_searched()).order_by("-pk").first()
    return Seen(player_id, newest.gamertag, newest.xuid) if newest else None
