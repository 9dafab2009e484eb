"""Verdicts for staff: the list, and all that is known of one act."""
