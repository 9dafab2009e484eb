"""Times that somebody types, on a game server's clock."""

from datetime import datetime

from territory.adm.clock import to_utc
from territory.models import GameServer
from territory.services.intake import is_plausible_time


def read_moment(server: GameServer, text: str) -> datetime | None:
    """Return a time; without a zone it is on the game server's clock, as in its log. None if that clock never showed it."""
    try:
        read = datetime.fromisoformat(text.strip())
        moment = to_utc(read, server.zone) if read.tzinfo is None else read
        is_usable = is_plausible_time(moment) and (
            read.tzinfo is not None or moment.astimezone(server.zone).replace(tzinfo=None) == read
        )
    except (ValueError, OverflowError):
        return None
    return moment if is_usable else None
