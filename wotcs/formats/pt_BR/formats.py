"""Portuguese, with months in lower case: 4 fev 2026, 22:16."""

DATETIME_FORMAT = "j b Y, H:i"
