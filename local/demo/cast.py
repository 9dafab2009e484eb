"""Who lives in the demo and where: the rows of `community` and the lines of `replay` are made from the same characters.

Everybody is invented. Gamertags, player ids and the places of what they build are those of `lines.adm`.
"""

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

SERVER = "demo"
OBSERVED_SERVER = "livonia-observe"
TIME_ZONE = ZoneInfo("America/Sao_Paulo")
SUPERUSER, MODERATOR, COMMANDER, MEMBER = "demo", "livia", "bia", "rafael"


@dataclass(frozen=True, slots=True)
class Character:
    """A person and their player; without `is_known` the player id is still to be learned."""

    username: str
    display_name: str
    discord_id: str
    gamertag: str
    player_id: str
    platform: str = "playstation"
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Camp:
    """A base on the demo server: metres, times in days ago. `guests` hold a permission on it."""

    name: str
    place: str
    owner: str
    x: float
    z: float
    radius_m: float
    clan: str | None = None
    guests: tuple[str, ...] = ()
    registered_days_ago: int = 40
    removed_days_ago: int | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """A person's time in a clan, in days ago."""

    clan: str
    username: str
    joined_days_ago: int
    left_days_ago: int | None = None
    is_commander: bool = False


CLANS = {"LOBO": "Lobos do Sertão", "OURO": "Garimpeiros do Norte", "SAL": "Confraria do Sal"}

CHARACTERS = (
    Character(MEMBER, "Rafael Figueiredo", "901100000000000101", "FB-Clrdf", "qrb3scYHfd3vmSbDQ5fb8uBMmEFf4PN6Q7LwItDl1pG="),
    Character("bia", "Bia Nogueira", "901100000000000102", "kiYlYR7FywYk", "lSYU6-b-LHjdzSrpWFajM5esULqJ4sw1EfNb2PnLZ2W="),
    Character("caio", "Caio Valente", "901100000000000103", "yOFA-ZZTC_OttwKt", "tMRqma9MVQa64qp2l6-PSpjpagsN2CYE_Dw_pa9aM1R=", is_known=False),
    Character("duda", "Duda Sampaio", "901100000000000104", "Hv_ymzo_cxikzz", "ehGRVOMefiPDAXPgrN3GOCMy2sc3bTUEp6rvOSoKDLd="),
    Character("tiago", "Tiago Brandão", "901100000000000105", "wGgbxf-_-Oztxb_", "mm-HfCUKkgUlx5QucCG4__BeSbTPl3dvhNKU5li6Ay8="),
    Character("marina", "Marina Paixão", "901100000000000106", "IlRrcqNjj", "60438639ECB28AD9CB2B445BD77874FB15B4E206", "xbox"),
    Character("otavio", "Otávio Rezende", "901100000000000107", "QtvcsIxWvexbmj", "fJ9nhljHTo_ARGvsvLJWyoDRL4lmfV-e2UQKxhUiUcO=", is_known=False),
    Character(MODERATOR, "Lívia Castanheira", "901100000000000108", "Wxszct27566", "8D529EC296985296A8B6DA76D444CA73E8AD8DD1", "xbox"),
)  # fmt: skip

# Staff wrote down a Discord id and a gamertag; this person has never signed in and may build already.
DISCORD_ONLY = Character("discord-901100000000000109", "", "901100000000000109", "Enzfrjorp617", "9mxXbqQA5qEDlQ5gjTiiRlEvDWxWlpGCzA_1EZ7KZlz=", is_known=False)  # fmt: skip

# A player the system has met, linked to nobody.
UNLINKED = ("lpabiwbjpscrlcrz", "FnBWpMnGinH4XL8o2QaBaI4ixoR1-bbvaFSrgJER3y6=")

STAYS = (
    Stay("LOBO", "bia", 120, is_commander=True),
    Stay("LOBO", "caio", 45),
    Stay("LOBO", "otavio", 90, left_days_ago=9),
    Stay("SAL", "caio", 30),
    Stay("SAL", "duda", 80, is_commander=True),
    Stay("OURO", "tiago", 100, is_commander=True),
    Stay("OURO", "rafael", 60),
)

CAMPS = (
    Camp("Casa da Serra", "a leste de Zelenogorsk", "rafael", 4308, 5283, 60),
    Camp("Quartel dos Lobos", "ao norte de Zelenogorsk", "bia", 2372, 5752, 120, clan="LOBO"),
    Camp(
        "Porto dos Ventos", "Svetloyarsk", "duda", 14352, 13380, 100, guests=(DISCORD_ONLY.username, "rafael")
    ),
    Camp("Mirante do Norte", "Novodmitrovsk", "tiago", 11570, 14750, 80, guests=("marina", "caio")),
    Camp("Refúgio de Tisy", "ao norte de Tisy", "marina", 1450, 14730, 100),
    Camp("Vila do Garimpo", "a oeste de Berezino", "tiago", 11250, 9400, 150, clan="OURO"),
    Camp("Posto Novy", "a leste de Novy Sobor", "bia", 7880, 8150, 100, clan="LOBO"),
    # Given up: whoever builds there now does no wrong.
    Camp("Acampamento Velho", "no canto noroeste", "duda", 310, 15130, 60, removed_days_ago=14),
)


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
        "The same password: “%(moderator)s” (moderator), “%(commander)s” (commander), “%(member)s” (member)"
    )
    return [
        first % {"user": SUPERUSER, "password": password},
        same % {"moderator": MODERATOR, "commander": COMMANDER, "member": MEMBER},
    ]
