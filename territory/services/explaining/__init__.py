"""What a placement would be judged, and every fact that bears on it: the hearing's own, nothing written."""
