"""The rows of the demo: people, clans, game servers, bases and rights, all of them some weeks old."""

import secrets
import shutil
from datetime import datetime
from pathlib import Path

from django.contrib.auth.models import Group

from announcements.models import Channel
from clans.models import Clan, ClanMembership, User
from local.demo import cast
from local.embedded import write_private
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


def is_lived_in() -> bool:
    """Return whether real people use this database: invented ones must never be mixed with them."""
    return User.objects.exists() or GameServer.objects.exists()


def create(data_dir: Path, *, now: datetime) -> None:
    """Make the community as it is `now`, in an empty database, with an empty log folder and a new ban list."""
    password = readable_password()
    people = _people(password)
    clans = _clans(people, now)
    servers = _servers(data_dir)
    for camp in cast.CAMPS:
        _base(camp, servers[camp.server], people, clans, now)
    _rules(servers[cast.SERVER], people)
    _write_files(data_dir, password)


def readable_password() -> str:
    """Return a random password that is easy to type: about 60 bits."""
    words = (
        "".join(secrets.choice("bdfgjklmnprstvz") + secrets.choice("aeiou") for _ in range(3))
        for _ in range(3)
    )
    return "-".join([*words, str(secrets.randbelow(90) + 10)])


def _people(password: str) -> People:
    demo = User.objects.create_superuser(cast.SUPERUSER, password=password, display_name="Demonstração")
    people = {demo.username: demo}
    for character in cast.CHARACTERS:
        people[character.username] = _person(character)
    for username in (cast.MODERATOR, cast.COMMANDER, cast.MEMBER, cast.BANNED):
        people[username].set_password(password)
        people[username].save()
    moderator = people[cast.MODERATOR]
    moderator.is_staff = True
    moderator.save()
    moderator.groups.add(Group.objects.get(name=MODERATORS))
    person = User.objects.for_discord_id(cast.DISCORD_ONLY.username.removeprefix("discord-"))
    people[person.username] = person
    _identity(cast.DISCORD_ONLY, person)
    _identity(cast.UNLINKED, None)
    return people


def _person(character: cast.Character) -> User:
    person = User.objects.create_user(
        character.username, display_name=character.display_name, discord_id=f"901100{character.number}"
    )
    _identity(character, person)
    return person


def _identity(character: cast.Character, person: User | None) -> None:
    PlayerIdentity.objects.create(
        user=person,
        gamertag=character.former or character.gamertag,
        player_id=character.player_id if character.is_known else None,
        platform=character.platform,
        xuid=f"2535{character.number}" if character.platform == "xbox" and character.is_known else None,
    )


def _clans(people: People, now: datetime) -> dict[str, Clan]:
    clans = {tag: Clan.objects.create(name=name, tag=tag) for tag, name in cast.CLANS.items()}
    for stay in cast.STAYS:
        ClanMembership.objects.create(
            clan=clans[stay.clan],
            user=people[stay.username],
            role=ClanMembership.Role.COMMANDER if stay.is_commander else ClanMembership.Role.MEMBER,
            joined_at=stay.begins(now),
            left_at=stay.ends(now),
        )
    return clans


def _servers(data_dir: Path) -> dict[str, GameServer]:
    observed = GameServer.objects.create(
        slug=cast.OBSERVED_SERVER,
        name="Livonia (em observação)",
        platform=Platform.PLAYSTATION,
        map="enoch",
        mode=GameServer.Mode.OBSERVE,
    )
    server = GameServer.objects.create(
        slug=cast.SERVER,
        name="Chernarus (demonstração)",
        platform=Platform.XBOX,
        map="chernarusplus",
        time_zone=cast.TIME_ZONE.key,
        mode=GameServer.Mode.ENFORCE,
        border_margin_m=6.0,
    )
    LogSource.objects.create(server=server, address=str(cast.log_folder(data_dir)))
    BanList.objects.create(server=server, address=str(cast.ban_list(data_dir)))
    return {server.slug: server, observed.slug: observed}


def _base(camp: cast.Camp, server: GameServer, people: People, clans: dict[str, Clan], now: datetime) -> None:
    place = {name: getattr(camp, name) for name in ("name", "place", "x", "z", "radius_m")}
    base = Base.objects.create(
        server=server,
        owner=people[camp.owner],
        clan=clans[camp.clan] if camp.clan else None,
        registered_at=camp.begins(now),
        removed_at=camp.ends(now),
        **place,
    )
    BasePermission.objects.bulk_create(
        BasePermission(
            base=base,
            user=people[guest.username],
            level=guest.level,
            granted_by=base.owner,
            granted_at=guest.begins(now),
            revoked_at=guest.ends(now),
        )
        for guest in camp.guests
    )


def _rules(server: GameServer, people: People) -> None:
    """Make an item rule, an immunity, and channels at an address that nobody can ever have."""
    ItemRule.objects.create(
        server=server, pattern="*FireworksLauncher", policy=ItemRule.Policy.IGNORED, note="Livres nas festas"
    )
    StaffImmunity.objects.create(server=server, user=people[cast.MODERATOR], note="Monta cenários de eventos")
    for name, audience in (("infrações", Channel.Audience.PUBLIC), ("equipe", Channel.Audience.STAFF)):
        address = f"https://discord.invalid/{audience.value}"
        Channel.objects.create(name=name, audience=audience, topic=server, webhook_url=address)


def _write_files(data_dir: Path, password: str) -> None:
    """Begin with an empty log folder and the ban list as the administrators left it."""
    folder = cast.folder(data_dir)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.rmtree(cast.log_folder(data_dir), ignore_errors=True)
    cast.log_folder(data_dir).mkdir()
    cast.ban_list(data_dir).write_text(FOREIGN_BANS, encoding="utf-8")
    cast.sign_in(data_dir).unlink(missing_ok=True)
    write_private(cast.sign_in(data_dir), password)
