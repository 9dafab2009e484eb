"""Builders of rows for tests: every field has a plain default, and each call says only what matters to its test."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Permission
from django.utils import timezone

from clans.models import Clan, ClanMembership, User
from territory.models import (
    Ban,
    BanDelivery,
    BanList,
    Base,
    BasePermission,
    Case,
    CaseAct,
    GameServer,
    Infraction,
    LogFile,
    LogSource,
    OffenceKind,
    Placement,
    PlayerIdentity,
)
from territory.services.bans import BannedPlayer
from territory.services.cases import Snapshot, settle
from territory.services.deciding import ban_by_staff, lift_case
from territory.services.intake import Incoming, store
from territory.services.judging import judge_due
from territory.services.offences import Kind

_numbers = itertools.count(1)
# A fixed present for tests that judge; acts happen a little before it.
NOW = datetime(2026, 2, 7, 19, 45, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)
# What the public must never see; the judged rows below carry it.
SECRETS = ("5045.5", "3033.25", "2535400000000017", "PROVA-SECRETA", "112233445566778899")


def player_id(name: str) -> str:
    """A full-length Xbox id, always the same for a name."""
    return uuid.uuid5(uuid.NAMESPACE_OID, name).hex.upper() + "00000000"


def make_server(*, log_folder: object = "", ban_list: object = "", **fields: Any) -> GameServer:
    """A game server; with `log_folder` and `ban_list`, which are paths, a log source and a ban list of its own."""
    # Tests ban as many as they like: without a circuit breaker, unless they are about it.
    server = GameServer.objects.create(**{"slug": f"server-{next(_numbers)}", "breaker_bans": None} | fields)
    if log_folder:
        make_log_source(server, log_folder)
    if ban_list:
        make_ban_list(server, ban_list)
    return server


def make_log_source(server: GameServer, path: object = "/srv/logs", **fields: Any) -> LogSource:
    return LogSource.objects.create(server=server, address=str(path), **fields)


def make_log_file(server: GameServer, name: str = "a.ADM", **fields: Any) -> LogFile:
    """A log that was read, of the server's log source."""
    source = server.log_sources.exclude(kind="api").first() or make_log_source(server)
    return LogFile.objects.create(source=source, name=name, **fields)


def make_ban_list(server: GameServer, path: object = "/srv/ban.txt", **fields: Any) -> BanList:
    return BanList.objects.create(server=server, address=str(path), **fields)


def ban_by_hand(server: GameServer, name: str = "X", by: User | None = None, **fields: Any) -> Ban:
    """Ban a player through the service, which writes the deliveries; by a member of staff of its own unless `by` is given."""
    named = {"player_id": player_id(name), "gamertag": name, "xuid": ""}
    player = BannedPlayer(**{key: fields.pop(key, value) for key, value in named.items()})
    values: dict[str, Any] = {"kind": Kind("cheating", "Trapaça"), "reason": "teste"} | fields
    case = ban_by_staff(server, player, by=by or make_user(is_staff=True), **values)
    assert case.ban is not None
    return case.ban


def lift_by_hand(ban: Ban, by: User | None = None, reason: str = "engano", **fields: Any) -> CaseAct:
    """Lift the newest case of a ban, as a mistake unless `kind` says otherwise."""
    case = ban.cases.latest("pk")
    values: dict[str, Any] = {"kind": Ban.LiftKind.MISTAKE, "reason": reason} | fields
    return lift_case(case, by=by or make_user(is_staff=True), **values)


def make_delivery(ban: Ban, path: object = "/srv/ban.txt", **fields: Any) -> BanDelivery:
    """A delivery of a ban to its server's ban list with this path."""
    ban_list, _is_new = BanList.objects.get_or_create(server=ban.server, address=str(path))
    return BanDelivery.objects.create(ban=ban, ban_list=ban_list, **{"line": "x"} | fields)


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


def judge(server: GameServer, *acts: Incoming, now: datetime = NOW) -> None:
    """Store acts and judge everything that waits on their server."""
    store(server, acts)
    judge_due(server.pk, now=now)


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
    values |= fields
    if "case" not in values:
        of_player = {name: values[name] for name in ("gamertag", "player_id")}
        values["case"] = make_case(server, base, ban=ban, kind=values["infraction_type"], **of_player)
    made = Infraction.objects.create(server=server, placement=placement, base=base, ban=ban, **values)
    settle([made.case_id], now=NOW)
    return made


def make_case(server: GameServer, base: Base | None = None, **fields: Any) -> Case:
    """A case without acts: `make_infraction` puts one into it."""
    values: dict[str, Any] = {
        "gamertag": "Invasor",
        "player_id": player_id("Invasor"),
        "kind": OffenceKind.TERRITORY_INVASION,
        "base_name": base.name if base else "",
        "state": Case.State.CONFIRMED,
        "last_act_at": NOW - timedelta(minutes=1),
    }
    return Case.objects.create(server=server, base=base, **values | fields)


def make_act(case: Case, **fields: Any) -> CaseAct:
    """A decision about a case that changed nothing."""
    standing = Snapshot.of(case).to_json()
    values: dict[str, Any] = {
        "kind": CaseAct.Kind.END,
        "version": case.version,
        "before": standing,
        "after": standing,
    }
    return CaseAct.objects.create(case=case, **values | fields)


def make_ban(server: GameServer, gamertag: str = "Invasor", **fields: Any) -> Ban:
    values = {
        "gamertag": gamertag,
        "player_id": player_id(gamertag),
        "xuid": SECRETS[2],
        "reason": "Invasão",
        "evidence": "PROVA-SECRETA X=5045.5 Z=3033.25",
    }
    return Ban.objects.create(server=server, **values | fields)
