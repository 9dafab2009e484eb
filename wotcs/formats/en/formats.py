"""English: 4 Feb 2026, 22:16."""

DATETIME_FORMAT = "j M Y, H:i"
