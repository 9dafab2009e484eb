"""An invented community and a game server that is always in use, to try the whole system on one machine."""
