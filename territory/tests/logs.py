"""Lines of a game log for tests."""

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
