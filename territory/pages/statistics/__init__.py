"""The territory in figures, for everybody."""
