"""The ground floor of all apps: outbox rows, bulk writing, locks, sealed texts, and the kit all admins share."""
