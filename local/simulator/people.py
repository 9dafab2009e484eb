"""Invented players and their places in the clan."""

import random
from typing import Final

# The game's eleven roles with its English words, from the top down.
ROLES: Final[dict[str, str]] = {
    "commander": "Commander",
    "executive_officer": "Executive Officer",
    "personnel_officer": "Personnel Officer",
    "combat_officer": "Combat Officer",
    "intelligence_officer": "Intelligence Officer",
    "quartermaster": "Quartermaster",
    "recruitment_officer": "Recruitment Officer",
    "junior_officer": "Junior Officer",
    "private": "Private",
    "recruit": "Recruit",
    "reservist": "Reservist",
}
# How many of each a clan has at its start; the rest are privates, recruits and reservists.
_POSTS: Final = {
    "commander": 1,
    "executive_officer": 2,
    "personnel_officer": 2,
    "combat_officer": 4,
    "intelligence_officer": 1,
    "quartermaster": 2,
    "recruitment_officer": 2,
    "junior_officer": 8,
}
_FIRST: Final = (
    "Capitao",
    "Sargento",
    "Coronel",
    "Cabo",
    "Tatu",
    "Onca",
    "Jaguar",
    "Sucuri",
    "Jacare",
    "Gaviao",
    "Curupira",
    "Saci",
    "Boitata",
    "Caipora",
    "Paje",
    "Mestre",
    "Seu",
    "Dona",
    "Zeca",
    "Tonho",
    "Chico",
    "Nina",
    "Duda",
    "Juca",
    "Bento",
    "Caju",
    "Pequi",
    "Jabuti",
    "Quati",
    "Lobo",
)
_LAST: Final = (
    "BR",
    "Blindado",
    "Trovao",
    "DoSertao",
    "Carioca",
    "Mineiro",
    "Gaucho",
    "Paulista",
    "Baiano",
    "Potiguar",
    "Canhao",
    "Lagarta",
    "DaSerra",
    "Pantaneiro",
    "Amazonas",
    "Cerrado",
    "Nordeste",
    "Relampago",
    "Fantasma",
    "Noturno",
    "Valente",
    "Cascavel",
    "Urutu",
    "Osorio",
)
CLAN_TAG: Final = "ONCA"
CLAN_NAME: Final = "Onças do Cerrado ☆ ᴮᴿ"
CLAN_MOTTO: Final = "Quem não arrisca não petisca — 戦車道 ♥"
CLAN_DESCRIPTION: Final = "Clã de amigos do cerrado & da serra.\nTreino às quintas, 21h."


def nickname(rng: random.Random) -> str:
    """Return a name as the game allows them: 3 to 24 of A-Z, a-z, 0-9 and _."""
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    shapes = (
        f"{first}_{last}",
        f"{first}{last}",
        f"{first}_{last}_{rng.randrange(100):02}",
        f"{first}{rng.randrange(1970, 2012)}",
        f"xX_{first}_Xx",
        f"_{first}{last}_",
    )
    return rng.choice(shapes)[:24]


def first_roles(members: int) -> list[str]:
    """Return the roles of a new clan, the commander's first; a small one has fewer officers."""
    posts = [role for role, count in _POSTS.items() for _ in range(count)]
    officers = posts[: max(1, members // 4)]
    others = ["private"] * 5 + ["recruit"] * 2 + ["reservist"]
    return (officers + [others[n % len(others)] for n in range(members)])[:members]


def next_role(rng: random.Random, role: str) -> str:
    """Return a role one step up or down, never that of the commander."""
    ranks = list(ROLES)
    place = ranks.index(role)
    near = [ranks[n] for n in (place - 1, place + 1) if 1 <= n < len(ranks)]
    return rng.choice(near)
