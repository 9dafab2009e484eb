"""People, clans and memberships."""

from clans.models.clan import Clan, ClanMembership
from clans.models.user import User

__all__ = ["Clan", "ClanMembership", "User"]
