"""Who lives in the demo and where: `community` makes rows of these characters, `scenes` makes lines of the log.

Everybody is invented. All times are in days before the demo was made, the larger the earlier.
"""

import base64
import hashlib
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
        return f"{int.from_bytes(hashlib.blake2b(self.username.encode(), digest_size=5).digest()):012}"[-12:]

    def gamertag_at(self, days_ago: float) -> str:
        return self.former if self.former and days_ago > self.renamed_days_ago else self.gamertag


@dataclass(frozen=True, slots=True)
class Span:
    """A time that began `since` days ago and ended `until` days ago, or lasts."""

    since: float
    until: float | None = None

    def holds(self, days_ago: float) -> bool:
        """Return whether all of that hour lies within."""
        return self.since > days_ago + 0.1 and (self.until is None or self.until < days_ago - 0.1)


@dataclass(frozen=True, slots=True)
class Camp:
    """A base: metres. `guests` have a permission on it, each for a time."""

    name: str
    place: str
    owner: str
    x: float
    z: float
    radius_m: float
    clan: str | None = None
    guests: tuple[tuple[str, Span], ...] = ()
    span: Span = Span(40)
    server: str = SERVER


@dataclass(frozen=True, slots=True)
class Stay:
    """A person's time in a clan."""

    clan: str
    username: str
    span: Span
    is_commander: bool = False


CLANS = {"LOBO": "Lobos do Sertão", "OURO": "Garimpeiros do Norte", "SAL": "Confraria do Sal"}

CHARACTERS = (
    Character(MEMBER, "Rafael Figueiredo", "Rafa Caatinga"),
    Character(COMMANDER, "Bia Nogueira", "BiaDoCangaco"),
    Character("caio", "Caio Valente", "CaioNoMato", is_known=False),
    Character("duda", "Duda Sampaio", "DudaSal"),
    Character("tiago", "Tiago Brandão", "TiagaoGarimpo"),
    Character("marina", "Marina Paixão", "MarinaPx"),
    Character("otavio", "Otávio Rezende", "Tavinho Tiro Certo", is_known=False),
    Character(MODERATOR, "Lívia Castanheira", "LiviaCast"),
    Character("joao", "João Pedro Siqueira", "JPzin do Sul"),
    Character("ana", "Ana Clara Meireles", "AninhaGG"),
    Character("bruno", "Bruno Tavares", "Brunao Pao de Queijo", former="BrunoMG", renamed_days_ago=17),
    Character("camila", "Camila Rocha", "CamiCapivara", former="Camila Rocha1990", renamed_days_ago=6),
    Character("diego", "Diego Fontes", "DiegoForaDaLei"),
    Character("elisa", "Elisa Quaresma", "ElisaQ"),
    Character("fabio", "Fábio Antunes", "Fabinho Gol Contra"),
    Character("gabi", "Gabriela Teles", "Gabs"),
    Character("heitor", "Heitor Bandeira", "HeitorPescador"),
    Character("igor", "Igor Malta", "IgorMalta77"),
    Character("jessica", "Jéssica Lins", "JessNaChuva"),
    Character("kaua", "Kauã Ribeiro", "Kaua Sem Sinal"),
    Character("larissa", "Larissa Prado", "Lari do Lago"),
    Character("mateus", "Mateus Borges", "MateusBorg3s"),
    Character("nina", "Nina Azevedo", "NinaEspingarda"),
    Character("paulo", "Paulo Sérgio Dantas", "Tio Paulo"),
    Character("renata", "Renata Lobo", "RenataUiva"),
    Character("sergio", "Sérgio Mourão", "SergioSucata"),
    Character("talita", "Talita Vasques", "TalitaVsq"),
    # Names that pages have to bear: forty letters, right to left, signs of HTML.
    Character("max", "Maximiliano Albuquerque de Sant'Anna Neto", "Maximiliano_Rei_Do_Sertao_De_Chernarus_1"),
    Character("yasmin", "Yasmin (صياد الليل)", "صياد الليل"),
    Character("ze", "Zé <Tralha> & Filhos", "Ze <b>Tralha</b> & Filhos"),
    Character("vitor", "Vitor Hugo Pacheco", "VH-Pacheco", "playstation"),
    Character("wesley", "Wesley Cordeiro", "Wesley_Cordel", "playstation"),
    Character("alice", "Alice Monteiro", "alice_monte", "playstation"),
    Character("breno", "Breno Carvalhal", "Breno-Carv", "playstation"),
    Character("clara", "Clara Ventura", "claraventura_", "playstation"),
    Character("davi", "Davi Estrela", "DaviEstrela_BR", "playstation"),
    Character("erika", "Érika Falcão", "erika-falcao", "playstation"),
    Character("nando", "Fernando Lacerda", "NandoLacerda", "playstation", is_known=False),
)  # fmt: skip

