"""Who people are, and which clans they belong to."""

from clans.models.clan import Clan, ClanMembership
from clans.models.user import User

__all__ = ["Clan", "ClanMembership", "User"]
