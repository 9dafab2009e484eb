"""Clans, players and vehicles of the game, and the log of the syncs."""

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
