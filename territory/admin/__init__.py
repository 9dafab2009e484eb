"""Staff's pages: settings are edited here, history is only looked at, and punishing goes through the services."""

from territory.admin import bans, bases, identities, infractions, items, people, questions, records, servers  # noqa: F401
