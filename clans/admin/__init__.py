"""Staff's pages: people and clans are edited here, what the game tells is only looked at."""

from clans.admin import clans, figures, game, people, sync, vehicles
from clans.admin.people import PersonAdmin

__all__ = ["PersonAdmin", "clans", "figures", "game", "people", "sync", "vehicles"]
