"""The rows of the demo: people, clans, game servers, bases and rights, all of them some weeks old."""

import os
import secrets
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from clans.models import Clan, ClanMembership, User
from local.demo import cast
from territory.models import (
    BanList,
    Base,
    BasePermission,
    GameServer,
    ItemRule,
    LogSource,
    PlayerIdentity,
    StaffImmunity,
)
from territory.models.server import Platform

MODERATORS = "moderator"  # the group, which each migrate makes
FOREIGN_BANS = """\
// Banimentos antigos da administração (demonstração)
7C1D0E5B9A3F24688E0B7D51C6F2A9043D8E1B57  // Gralha Azul - trapaça - 2025-11-02 21:14
Xk4vQ9_nB2rT7wLs0ZpHc3YdUeJ6aMfG-iO1tVxNbRy=  // sem nome - 2026-01-18
"""

People = dict[str, User]
Clans = dict[str, Clan]


def is_there() -> bool:
    """Return whether the demo was made before, or its names are in use."""
    return (
        GameServer.objects.filter(slug__in=[cast.SERVER, cast.OBSERVED_SERVER]).exists()
        or User.objects.filter(
            username__in=[cast.SUPERUSER, *(character.username for character in cast.CHARACTERS)]
        ).exists()
    )


def is_lived_in() -> bool:
    """Return whether real people use this database: invented ones must never be mixed with them."""
    return User.objects.exists() or GameServer.objects.exists()


@transaction.atomic
def create(data_dir: Path) -> bool:
    """Make the demo in an empty database; return whether it was made. Its files are new when the rows become visible."""
    if is_lived_in():
        return False
    now, password = timezone.now(), readable_password()
    people = _people(now, password)
    clans = _clans(people, now)
    server = _servers(data_dir, people, now)
    _bases(server, people, clans, now)
    _rules(server, people, now)
    _write_files(data_dir, password)
    return True


def readable_password() -> str:
    """Return a random password that is easy to type: about 60 bits."""
    words = (
        "".join(secrets.choice("bdfgjklmnprstvz") + secrets.choice("aeiou") for _ in range(3))
        for _ in range(3)
    )
    return "-".join([*words, str(secrets.randbelow(90) + 10)])


def _people(now: datetime, password: str) -> People:
    demo = User.objects.create_superuser(cast.SUPERUSER, password=password, display_name="Demonstração")
    people = {demo.username: demo}
    for character in cast.CHARACTERS:
        people[character.username] = _person(character, now)
    for username in (cast.MODERATOR, cast.COMMANDER, cast.MEMBER):
        people[username].set_password(password)
        people[username].save()
    moderator = people[cast.MODERATOR]
    moderator.is_staff = True
    moderator.save()
    moderator.groups.add(Group.objects.get(name=MODERATORS))
    person = User.objects.for_discord_id(cast.DISCORD_ONLY.discord_id)
    people[person.username] = person
    _identity(cast.DISCORD_ONLY, person)
    gamertag, player_id = cast.UNLINKED
    PlayerIdentity.objects.create(gamertag=gamertag, player_id=player_id, platform="playstation")
    return people


def _person(character: cast.Character, now: datetime) -> User:
    person = User.objects.create_user(
        character.username,
        display_name=character.display_name,
        discord_id=character.discord_id,
        date_joined=_ago(now, 130),
    )
    _identity(character, person)
    return person


def _identity(character: cast.Character, person: User) -> None:
    PlayerIdentity.objects.create(
        user=person,
        gamertag=character.gamertag,
        player_id=character.player_id if character.is_known else None,
        platform=character.platform,
        xuid=f"2535{character.discord_id[-12:]}" if character.platform == "xbox" else None,
    )


def _clans(people: People, now: datetime) -> Clans:
    clans = {
        tag: Clan.objects.get_or_create(name=name, defaults={"tag": tag})[0]
        for tag, name in cast.CLANS.items()
    }
    for stay in cast.STAYS:
        ClanMembership.objects.create(
            clan=clans[stay.clan],
            user=people[stay.username],
            role=ClanMembership.Role.COMMANDER if stay.is_commander else ClanMembership.Role.MEMBER,
            joined_at=_ago(now, stay.joined_days_ago),
            left_at=None if stay.left_days_ago is None else _ago(now, stay.left_days_ago),
        )
    return clans


def _servers(data_dir: Path, people: People, now: datetime) -> GameServer:
    observed = GameServer.objects.create(
        slug=cast.OBSERVED_SERVER,
        name="Livonia (em observação)",
        platform=Platform.PLAYSTATION,
        map="enoch",
        mode=GameServer.Mode.OBSERVE,
    )
    Base.objects.create(
        server=observed,
        owner=people["rafael"],
        name="Casa do Lago",
        x=6000,
        z=9000,
        registered_at=_ago(now, 6),
    )
    server = GameServer.objects.create(
        slug=cast.SERVER,
        name="Chernarus (demonstração)",
        platform=Platform.PLAYSTATION,
        map="chernarusplus",
        time_zone=cast.TIME_ZONE.key,
        mode=GameServer.Mode.ENFORCE,
    )
    LogSource.objects.create(server=server, address=str(cast.log_folder(data_dir)))
    BanList.objects.create(server=server, address=str(cast.ban_list(data_dir)))
    return server


def _bases(server: GameServer, people: People, clans: Clans, now: datetime) -> None:
    for camp in cast.CAMPS:
        owner = people[camp.owner]
        base = Base.objects.create(
            server=server,
            owner=owner,
            clan=clans[camp.clan] if camp.clan else None,
            name=camp.name,
            place=camp.place,
            x=camp.x,
            z=camp.z,
            radius_m=camp.radius_m,
            registered_at=_ago(now, camp.registered_days_ago),
            removed_at=None if camp.removed_days_ago is None else _ago(now, camp.removed_days_ago),
        )
        BasePermission.objects.bulk_create(
            BasePermission(base=base, user=people[guest], granted_at=_ago(now, 20), granted_by=owner)
            for guest in camp.guests
        )
    admin = BasePermission.objects.get(base__server=server, user=people["caio"])
    admin.level = BasePermission.Level.ADMIN
    admin.save(update_fields=["level"])


def _rules(server: GameServer, people: People, now: datetime) -> None:
    ItemRule.objects.create(
        server=server,
        pattern="*FireworksLauncher",
        policy=ItemRule.Policy.IGNORED,
        note="Fogos são livres nas festas",
    )
    StaffImmunity.objects.create(
        server=server,
        user=people[cast.MODERATOR],
        granted_at=_ago(now, 60),
        note="Monta cenários de eventos",
    )


def _write_files(data_dir: Path, password: str) -> None:
    """Begin with an empty log folder and the ban list as the administrators left it."""
    folder = cast.folder(data_dir)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.rmtree(cast.log_folder(data_dir), ignore_errors=True)
    cast.log_folder(data_dir).mkdir()
    cast.ban_list(data_dir).write_text(FOREIGN_BANS, encoding="utf-8")
    path = cast.sign_in(data_dir)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(password + "\n")


def _ago(now: datetime, days: float) -> datetime:
    return now - timedelta(days=days)
