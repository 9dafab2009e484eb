"""Staff's pages about the game: what it tells is only looked at; realms, and which clans are synced, are edited here."""

from tanks.admin import clans, figures, players, realms, sync, vehicles

__all__ = ["clans", "figures", "players", "realms", "sync", "vehicles"]
