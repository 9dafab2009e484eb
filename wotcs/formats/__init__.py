"""How moments are written where Django writes them, as in the admin: short, and by the clock of 24 hours as everywhere."""
