"""Game logs for tests: their lines, writing and following them."""

from datetime import datetime
from pathlib import Path

from territory.models import GameServer, Placement
from territory.services.logs import follow_source
from territory.tests.factories import player_id


def header(started_at: str) -> str:
    """The first line of a boot; `started_at` is `YYYY-MM-DD HH:MM:SS`."""
    date, time = started_at.split()
    return f"AdminLog started on {date} at {time}"


def line(
    time: str, gamertag: str, *, item: str = "FenceKit", display: str = "Fence Kit", pos: str = ""
) -> str:
    """A placement at `time`, 45 m from the default base's centre unless `pos` says `x, z, altitude`."""
    where = pos or "5045.0, 3000.0, 12.6"
    return f'{time} | Player "{gamertag}" (id={player_id(gamertag)} pos=<{where}>) placed {display}<{item}>'


def append(path: Path, *lines: str, end: str = "\n") -> None:
    """Go on writing a log, as a game server does."""
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write("".join(f"{one}{end}" for one in lines))


def follow(server: GameServer) -> int:
    """Read the server's log sources once; return how many placements were new."""
    sources = server.log_sources.filter(is_active=True).exclude(kind="api")
    return sum(stored.new for source in sources for stored in follow_source(source))


def logged_gamertags() -> list[str]:
    """The gamertags of all placements, in order of their acts."""
    return list(Placement.objects.order_by("occurred_at", "pk").values_list("gamertag", flat=True))


def logged_times() -> list[datetime | None]:
    """The times of all placements, in order of storing."""
    return list(Placement.objects.order_by("pk").values_list("occurred_at", flat=True))
