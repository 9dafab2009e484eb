"""What follows from a SteamID64 on PC: the log's player id, and BattlEye's GUID. Neither leads back to it."""

import base64
import hashlib


def player_id_of(steam_id: str) -> str:
    """Return the player id under which the log of a PC server knows a Steam account."""
    return base64.urlsafe_b64encode(hashlib.sha256(steam_id.encode()).digest()).decode()


def battleye_guid_of(steam_id: str) -> str:
    """Return the GUID under which BattlEye knows a Steam account: the MD5 of `BE` and the number's eight bytes."""
    number = int(steam_id).to_bytes(8, "little")
    return hashlib.md5(b"BE" + number, usedforsecurity=False).hexdigest()
