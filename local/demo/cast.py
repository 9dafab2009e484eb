"""Who lives in the demo and where: `community` makes rows of these characters, `scenes` makes lines of the log.

Everybody is invented; who they are stands in `cast.toml`. Times are in days before the demo was made.
"""

import base64
import hashlib
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

SERVER = "demo"
OBSERVED_SERVER = "livonia-observe"
TIME_ZONE = ZoneInfo("America/Sao_Paulo")
SUPERUSER, MODERATOR, COMMANDER, MEMBER = "demo", "livia", "bia", "rafael"
BANNED = "kaua"  # left a clan, and went on building in its base


@dataclass(frozen=True, slots=True)
class Character:
    """A person and their player. With `is_known` False the log still has to teach the player id.

    Until `renamed_days_ago` the player bore the gamertag `former`. `twin` is of two players with one gamertag the second.
    """

    username: str
    display_name: str
    gamertag: str
    platform: str = "xbox"
    is_known: bool = True
    former: str = ""
    renamed_days_ago: int = 0
    twin: str = ""

    @property
    def player_id(self) -> str:
        """The id of the game's log: 40 capital hexadecimal digits on Xbox, 44 characters elsewhere."""
        seed = f"{self.gamertag}{self.twin}".encode()
        if self.platform == "xbox":
            return hashlib.blake2b(seed, digest_size=20).hexdigest().upper()
        return base64.urlsafe_b64encode(hashlib.blake2b(seed, digest_size=32).digest()).decode()

    @property
    def number(self) -> str:
        """Twelve digits of the person's own, for the ids of other services."""
        return f"{int.from_bytes(hashlib.blake2b(self.username.encode(), digest_size=4).digest()):012}"

    def gamertag_at(self, days_ago: float) -> str:
        return self.former if self.former and days_ago > self.renamed_days_ago else self.gamertag


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A time that began `since` days ago and ended `until` days ago, or lasts."""

    since: float = 40
    until: float | None = None

    def holds(self, days_ago: float) -> bool:
        """Return whether the hours around that moment lie within."""
        return self.since > days_ago + 0.1 and (self.until is None or self.until < days_ago - 0.1)

    def begins(self, now: datetime) -> datetime:
        return now - timedelta(days=self.since)

    def ends(self, now: datetime) -> datetime | None:
        return None if self.until is None else now - timedelta(days=self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay(Span):
    """A person's time in a clan."""

    clan: str
    username: str
    is_commander: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest(Span):
    """A person with a permission; its level as the permission's row has it."""

    username: str
    level: str = "build"


@dataclass(frozen=True, slots=True, kw_only=True)
class Camp(Span):
    """A base: metres."""

    name: str
    place: str
    owner: str
    x: float
    z: float
    radius_m: float
    clan: str | None = None
    guests: tuple[Guest, ...] = ()
    server: str = SERVER


def _camp(row: dict[str, Any]) -> Camp:
    return Camp(**row | {"guests": tuple(Guest(**guest) for guest in row.get("guests", ()))})


BOOK: dict[str, Any] = tomllib.loads(Path(__file__).with_name("cast.toml").read_text(encoding="utf-8"))
CLANS: dict[str, str] = BOOK["clans"]
CHARACTERS = tuple(Character(**row) for row in BOOK["people"])
STAYS = tuple(Stay(**row) for row in BOOK["stays"])
CAMPS = tuple(_camp(row) for row in BOOK["camps"])
# Staff wrote down a Discord id and a gamertag; this person has never signed in and may build already.
DISCORD_ONLY = Character("discord-901100000000000109", "", "Enzo Ferrugem", is_known=False)
# A player the system has met, linked to nobody.
UNLINKED = Character("", "", "Andarilho Mudo")
HARD_NAMES = tuple(Character("", "", gamertag) for gamertag in BOOK["hard_names"])
PEOPLE = {character.username: character for character in (*CHARACTERS, DISCORD_ONLY)}


def folder(data_dir: Path) -> Path:
    """Where everything of the demo lies that is not in the database."""
    return data_dir / "demo"


def log_folder(data_dir: Path) -> Path:
    """Where the demo server writes its logs."""
    return folder(data_dir) / "logs"


def ban_list(data_dir: Path) -> Path:
    """Name the demo server's ban list."""
    return folder(data_dir) / "ban.txt"


def sign_in(data_dir: Path) -> Path:
    """Name the file with the password of the demo's people."""
    return folder(data_dir) / "sign-in.txt"


def sign_in_lines(data_dir: Path) -> list[str]:
    """Say how to sign in, in the reader's language; nothing without the demo's file."""
    try:
        password = sign_in(data_dir).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return []
    first = _("Demo community: sign in as “%(user)s”, password %(password)s")
    same = _(
        "The same password: “%(moderator)s” (moderator), “%(commander)s” (commander), “%(member)s” (member), "
        "“%(banned)s” (banned)"
    )
    return [
        first % {"user": SUPERUSER, "password": password},
        same % {"moderator": MODERATOR, "commander": COMMANDER, "member": MEMBER, "banned": BANNED},
    ]
