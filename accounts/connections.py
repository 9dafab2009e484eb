"""What Discord says of a member's connected accounts, and what follows from their ids. Pure.

Everything in an answer may be hostile: an entry that is not what the reference says is left out, and nothing raises.
"""

import base64
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

# Nobody has more accounts; a longer list is somebody's attempt.
MOST: Final = 100
LONGEST_NAME: Final = 100
# SteamID64 of an individual account in the public universe: 76561197960265728 plus an account number of 32 bits.
_FIRST_STEAM_ID: Final = 76561197960265729
_LAST_STEAM_ID: Final = 76561202255233023
_STEAM_ID: Final = re.compile(r"[0-9]{17}")
_XUID: Final = re.compile(r"[0-9]{1,20}")
_OPAQUE_ID: Final = re.compile(r"[!-~]{1,200}")


@dataclass(frozen=True, slots=True)
class Connection:
    """A verified connection. `key` is a SteamID64, or the opaque id of an Xbox connection, which is not the XUID."""

    kind: Literal["steam", "xbox"]
    key: str
    name: str


def read_connections(entries: object) -> tuple[Connection, ...]:
    """Return the verified connections with Steam and Xbox of an answer, each once."""
    if not isinstance(entries, list):
        return ()
    connections = (_read(entry) for entry in entries[:MOST])
    by_key = {(one.kind, one.key): one for one in connections if one is not None}
    return tuple(by_key.values())


def _read(entry: object) -> Connection | None:
    values = entry if isinstance(entry, dict) else {}
    kind, key, name = values.get("type"), values.get("id"), values.get("name")
    if values.get("verified") is not True or values.get("revoked", False) is not False:
        return None
    if not isinstance(key, str) or not isinstance(name, str) or not is_storable(name):
        return None
    if len(name) > LONGEST_NAME:
        return None
    if kind == "steam" and is_steam_id(key):
        return Connection("steam", key, name)
    if kind == "xbox" and _OPAQUE_ID.fullmatch(key) and name:
        return Connection("xbox", key, name)
    return None


def is_steam_id(text: str) -> bool:
    """Return whether this is the SteamID64 of an individual account."""
    return bool(_STEAM_ID.fullmatch(text)) and _FIRST_STEAM_ID <= int(text) <= _LAST_STEAM_ID


def xuid_is_proven(xuid: str | None, xbox_id: str) -> bool:
    """Return whether an Xbox connection's opaque id was made from this XUID (docs/decisions/0011)."""
    if not xuid or not _XUID.fullmatch(xuid):
        return False
    digest = hashlib.sha256(xuid.encode()).hexdigest()
    return base64.b64encode(digest.encode()).decode().rstrip("=") == xbox_id


def is_storable(text: str) -> bool:
    """Return whether a database can store a text: JSON may hold halves of characters, and NUL."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def shown_name(name: str) -> str:
    """Return a name that somebody chose elsewhere as pages may show it: without characters that change others."""
    seen = (letter for letter in name if unicodedata.category(letter)[0] != "C")
    return " ".join("".join(seen).split())[:LONGEST_NAME]
