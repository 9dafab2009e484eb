"""Hosts that pages may reach, for the content security policy."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

_TILES = re.compile(r"(https://[a-z0-9.-]+(?::\d+)?)?/[^\s;,]*", re.IGNORECASE)


def tile_origins(tiles: Mapping[str, str]) -> list[str]:
    """Return the origins of the pictures of maps; an address without one is this site's own."""
    origins = set()
    for name, address in tiles.items():
        match = _TILES.fullmatch(str(address))
        if match is None or not all(part in address for part in ("{z}", "{x}", "{y}")):
            raise ImproperlyConfigured(
                f"GAME_MAP_TILES: the address of {name} must begin with https:// or / and hold {{z}}, {{x}} and {{y}}."
            )
        origins.add(match[1] or "")
    return sorted(origins - {""})


def sign_in_hosts(*apis: str, allow_loopback: bool) -> list[str]:
    """Return where a form that signs somebody in may lead: a browser follows its redirects only to these."""
    names = [f"worldoftanks.{realm}" for realm in ("eu", "com", "asia")]
    hosts = [
        "https://*.wargaming.net",
        *(f"https://{prefix}{name}" for name in names for prefix in ("", "*.")),
    ]
    for parts in map(urlsplit, apis):
        if parts.hostname == "discord.com":
            hosts.append("https://discord.com")
        elif parts.hostname and not parts.hostname.startswith("api.worldoftanks."):
            # A stand-in, whose pages may have a port of their own.
            hosts.append(f"{parts.scheme}://{parts.hostname}:*")
    if allow_loopback:
        hosts += ["http://127.0.0.1:*", "http://localhost:*"]
    return list(dict.fromkeys(hosts))
