"""Setting a game server up, with the connection test of its places."""
