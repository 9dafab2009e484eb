"""Random old systems moved in, a game log judged on them, and a plain reading of the old rows that must agree."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from moving.tests.old_system import add, make_file, move_in
from territory.models import Base, Placement
from territory.tests.factories import make_server, player_id
from territory.tests.logs import header, line

pytestmark = pytest.mark.django_db

PEOPLE = [str(200000000000000000 + n) for n in range(6)]
GAMERTAGS = [f"Jogador {n}" for n in range(7)]
PLACES = range(4000, 5001, 40)


@dataclass
class Old:
    """The rows of an old system, in plain values."""

    identities: list[dict[str, Any]] = field(default_factory=list)
    clans: list[dict[str, Any]] = field(default_factory=list)
    members: list[dict[str, Any]] = field(default_factory=list)
    bases: list[dict[str, Any]] = field(default_factory=list)
    permissions: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Act:
    gamertag: str
    x: int
    z: int
    at: datetime


def draw_old(draw: random.Random, boot: datetime) -> Old:
    def time() -> str:
        return f"{boot + timedelta(minutes=draw.choice((-9000, -60, 30, 60, 90))):%Y-%m-%d %H:%M:%S}"

    old = Old()
    for gamertag in draw.sample(GAMERTAGS, draw.randint(3, 7)):
        spelt = draw.choice((gamertag, gamertag.upper(), f" {gamertag} "))
        ids = (None, "", player_id(gamertag), player_id("somebody else"), "2535400000000001", "nonsense")
        xbox = draw.choice(ids[:3] if draw.random() < 0.9 else ids)
        old.identities.append({"discord_id": draw.choice(PEOPLE), "gamertag": spelt, "xbox_id": xbox})
    old.clans = [{"id": number, "name": draw.choice(("Clan", f"Clan {number}"))} for number in (1, 2)]
    for _ in range(draw.randint(0, 5)):
        stay = {"clan_id": draw.choice((1, 2, 2, 3)), "discord_id": draw.choice(PEOPLE), "joined_at": time()}
        old.members.append(stay)
    for number in range(1, draw.randint(2, 9)):
        old.bases.append(
            {
                "id": number,
                "owner_id": draw.choice((*PEOPLE, *PEOPLE[:3], "", "x")),
                "name": f"Base {number}",
                "x": draw.choice((*PLACES, *PLACES, None, -50)),
                "z": draw.choice(PLACES),
                "radius": draw.choice((50, 100, 100, 120, 200, 200, 40, 201)),
                "clan_id": draw.choice((None, None, 1, 2, 3)),
                "created_at": time(),
            }
        )
    for _ in range(draw.randint(0, 8)):
        right = {"base_id": draw.randint(1, 9), "discord_id": draw.choice(PEOPLE), "granted_at": time()}
        old.permissions.append(right | {"level": draw.choice(("build", "admin"))})
    return old


def draw_acts(draw: random.Random, old: Old, boot: datetime) -> list[Act]:
    acts = []
    for second in range(60, 7200, 120):
        near = draw.choice(old.bases)
        x, z = (
            (near["x"] or 4500) + draw.choice((0, 30, -60, 120, 160)),
            near["z"] + draw.choice((0, 40, -80, 120)),
        )
        acts.append(Act(draw.choice(GAMERTAGS), abs(x), z, boot + timedelta(seconds=second)))
    return acts


def write(old: Old, path: Path) -> Path:
    make_file(path)
    rows = (old.identities, old.clans, old.members, old.bases, old.permissions)
    for table, given in zip(
        ("player_identities", "clans", "clan_members_v2", "bases_v2", "base_permissions"), rows, strict=True
    ):
        add(path, table, *given)
    return path


# The plain reading, without the code under test.


def square(base: dict[str, Any], x: int, z: int) -> int:
    return int((base["x"] - x) ** 2 + (base["z"] - z) ** 2)


def standing(old: Old) -> list[dict[str, Any]]:
    """The bases that may be taken over: the older of two that touch, with bounds, a place and an owner."""
    found: list[dict[str, Any]] = []
    for base in sorted(old.bases, key=lambda one: (one["created_at"], one["id"])):
        is_sound = (
            base["owner_id"] in PEOPLE
            and base["x"] is not None
            and base["x"] >= 0
            and 50 <= base["radius"] <= 200
        )
        if is_sound and not any(
            one["owner_id"] != base["owner_id"]
            and square(one, base["x"], base["z"]) <= (one["radius"] + base["radius"]) ** 2
            for one in found
        ):
            found.append(base)
    return found


def persons(old: Old) -> dict[str, str]:
    """The person behind each gamertag: not one that is linked under another player id."""
    found: dict[str, str] = {}
    taken: dict[str, str] = {}
    for row in old.identities:
        gamertag, xbox, person = row["gamertag"].strip().title(), row["xbox_id"] or "", row["discord_id"]
        is_id = len(xbox) == 48
        if is_id and taken.setdefault(xbox, person) != person:
            continue
        if not is_id or xbox == player_id(gamertag):
            found[gamertag] = person
    return found


def may_build(old: Old, person: str, base: dict[str, Any]) -> bool:
    """Nothing ends in the old system, so a right that began after the act is held when it is judged."""
    return (
        person == base["owner_id"]
        or any(one["base_id"] == base["id"] and one["discord_id"] == person for one in old.permissions)
        or any(one["clan_id"] == base["clan_id"] and one["discord_id"] == person for one in old.members)
    )


def verdict(old: Old, act: Act) -> str:
    over = [b for b in standing(old) if square(b, act.x, act.z) <= b["radius"] ** 2]
    if not any(base["created_at"] <= f"{act.at:%Y-%m-%d %H:%M:%S}" for base in over):
        return "allowed"
    person = persons(old).get(act.gamertag)
    return "allowed" if person and any(may_build(old, person, base) for base in over) else "invasion"


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=() if seed < 3 else pytest.mark.thorough) for seed in range(25)]
)
def test_verdicts_on_moved_in_worlds_agree_with_a_plain_reading(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    boot = timezone.now().replace(microsecond=0) - timedelta(hours=3)
    old = draw_old(draw, boot)
    acts = draw_acts(draw, old, boot)
    ban_list = tmp_path / "ban.txt"
    server = make_server(slug="sul", time_zone="UTC", ban_list=str(ban_list))

    result = move_in(write(old, tmp_path / "old.db"), server)
    log = tmp_path / "DayZServer.ADM"
    lines = [line(f"{a.at:%H:%M:%S}", a.gamertag, pos=f"{a.x}.0, {a.z}.0, 5.0") for a in acts]
    log.write_text("\n".join([header(f"{boot:%Y-%m-%d %H:%M:%S}"), *lines]) + "\n")
    call_command("import_adm", str(log), server="sul", json=True, stdout=StringIO())

    assert set(Base.objects.values_list("name", flat=True)) == {base["name"] for base in standing(old)}
    judged = list(Placement.objects.order_by("occurred_at").values_list("gamertag", "occurred_at", "outcome"))
    assert judged == [(act.gamertag, act.at, verdict(old, act)) for act in acts]
    assert result["tables"]["bases_v2"]["refused"] == len(old.bases) - len(standing(old))
    held = set(Placement.objects.filter(action="review").values_list("gamertag", flat=True))
    banned = {one.split()[0] for one in ban_list.read_text().splitlines()} if ban_list.exists() else set()
    guilty = {act.gamertag for act in acts if verdict(old, act) == "invasion"}
    assert {player_id(one) for one in guilty - held} <= banned <= {player_id(one) for one in guilty}
