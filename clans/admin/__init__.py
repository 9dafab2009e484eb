"""Staff's pages about people and their clans."""

from clans.admin import clans, links, people
from clans.admin.clans import ClanAdmin
from clans.admin.people import PersonAdmin

__all__ = ["ClanAdmin", "PersonAdmin", "clans", "links", "people"]
