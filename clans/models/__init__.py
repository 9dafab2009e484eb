"""Who people are, which clans they belong to, and what the game tells of its players."""

from clans.models.clan import Clan, ClanMembership
from clans.models.garage import AccountSnapshot, GarageTank, Mastery, TankSnapshot
from clans.models.player import COMMANDING_ROLES, Player, RosterEvent
from clans.models.realm import Realm
from clans.models.sync import Section, SyncRun, SyncStatus, Trouble
from clans.models.user import User
from clans.models.vehicle import Vehicle, VehicleListing

__all__ = [
    "COMMANDING_ROLES",
    "AccountSnapshot",
    "Clan",
    "ClanMembership",
    "GarageTank",
    "Mastery",
    "Player",
    "Realm",
    "RosterEvent",
    "Section",
    "SyncRun",
    "SyncStatus",
    "TankSnapshot",
    "Trouble",
    "User",
    "Vehicle",
    "VehicleListing",
]
