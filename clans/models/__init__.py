"""People, clans and memberships."""

from clans.models.clan import Clan, ClanInvitation, ClanMembership
from clans.models.link import AccountLink
from clans.models.user import User

__all__ = ["AccountLink", "Clan", "ClanInvitation", "ClanMembership", "User"]
