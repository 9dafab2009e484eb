"""Builders of rows about the game: every field has a plain default, and each call says only what matters to its test."""

import itertools
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from clans.models import AccountLink, Clan, ClanMembership, User
from tanks.models import GarageTank, Player, Realm, Section, SyncedClan, SyncRun, SyncStatus, Vehicle

_numbers = itertools.count(1)
OFFICIAL_URL = "https://api.worldoftanks.com"
LONG_AGO = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
COMMANDER = ClanMembership.Role.COMMANDER.value


def realm(name: str = "na", url: str = OFFICIAL_URL) -> Realm:
    """The realm of this name; the same row however often it is asked for."""
    return Realm.objects.get_or_create(name=name, defaults={"url": url})[0]


def clan(name: str = "Lobos do Cerrado", **fields: Any) -> SyncedClan:
    """A clan of the game, in the realm `na` unless another is given."""
    values: dict[str, Any] = {"tag": "LBCR", "wargaming_id": 1_000_000_000 + next(_numbers)} | fields
    if "realm" not in values:
        values["realm"] = realm()
    return SyncedClan.objects.create(name=name, **values)


def player(of: Clan, nickname: str | None = None, **fields: Any) -> Player:
    """A present member of a clan of the game; `clan=None` makes one who has left it."""
    number = next(_numbers)
    values = {
        "nickname": f"Jogador_{number}" if nickname is None else nickname,
        "account_id": 2_000_000_000 + number,
        "clan": of,
        "role": "private",
        "joined_clan_at": LONG_AGO,
        "battles": 1000,
        "wins": 520,
    }
    its_realm = SyncedClan.objects.select_related("realm").get(pk=of.pk).realm
    return Player.objects.create(realm=its_realm, **values | fields)


def claim(user: User, of: Player) -> AccountLink:
    """What a person says: that this player is theirs."""
    return AccountLink.objects.create(
        user=user, kind=AccountLink.Kind.WARGAMING, key=of.link_key, name=str(of)
    )


def vehicle(name: str = "", **fields: Any) -> Vehicle:
    """A vehicle of the catalogue: a heavy tank of tier X from Germany."""
    number = next(_numbers)
    values = {
        "tank_id": number,
        "name": name or f"Veículo {number}",
        "short_name": name or f"V {number}",
        "tag": f"G{number}",
        "nation": "germany",
        "type": Vehicle.Type.HEAVY.value,
        "tier": 10,
    }
    return Vehicle.objects.create(**values | fields)


def unlisted_vehicle() -> Vehicle:
    """A vehicle that no catalogue ever listed."""
    return Vehicle.objects.create(tank_id=next(_numbers), not_in_catalogue_since=LONG_AGO)


def garage_tank(owner: Player, tank: Vehicle | None = None, **fields: Any) -> GarageTank:
    values = {"battles": 100, "wins": 52, "mark_of_mastery": 0} | fields
    return GarageTank.objects.create(player=owner, tank=tank or vehicle(), **values)


def run(of: SyncedClan, state: str = SyncRun.State.DONE.value, **fields: Any) -> SyncRun:
    """A sync of a clan; without times of its own asked for long ago, and if it runs begun just now."""
    started_at = timezone.now() if state == SyncRun.State.RUNNING else None
    times = {"requested_at": LONG_AGO, "started_at": started_at}
    return SyncRun.objects.create(clan=of, state=state, **times | fields)


def status(of: SyncedClan, section: str = Section.TANKS.value, **fields: Any) -> SyncStatus:
    return SyncStatus.objects.create(clan=of, section=section, **fields)


def user(name: str = "", **fields: Any) -> User:
    return User.objects.create(**{"username": name or f"pessoa-{next(_numbers)}"} | fields)


def member(
    who: User, of: Clan, role: str = ClanMembership.Role.MEMBER.value, **fields: Any
) -> ClanMembership:
    """A stay of a person in a clan that lasts."""
    return ClanMembership.objects.create(user=who, clan=of, role=role, **{"joined_at": LONG_AGO} | fields)


def visitor(kind: str, of: SyncedClan) -> User | None:
    """Make a visitor as the clan's pages tell them apart.

    anonymous, stranger (no clan), member, commander, former (left it), outsider (commands another clan), staff (without
    the permission), overseer (staff with it), superuser.
    """
    if kind == "anonymous":
        return None
    is_staff = kind in {"staff", "overseer", "superuser"}
    who = user(f"visitor-{kind}", is_staff=is_staff, is_superuser=kind == "superuser")
    if kind == "overseer":
        who.user_permissions.add(Permission.objects.get(codename="view_garagetank"))
    elif kind in {"member", "commander"}:
        member(who, of, kind)
    elif kind == "former":
        member(who, of, COMMANDER, left_at=datetime(2026, 2, 1, tzinfo=UTC))
    elif kind == "outsider":
        member(who, clan("Outro Clã"), COMMANDER)
    return who


def commander(of: SyncedClan) -> User:
    """The person who commands a clan."""
    who = user(f"commander-{next(_numbers)}")
    member(who, of, COMMANDER)
    return who


def visit_as(kind: str, of: SyncedClan, **options: Any) -> Client:
    """A browser that wants English, signed in as a new visitor of this kind."""
    client = Client(headers={"accept-language": "en"}, **options)
    if who := visitor(kind, of):
        client.force_login(who)
    return client
