"""Bases, placements, verdicts and bans."""

from territory.models.activity import Activity, Alarm, AlarmMute
from territory.models.ban import Ban, BanDelivery, BanExtension
from territory.models.ban_list import BanList
from territory.models.base import Base, BaseInvitation, BasePermission, BaseRevision
from territory.models.case import Case, CaseAct, Offence, OffenceKind
from territory.models.identity import GamertagUse, IdentityConflict, PlayerIdentity
from territory.models.infraction import Infraction
from territory.models.log import LogFile, LogSource
from territory.models.placement import Placement
from territory.models.question import PlaceQuestion
from territory.models.rule_version import RuleVersion
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
    "Case",
    "CaseAct",
    "GameServer",
    "GamertagUse",
    "IdentityConflict",
    "Infraction",
    "ItemRule",
    "LogFile",
    "LogSource",
    "Offence",
    "OffenceKind",
    "PlaceQuestion",
    "Placement",
    "PlayerIdentity",
    "RuleVersion",
    "StaffImmunity",
]
