"""The map of a game server, with what its reader may see."""
