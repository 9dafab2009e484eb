"""Clans of DayZ that lead themselves."""
