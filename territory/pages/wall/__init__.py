"""The wall of shame and its feed."""
