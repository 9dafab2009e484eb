"""Bases, placements, verdicts and bans."""

from territory.models.activity import Activity, Alarm, AlarmMute
from territory.models.ban import Ban, BanDelivery, BanExtension
from territory.models.ban_list import BanList
from territory.models.base import Base, BaseInvitation, BasePermission, BaseRevision
from territory.models.identity import GamertagUse, IdentityConflict, PlayerIdentity
from territory.models.infraction import Infraction
from territory.models.log import LogFile, LogSource
from territory.models.placement import Placement
from territory.models.question import PlaceQuestion
from territory.models.server import GameServer, ItemRule, StaffImmunity

__all__ = [
    "Activity",
    "Alarm",
    "AlarmMute",
    "Ban",
    "BanDelivery",
    "BanExtension",
    "BanList",
    "Base",
    "BaseInvitation",
    "BasePermission",
    "BaseRevision",
    "GameServer",
    "GamertagUse",
    "IdentityConflict",
    "Infraction",
    "ItemRule",
    "LogFile",
    "LogSource",
    "PlaceQuestion",
    "Placement",
    "PlayerIdentity",
    "StaffImmunity",
]
