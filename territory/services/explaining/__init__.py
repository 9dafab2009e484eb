"""Explain a verdict: the hearing's finding and every fact that bears on it. Nothing is written."""
