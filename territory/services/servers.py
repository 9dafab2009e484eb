"""Game servers, their tokens, and the work that waits for them."""

import hashlib
import secrets
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from territory.models import BanList, GameServer, LogSource, Placement


def create_token(server: GameServer) -> str:
    """Replace the token of the server's API source and return the new one. Only its hash is stored, so show it now."""
    token = f"wotcs_{secrets.token_urlsafe(32)}"
    values = {"token_hash": hash_token(token), "is_active": True}
    LogSource.objects.update_or_create(server=server, kind=LogSource.Kind.API, defaults=values)
    return token


def hash_token(token: str) -> str:
    """Return the hash of a token. A token is long and random, so a plain digest is safe."""
    return hashlib.sha256(token.encode()).hexdigest()


def server_of_token(token: str) -> GameServer | None:
    """Return the active game server whose active API source has this token."""
    sources = LogSource.objects.filter(kind=LogSource.Kind.API, token_hash=hash_token(token), is_active=True)
    return GameServer.objects.filter(log_sources__in=sources, is_active=True).first() if token else None


def with_placements_waiting() -> list[int]:
    """Return the ids of the game servers with due placements, by one probe of the index per server."""
    waiting = Placement.objects.filter(server=OuterRef("pk"), state=Placement.State.PENDING)
    return list(GameServer.objects.filter(Exists(waiting)).values_list("pk", flat=True))


def active_ban_lists() -> list[BanList]:
    """Return the active ban lists. From the others, lines are only taken off."""
    return list(BanList.objects.filter(is_active=True).select_related("server"))


def sources_to_follow(now: datetime) -> list[int]:
    """Return the ids of the active sources of logs of active game servers, without those that hung lately."""
    active = LogSource.objects.filter(is_active=True, server__is_active=True).exclude(kind=LogSource.Kind.API)
    rested = Q(not_before=None) | Q(not_before__lte=now)
    return list(active.filter(rested).values_list("pk", flat=True))
