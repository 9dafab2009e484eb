"""Staff's pages: settings are edited here, and history is only looked at; people decide on the pages of cases."""

# ruff: noqa: F401 - importing a module registers its pages

from territory.admin import (
    bases,
    cases,
    identities,
    items,
    people,
    records,
    servers,
)
