"""What the game tells of its clans, players and vehicles, and how the syncs went."""

from tanks.models.clan import SyncedClan
from tanks.models.garage import AccountSnapshot, GarageTank, Mastery, TankSnapshot
from tanks.models.player import COMMANDING_ROLES, Player, RosterEvent
from tanks.models.realm import Realm
from tanks.models.sync import Section, SyncRun, SyncStatus, SyncTrouble
from tanks.models.vehicle import Vehicle, VehicleListing

__all__ = [
    "COMMANDING_ROLES",
    "AccountSnapshot",
    "GarageTank",
    "Mastery",
    "Player",
    "Realm",
    "RosterEvent",
    "Section",
    "SyncRun",
    "SyncStatus",
    "SyncTrouble",
    "SyncedClan",
    "TankSnapshot",
    "Vehicle",
    "VehicleListing",
]
