"""The game's maps: squares, x to the east, z to the north, origin in the south-west corner."""

from typing import NamedTuple

LEAST_SIDE_M, MOST_SIDE_M = 500.0, 65_536.0


class KnownMap(NamedTuple):
    """A map's title and the length of its sides in metres."""

    title: str
    side_m: float


# By the name of the world in the game. Sources: docs/rules.md, where each map has its row.
MAPS = {
    "chernarusplus": KnownMap("Chernarus", 15_360.0),
    "enoch": KnownMap("Livonia", 12_800.0),
    "sakhal": KnownMap("Sakhal", 15_360.0),
    "alteria": KnownMap("Alteria", 8_192.0),
    "anastara": KnownMap("Anastara", 10_240.0),
    "antoria": KnownMap("Antoria", 20_480.0),
    "arsteinen": KnownMap("Arsteinen", 15_360.0),
    "avalon": KnownMap("Avalon", 20_480.0),
    "azalea": KnownMap("Azalea", 20_480.0),
    "banov": KnownMap("Banov", 15_360.0),
    "banovfrost": KnownMap("Banov Frost", 15_360.0),
    "bitterroot": KnownMap("Bitterroot", 12_288.0),
    "chiemsee": KnownMap("Chiemsee", 10_240.0),
    "deadfall": KnownMap("Deadfall", 10_240.0),
    "deerisle": KnownMap("Deer Isle", 16_384.0),
    "esseker": KnownMap("Esseker", 12_800.0),
    "greencounty": KnownMap("Green County", 10_240.0),
    "hashima": KnownMap("Hashima", 5_120.0),
    "iztek": KnownMap("Iztek", 8_192.0),
    "lux": KnownMap("Lux", 15_360.0),
    "malvinas": KnownMap("Malvinas", 12_288.0),
    "melkart": KnownMap("Melkart", 20_480.0),
    "namalsk": KnownMap("Namalsk", 12_800.0),
    "nhchernobyl": KnownMap("NH Chernobyl", 20_480.0),
    "novikostok": KnownMap("Novi Kostok", 15_360.0),
    "nukezzone": KnownMap("NukeZZone", 15_360.0),
    "nyheim": KnownMap("Nyheim", 15_360.0),
    "onforin": KnownMap("Onforin", 24_576.0),
    "pnw": KnownMap("Pacific Northwest", 10_240.0),
    "pripyat": KnownMap("Pripyat", 20_480.0),
    "raman": KnownMap("Raman", 32_768.0),
    "ros": KnownMap("Ros", 20_480.0),
    "rostow": KnownMap("Rostow", 14_336.0),
    "sahrani": KnownMap("Sahrani", 20_480.0),
    "stuartisland": KnownMap("Stuart Island", 5_120.0),
    "swansisland": KnownMap("Swans Island", 2_048.0),
    "takistan": KnownMap("Takistan", 12_800.0),
    "takistanplus": KnownMap("Takistan Plus", 12_800.0),
    "utes": KnownMap("Utes", 5_120.0),
    "valning": KnownMap("Valning", 10_240.0),
    "varlind": KnownMap("Varlind", 12_800.0),
    "vela": KnownMap("Vela", 10_240.0),
    "visisland": KnownMap("Vis Island", 20_480.0),
    "yiprit": KnownMap("Yiprit", 20_480.0),
}


def map_name(text: str) -> str:
    """Return a known map's name by its name, title or mission folder; else the text itself."""
    mission = _folded(text).rpartition(".")[2]  # a mission folder is `dayzOffline.enoch` or `empty.deerisle`
    names = (name for name, known in MAPS.items() if mission in {name, _folded(known.title)})
    return next(names, text.strip())


def map_title(name: str) -> str:
    """Return a known map's title; another map's name itself."""
    return MAPS[name].title if name in MAPS else name


def _folded(text: str) -> str:
    return "".join(text.casefold().replace("_", " ").split())
