"""Staff's pages about the game: read-only rows of the game; realms, and the clans that are synced, are edited."""

from tanks.admin import clans, players, realms, sync, vehicles

__all__ = ["clans", "players", "realms", "sync", "vehicles"]