# Staff wrote down a Discord id and a gamertag; this person has never signed in and may build already.
DISCORD_ONLY = Character("discord-901100000000000109", "", "Enzo Ferrugem", is_known=False)
# A player the system has met, linked to nobody.
UNLINKED = Character("", "", "Andarilho Mudo")
# They invade in the story, and their names are hard on a page.
HARD_NAMES = (
    Character("", "", "O_Terror_Das_Bases_Alheias_De_Chernarus_"),
    Character("", "", "ملك الصحراء"),
    Character("", "", "<i>Lambari</i> & Cia"),
)
PEOPLE = {character.username: character for character in (*CHARACTERS, DISCORD_ONLY)}

STAYS = (
    Stay("LOBO", COMMANDER, Span(120), is_commander=True),
    Stay("LOBO", "caio", Span(45)),
    Stay("LOBO", "otavio", Span(90, 11)),
    Stay("LOBO", "renata", Span(70)),
    Stay("LOBO", "igor", Span(16)),
    Stay("LOBO", "vitor", Span(60)),
    Stay("SAL", "duda", Span(80), is_commander=True),
    Stay("SAL", "caio", Span(30)),
    Stay("SAL", "gabi", Span(55)),
    Stay("SAL", "kaua", Span(62, 20)),
    Stay("SAL", "alice", Span(50)),
    Stay("OURO", "tiago", Span(100), is_commander=True),
    Stay("OURO", MEMBER, Span(60)),
    Stay("OURO", "sergio", Span(58)),
    Stay("OURO", "max", Span(33)),
)

CAMPS = (
    Camp("Casa da Serra", "a leste de Zelenogorsk", MEMBER, 4308, 5283, 60),
    Camp("Quartel dos Lobos", "ao norte de Zelenogorsk", COMMANDER, 2372, 5752, 120, "LOBO"),
    Camp(
        *("Porto dos Ventos", "Svetloyarsk", "duda", 14352, 13380, 100),
        guests=((DISCORD_ONLY.username, Span(35)), (MEMBER, Span(20)), ("diego", Span(38, 23))),
    ),
    Camp("Mirante do Norte", "Novodmitrovsk", "tiago", 11570, 14750, 80, guests=(("marina", Span(34)), ("caio", Span(20)))),
    Camp("Refúgio de Tisy", "ao norte de Tisy", "marina", 1450, 14730, 100, guests=(("joao", Span(29)),)),
    Camp("Vila do Garimpo", "a oeste de Berezino", "tiago", 11250, 9400, 150, "OURO"),
    Camp("Posto Novy", "a leste de Novy Sobor", COMMANDER, 7880, 8150, 100, "LOBO", span=Span(26)),
    Camp("Salina da Costa", "perto de Solnichniy", "duda", 13150, 6300, 90, "SAL", guests=(("nina", Span(9)),)),
    Camp("Sítio da Capivara", "ao norte de Vybor", "camila", 4620, 9310, 75, guests=(("paulo", Span(31)), ("elisa", Span(14)))),
    Camp("Oficina do Tralha", "a sul de Stary Sobor", "ze", 6150, 6900, 80, span=Span(12)),
    Camp("Palácio de Maximiliano do Sertão, Segundo de Seu Nome", "Myshkino", "max", 2010, 7820, 70, "OURO"),
    # Given up: whoever builds there now does no wrong.
    Camp("Acampamento Velho", "no canto noroeste", "heitor", 310, 15130, 60, span=Span(50, 14)),
    Camp("Casa do Lago", "perto de Radunin", "vitor", 6000, 9000, 100, "LOBO", server=OBSERVED_SERVER),
    Camp("Serraria do Sul", "Nadbór", "wesley", 6120, 4050, 80, server=OBSERVED_SERVER, guests=(("alice", Span(39)), ("clara", Span(24)))),
    Camp("Usina de Topolin", "Topolin", "breno", 1830, 7350, 120, server=OBSERVED_SERVER),
    Camp("Granja da Érika", "Brena", "erika", 6480, 11150, 65, server=OBSERVED_SERVER, span=Span(18)),
)  # fmt: skip


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
