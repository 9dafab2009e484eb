"""Staff's pages about the game: read-only rows of the game; realms, and the clans that are synced, are edited."""

from tanks.admin import clans, figures, players, realms, sync, vehicles  # noqa: F401
