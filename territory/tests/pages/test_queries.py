"""docs/queries.md: every statement of the page runs on real rows and does what its sentence says."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from clans.models import Clan, ClanMembership, User
from territory.models import Base, GameServer, Infraction, PlayerIdentity
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.database import sql
from territory.tests.factories import (
    LONG_AGO,
    incoming,
    join,
    make_base,
    make_clan,
    make_server,
    make_user,
    permit,
    player_id,
)

pytestmark = pytest.mark.django_db

PAGE = Path(__file__).parents[3] / "docs" / "queries.md"
# A statement and the sentence before it, which says what it is for.
_BLOCK = re.compile(
    r"\n\n(?P<sentence>(?!```)[^\n]+(?:\n(?!```)[^\n]+)*)\n\n```sql\n(?P<statement>.*?)```", re.DOTALL
)
STATEMENTS = {
    " ".join(found["sentence"].split()): found["statement"]
    for found in _BLOCK.finditer(PAGE.read_text("utf-8"))
}
Row = dict[str, Any]


class World:
    """A base of the owner 111 with the clan TXS; 222 is in the clan and has a permission; two invasions, one conflict."""

    def __init__(self) -> None:
        self.server = make_server(slug="sul")
        self.owner = self._player("dono", "111", "Dono")
        self.friend = self._player("amiga", "222", "Amiga")
        self.clan, self.rivals = make_clan("TXS"), make_clan("Rivais")
        make_user("nova", discord_id="444")
        self.base = make_base(self.server, self.owner, clan=self.clan)
        join(self.clan, self.friend)
        join(make_clan("Antigos"), self.friend, left_at=LONG_AGO + timedelta(days=1))
        permit(self.base, self.friend)
        self.acted_at = timezone.now() - timedelta(minutes=2)
        acts = [("Invasor", "Invasor"), ("Invasor", "Invasor"), ("Amiga", "Amiga"), ("DONO", "Outra conta")]
        store(
            self.server,
            [incoming(tag, player_id=player_id(key), occurred_at=self.acted_at) for tag, key in acts],
        )
        judge_due(self.server.pk, now=timezone.now())
        sql("UPDATE territory_base SET radius_m = 120 WHERE id = %s", self.base.pk)

    def _player(self, name: str, discord_id: str, gamertag: str) -> User:
        user = make_user(name, discord_id=discord_id)
        PlayerIdentity.objects.create(user=user, gamertag=gamertag, player_id=player_id(gamertag))
        return user


def run(begins: str, **words: object) -> list[Row]:
    """Run the one statement whose sentence begins so, its words in capitals replaced; return rows by column."""
    (statement,) = (one for sentence, one in STATEMENTS.items() if sentence.startswith(begins))
    for word in sorted(words, key=len, reverse=True):
        statement = re.sub(rf"\b{word}\b", str(words[word]), statement)
    assert not re.search(r"\b(SERVER|GAMERTAG|CLAN_NAME|\w*_ID)\b", statement), statement
    with connection.cursor() as cursor:
        cursor.execute(statement)
        if cursor.description is None:
            return []
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def words_of(world: World) -> dict[str, object]:
    """Return what stands for the words in capitals, unless a check says otherwise."""
    people: dict[str, object] = {"DISCORD_ID": 111, "FRIEND_DISCORD_ID": 222, "GAMERTAG": " dONo"}
    return people | {"SERVER": "sul", "BASE_ID": world.base.pk, "CLAN_ID": world.clan.pk}


def of(rows: list[Row], *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[column] for column in columns) for row in rows]


# What a statement reads: how its sentence begins, the columns to compare, and their values.
READS: dict[str, tuple[str, Callable[[World], list[tuple[Any, ...]]]]] = {
    "Who has a permission": (
        "discord_id level granted_at revoked_at", lambda _: [("222", "build", LONG_AGO, None)]
    ),
    "Who is in the clan of a base": ("discord_id role joined_at", lambda _: [("222", "member", LONG_AGO)]),
    "Invasions that were detected": (
        "gamertag status evidence",
        lambda _: [(name, status, "Coordenadas X=5045, Z=3000, Distância: 45m")
                   for name, status in (("DONO", "review"), ("Invasor", "confirmed"), ("Invasor", "confirmed"))],
    ),
    "Is it registered": ("id server mode radius_m", lambda w: [(w.base.pk, "sul", "enforce", 120.0)]),
    "What was placed in it lately": (
        "gamertag rule action",
        lambda _: [("DONO", "intruder", "review"), ("Amiga", "permission", "none"), *[("Invasor", "intruder", "ban")] * 2],
    ),
    "Was the person in the clan": (
        "name left_at", lambda _: [("TXS", None), ("Antigos", LONG_AGO + timedelta(days=1))]
    ),
    "Did it then": (
        "valid_from owner clan_id radius_m", lambda w: [(LONG_AGO, "111", w.clan.pk, 100.0)]
    ),
    "Is the gamertag linked": (
        "discord_id player_id waiting", lambda _: [("111", player_id("Dono"), False)]
    ),
    "Was it seen under another": (
        "gamertag linked_player_id seen_player_id", lambda _: [("DONO", player_id("Dono"), player_id("Outra conta"))]
    ),
    "Whose is the base": ("discord_id username", lambda _: [("111", "dono")]),
    "The bases attacked most": (
        "name server invasions invaders", lambda _: [("Fortaleza Norte", "sul", 3, 2)]
    ),
    "The most active clans": ("name placements active_members", lambda _: [("TXS", 1, 1)]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("begins", "columns", "values"), [(begins, *row) for begins, row in READS.items()], ids=READS
)
def test_statement_of_the_page_reads_what_it_says(
    begins: str, columns: str, values: Callable[[World], list[tuple[Any, ...]]]
) -> None:
    world = World()
    rows = run(begins, **words_of(world))
    assert of(rows, *columns.split()) == values(world)


# What a statement writes: how its sentence begins, the words that differ from those of `words_of`, and the row found after.
WRITES: dict[str, tuple[dict[str, object], Callable[[World], QuerySet[Any]]]] = {
    "A gamertag linked": (
        {"DISCORD_ID": 222, "GAMERTAG": "Segunda conta"},
        lambda w: PlayerIdentity.objects.filter(gamertag="Segunda conta", user=w.friend, player_id=None),
    ),
    "A base with everything said": (
        {"DISCORD_ID": 222}, lambda _: Base.objects.filter(place="ao norte do lago", x=9000.0, radius_m=150.0)
    ),
    "A permission for a friend": (
        {"FRIEND_DISCORD_ID": 444},
        lambda w: w.base.permissions.filter(user__discord_id="444", level="build", revoked_at=None),
    ),
    "A clan": ({"CLAN_NAME": "Novos"}, lambda _: Clan.objects.filter(name="Novos")),
    "A member of a clan, from now on": (
        {"FRIEND_DISCORD_ID": 111},
        lambda w: ClanMembership.objects.filter(user=w.owner, clan=w.clan, role="member"),
    ),
    "A permission taken back": ({}, lambda w: w.base.permissions.exclude(revoked_at=None)),
    "A member who leaves": ({}, lambda w: ClanMembership.objects.filter(clan=w.clan).exclude(left_at=None)),
    "A base given up": ({}, lambda _: Base.objects.exclude(removed_at=None)),
}  # fmt: skip


@pytest.mark.parametrize(
    ("begins", "words", "written"), [(begins, *row) for begins, row in WRITES.items()], ids=WRITES
)
def test_statement_of_the_page_writes_what_it_says(
    begins: str, words: dict[str, object], written: Callable[[World], QuerySet[Any]]
) -> None:
    world = World()
    run(begins, **words_of(world) | words)
    assert written(world).count() == 1


def look_at_bases(world: World) -> None:
    removed = make_base(
        world.server, world.owner, name="Antiga", x=9000.0, removed_at=LONG_AGO + timedelta(days=1)
    )
    rows = run("All bases, the newest first")
    assert of(rows, "id", "name", "server", "owner", "radius_m", "clan_name") == [
        (removed.pk, "Antiga", "sul", "111", 100.0, None),
        (world.base.pk, "Fortaleza Norte", "sul", "111", 120.0, "TXS"),
    ]
    assert [row["removed_at"] is None for row in rows] == [False, True]


# Writing.


def write_person(world: World) -> None:
    for _twice in range(2):
        run("A person of whom only", DISCORD_ID=333)
    assert User.objects.for_discord_id("333").username == "discord-333"
    assert not User.objects.get(discord_id="333").has_usable_password()


def write_gamertag_of_nobody(world: World) -> None:
    PlayerIdentity.objects.create(gamertag="Sem dono")
    PlayerIdentity.objects.create(gamertag="Outro sem dono")
    with pytest.raises(DataError), transaction.atomic():
        run("A gamertag that stands there", DISCORD_ID=999, GAMERTAG="Sem dono")
    rows = run("A gamertag that stands there", DISCORD_ID=222, GAMERTAG="sem DONO")
    assert of(rows, "user_id", "gamertag") == [(world.friend.pk, "Sem dono")]
    assert PlayerIdentity.objects.get(gamertag="Outro sem dono").user is None
    assert run("A gamertag that stands there", DISCORD_ID=222, GAMERTAG="Dono") == []


def write_base(world: World) -> None:
    sql("UPDATE territory_base SET removed_at = now()")  # it lies at the same place
    ((number,),) = of(run("A base:", SERVER="sul", DISCORD_ID=222), "id")
    base = Base.objects.get(pk=number)
    assert (base.owner, base.name, base.x, base.z, base.radius_m, base.clan) == (
        world.friend, "Minha Base", 5000.0, 3000.0, 100.0, None,
    )  # fmt: skip
    assert abs(base.registered_at - timezone.now()) < timedelta(minutes=5)


# When something is wrong.


def write_clan_of_base(world: World) -> None:
    run("The clan of a base", BASE_ID=world.base.pk, CLAN_ID=world.rivals.pk)
    world.base.refresh_from_db()
    assert world.base.clan == world.rivals
    assert world.base.revisions.filter(clan=world.clan).exists()


def trouble_place(world: World) -> None:
    swapped = make_base(world.server, world.owner, name="Trocada", x=3000.0, z=5000.0)
    removed = make_base(world.server, world.owner, name="Antiga", removed_at=LONG_AGO)
    rows = run("Are centre and radius right", SERVER="sul")
    assert of(rows, "id", "swapped") == [(swapped.pk, True), (world.base.pk, False)]
    assert (float(rows[1]["distance_m"]), float(rows[1]["edge_m"])) == (45.0, -75.0)
    assert removed.pk not in [row["id"] for row in rows]


def trouble_clan_of_base(world: World) -> None:
    assert of(run("Does the base carry", BASE_ID=world.base.pk), "clan_id", "name") == [
        (world.clan.pk, "TXS")
    ]
    sql("UPDATE territory_base SET clan_id = NULL")
    assert of(run("Does the base carry", BASE_ID=world.base.pk), "clan_id", "name") == [(None, None)]


def trouble_agreement(world: World) -> None:
    words = {"BASE_ID": world.base.pk, "FRIEND_DISCORD_ID": 222}
    assert run("Do both agree", **words) == [{"is_member": True}]
    ClanMembership.objects.filter(clan=world.clan).update(left_at=world.acted_at)
    assert run("Do both agree", **words) == [{"is_member": False}]


def trouble_charges(world: World) -> None:
    rows = run("Was it a forbidden item", GAMERTAG="invasor")
    assert [(row["item"], row["status"], row["ban_id"] is None, row["lifted_at"]) for row in rows] == [
        ("FenceKit", "confirmed", False, None)
    ] * 2


# Figures.


def count_bases(world: World) -> None:
    make_server(slug="norte")
    make_base(world.server, world.friend, x=9000.0)
    make_base(world.server, world.owner, x=7000.0, removed_at=LONG_AGO + timedelta(days=1))
    rows = run("Bases registered and in force")
    assert of(rows, "server", "bases", "owners") == [("norte", 0, 0), ("sul", 2, 2)]


def count_invasions(world: World) -> None:
    make_server(slug="norte")
    today = timezone.now().astimezone(world.server.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    yesterday = today - timedelta(seconds=1)
    first, second, third = Infraction.objects.order_by("pk")
    _detect(second, yesterday)
    _detect(third, today - timedelta(days=40))
    rows = run("Invasions detected today")
    week, month = today - timedelta(days=today.weekday()), today.replace(day=1)
    assert of(rows, "server", "today", "this_week", "this_month") == [
        ("norte", 0, 0, 0),
        ("sul", 1, 1 + (yesterday >= week), 1 + (yesterday >= month)),
    ]
    Infraction.objects.filter(pk=first.pk).update(status="lifted")
    assert run("Invasions detected today")[1]["today"] == 0


def _detect(infraction: Infraction, at: datetime) -> None:
    Infraction.objects.filter(pk=infraction.pk).update(detected_at=at)


CHECKS: tuple[Callable[[World], None], ...] = (
    look_at_bases,
    write_person, write_gamertag_of_nobody, write_base, write_clan_of_base,
    trouble_place, trouble_clan_of_base, trouble_agreement, trouble_charges,
    count_bases, count_invasions,
)  # fmt: skip


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_statement_of_the_page_does_what_it_says(check: Callable[[World], None]) -> None:
    check(World())


def test_every_statement_of_the_page_has_its_check() -> None:
    assert len(STATEMENTS) == len(CHECKS) + len(READS) + len(WRITES)
    assert PAGE.read_text("utf-8").count("```sql") == len(STATEMENTS)


def test_what_is_written_by_the_page_alone_is_judged() -> None:
    GameServer.objects.create(slug="sul")
    for number in (1, 2):
        run("A person of whom only", DISCORD_ID=number)
        run("A gamertag linked", DISCORD_ID=number, GAMERTAG=f"Jogador {number}")
    ((base,),) = of(run("A base:", SERVER="sul", DISCORD_ID=1), "id")
    ((clan,),) = of(run("A clan", CLAN_NAME="TXS"), "id")
    run("A member of a clan, from now on", CLAN_ID=clan, FRIEND_DISCORD_ID=2)
    run("The clan of a base", BASE_ID=base, CLAN_ID=clan)
    soon = timezone.now() + timedelta(seconds=1)
    server = GameServer.objects.get()
    store(server, [incoming(f"Jogador {number}", occurred_at=soon) for number in (1, 2, 3)])

    judge_due(server.pk, now=soon)

    rows = run("What was placed in it lately", BASE_ID=base)
    assert sorted(of(rows, "gamertag", "rule")) == [
        ("Jogador 1", "owner"),
        ("Jogador 2", "clan"),
        ("Jogador 3", "intruder"),
    ]


@pytest.mark.parametrize(
    ("begins", "words"),
    [
        ("A gamertag linked", {"DISCORD_ID": 999, "GAMERTAG": "Dona"}),
        ("A base:", {"SERVER": "sul", "DISCORD_ID": 999}),
        ("A base:", {"SERVER": "leste", "DISCORD_ID": 111}),
        ("A base with everything said", {"SERVER": "sul", "DISCORD_ID": 999}),
        ("A base with everything said", {"SERVER": "leste", "DISCORD_ID": 111}),
        ("A permission for a friend", {"FRIEND_DISCORD_ID": 999}),
        ("A member of a clan, from now on", {"FRIEND_DISCORD_ID": 999}),
    ],
    ids=repr,
)
def test_insert_for_somebody_who_is_not_there_fails_loudly(begins: str, words: dict[str, object]) -> None:
    numbers = words_of(World())
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        run(begins, **numbers | words)


def test_link_to_nobody_is_refused_in_words() -> None:
    with pytest.raises(DataError, match="nobody has this Discord id"):
        run("A gamertag linked", DISCORD_ID=1111, GAMERTAG="Dono")
