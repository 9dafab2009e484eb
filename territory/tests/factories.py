"""Builders of rows for tests: every field has a plain default, and each call says only what matters to its test."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from clans.models import Clan, ClanMembership, User
from territory.models import Base, BasePermission, GameServer, Placement, PlayerIdentity
from territory.services.intake import Incoming

_numbers = itertools.count(1)
# A fixed present for tests that judge; acts happen a little before it.
NOW = datetime(2026, 2, 7, 19, 45, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)


def player_id(name: str) -> str:
    """A full-length Xbox id, always the same for a name."""
    return uuid.uuid5(uuid.NAMESPACE_OID, name).hex.upper() + "00000000"


def make_server(**fields: Any) -> GameServer:
    return GameServer.objects.create(**{"slug": f"server-{next(_numbers)}"} | fields)


def make_user(name: str = "", **fields: Any) -> User:
    return User.objects.create(**{"username": name or f"person-{next(_numbers)}"} | fields)


def make_player(name: str, *, known: bool = True, **fields: Any) -> User:
    """A person linked to the gamertag of the same name; without `known` the player id is still to be learned."""
    user = make_user(name)
    PlayerIdentity.objects.create(
        **{
            "user": user,
            "gamertag": name,
            "player_id": player_id(name) if known else None,
            "created_at": LONG_AGO,
        }
        | fields
    )
    return user


def make_base(server: GameServer, owner: User, **fields: Any) -> Base:
    values = {"name": "Fortaleza Norte", "x": 5000.0, "z": 3000.0, "registered_at": LONG_AGO} | fields
    return Base.objects.create(server=server, owner=owner, **values)


def permit(base: Base, user: User, **fields: Any) -> BasePermission:
    return BasePermission.objects.create(base=base, user=user, **{"granted_at": LONG_AGO} | fields)


def make_clan(name: str = "TXS") -> Clan:
    return Clan.objects.create(name=name)


def join(clan: Clan, user: User, **fields: Any) -> ClanMembership:
    return ClanMembership.objects.create(clan=clan, user=user, **{"joined_at": LONG_AGO} | fields)


def incoming(gamertag: str = "Invasor", **fields: Any) -> Incoming:
    """A FenceKit placed 45 m from the default base's centre a minute before NOW."""
    values: dict[str, Any] = {
        "source_key": uuid.uuid4(),
        "gamertag": gamertag,
        "player_id": player_id(gamertag),
        "item": "FenceKit",
        "x": 5045.0,
        "z": 3000.0,
        "occurred_at": NOW - timedelta(minutes=1),
        "origin": "test",
        "origin_id": str(next(_numbers)),
    }
    return Incoming(**values | fields)


def event(gamertag: str = "Invasor", **fields: Any) -> dict[str, Any]:
    """The same act as `incoming`, as a sender writes it to the HTTP API; its id follows from the gamertag."""
    values: dict[str, Any] = {
        "id": f"event-{gamertag}",
        "gamertag": gamertag,
        "player_id": player_id(gamertag),
        "item": "FenceKit",
        "x": 5045.0,
        "z": 3000.0,
        "altitude": 200.5,
        "occurred_at": (NOW - timedelta(minutes=1)).isoformat(),
    }
    return values | fields


def placed(gamertag: str) -> Placement:
    """The newest placement by this gamertag."""
    return Placement.objects.filter(gamertag=gamertag).latest("pk")
