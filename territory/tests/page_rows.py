"""Visitors of every role, and judged placements as the pages find them."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Permission
from django.utils import timezone

from clans.models import User
from territory.models import Ban, Base, GameServer, Infraction, Placement
from territory.tests.factories import make_user, player_id

# What the public must never see; every row below carries all of it.
SECRETS = ("5045.5", "3033.25", "2535400000000017", "PROVA-SECRETA", "112233445566778899")


def make_visitor(role: str) -> User | None:
    """Make a visitor: anonymous, member, staff (without permissions), moderator (with them) or superuser."""
    if role == "anonymous":
        return None
    powers: dict[str, Any] = {
        "member": {},
        "staff": {"is_staff": True},
        "moderator": {"is_staff": True},
        "superuser": {"is_staff": True, "is_superuser": True},
    }[role]
    user = make_user(f"visitor-{role}", **powers)
    if role == "moderator":
        user.user_permissions.set(Permission.objects.filter(content_type__app_label="territory"))
    return user


def make_placement(server: GameServer, base: Base | None = None, **fields: Any) -> Placement:
    """A judged invasion of `base`, or a placement outside every base."""
    gamertag = fields.get("gamertag", "Invasor")
    values: dict[str, Any] = {
        "gamertag": gamertag,
        "player_id": player_id(gamertag),
        "xuid": SECRETS[2],
        "item": "FenceKit",
        "x": 5045.5,
        "z": 3033.25,
        "occurred_at": timezone.now() - timedelta(minutes=5),
        "raw_line": f'19:40:00 | Player "{gamertag[:50]}" placed Fence Kit<FenceKit>',
        "state": Placement.State.JUDGED,
        "judged_at": timezone.now(),
        "rule_version": 1,
    }
    values |= _invasion(base) if base else {"outcome": "allowed", "rule": "outside"}
    return Placement.objects.create(server=server, **values | fields)


def _invasion(base: Base) -> dict[str, Any]:
    return {
        "outcome": "invasion",
        "rule": "intruder",
        "action": "ban",
        "base": base,
        "distance_m": 45.0,
        "reasons": {
            "policy": "protected",
            "policy_source": "default",
            "holds": [],
            "since": False,
            "considered": [{"base_id": base.pk, "distance_m": 45.0, "radius_m": 100.0, "right": None}],
        },
    }


def make_infraction(server: GameServer, base: Base, *, ban: Ban | None = None, **fields: Any) -> Infraction:
    """A confirmed invasion with everything staff know of it."""
    gamertag = fields.get("gamertag", "Invasor")
    placement = make_placement(server, base, gamertag=gamertag)
    values: dict[str, Any] = {
        "infraction_type": Infraction.Type.TERRITORY_INVASION,
        "status": Infraction.Status.CONFIRMED,
        "gamertag": gamertag,
        "player_id": placement.player_id,
        "xuid": SECRETS[2],
        "item": "FenceKit",
        "base_name": base.name,
        "description": "PROVA-SECRETA description",
        "evidence": "PROVA-SECRETA X=5045.5 Z=3033.25",
        "occurred_at": placement.occurred_at,
    }
    return Infraction.objects.create(
        server=server, placement=placement, base=base, ban=ban, **values | fields
    )


def make_ban(server: GameServer, gamertag: str = "Invasor", **fields: Any) -> Ban:
    values = {
        "gamertag": gamertag,
        "player_id": player_id(gamertag),
        "xuid": SECRETS[2],
        "reason": "Invasão",
        "evidence": "PROVA-SECRETA X=5045.5 Z=3033.25",
    }
    return Ban.objects.create(server=server, **values | fields)
