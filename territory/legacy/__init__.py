"""The old territory system's SQLite database, read without trusting a single value. No models, no database of ours."""
