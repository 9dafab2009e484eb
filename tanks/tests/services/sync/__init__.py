"""Whole syncs over sockets: the simulator answers, the real client asks, and rows are held against the plain truth."""
