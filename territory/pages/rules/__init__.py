"""The rule in plain words, as it holds on each game server."""
