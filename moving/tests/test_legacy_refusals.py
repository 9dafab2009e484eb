"""What moving in from the old territory system refuses, what it says about the rest, and clans of one name."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone, translation

from clans.models import Clan, ClanMembership, User
from moving.tests.old_system import (
    COMMUNITY,
    FRIEND,
    INVASION,
    MATE,
    NUMBERED,
    OTHER,
    OWNER,
    add,
    base,
    change,
    facts,
    make_file,
    move_in,
    reasons,
)
from territory.models import Base, BasePermission, GameServer, Infraction, PlayerIdentity
from territory.tests.factories import make_base, make_player, make_server, make_user, player_id

pytestmark = pytest.mark.django_db

BASE_FIELDS: dict[str, list[dict[str, Any]]] = {
    "radius_out_of_bounds": [{"radius": 49.9}, {"radius": 200.01}, {"radius": -100}],
    "no_radius": [{"radius": None}, {"radius": "grande"}],
    "no_coordinates": [{"x": None}, {"z": ""}, {"x": "5000,5"}, {"x": float("inf")}],
    "off_map": [{"x": -0.1}, {"z": 12800.5}],
    "no_person": [{"owner_id": ""}, {"owner_id": "   "}],
    "bad_discord_id": [{"owner_id": one} for one in ("dono", 1.23456789012345e17, "0", "1" * 21)],
    "": [*({"clan_id": one} for one in (99, "x", 0, "")), {"radius": "50"}, {"radius": 200}, {"x": b"5000"}, {"x": "5000.5", "z": 12800}],
}  # fmt: skip


def test_base_that_cannot_be_taken_names_its_reason(blank: Path) -> None:
    given = [(reason, fields) for reason, rows in BASE_FIELDS.items() for fields in rows]
    friends = {number: str(int(FRIEND) + 10 * number) for number in range(len(given))}
    for number, (_reason, fields) in enumerate(given):
        add(blank, "bases_v2", base(id=number, **fields))
        add(blank, "base_permissions", {"base_id": number, "discord_id": friends[number], "level": "build"})

    result = move_in(blank, make_server(map="enoch"))

    refused = [number for number, (reason, _fields) in enumerate(given) if reason]
    assert set(reasons(result["refused"])) == {
        *(f"bases_v2 {number} {given[number][0]}" for number in refused),
        *(f"base_permissions {number + 1} base_not_taken" for number in refused),
    }
    assert set(Base.objects.values_list("radius_m", flat=True)) == {50, 100, 200}
    assert Base.objects.count() == len(given) - len(refused)
    made = {friends[number] for number in range(len(given)) if number not in refused}
    assert made | {OWNER} == set(User.objects.values_list("discord_id", flat=True)), (
        "nobody is made for nothing"
    )


def test_of_two_bases_that_overlap_the_one_that_is_here_or_the_older_stays(
    server: GameServer, blank: Path
) -> None:
    make_base(server, make_user("ana"), x=9000, name="Da Ana")
    add(
        blank,
        "bases_v2",
        base(id=1, owner_id=OTHER, x=5150, name="Nova", created_at="2026-02-01 00:00:00"),
        base(id=2, radius=80, name="Velha"),
        base(id=3, radius=60, name="Do mesmo dono"),
        base(id=4, owner_id=OTHER, x=5180.5, name="Ao lado"),
        base(id=5, x=9100, name="Em cima"),
    )

    refused = {one["row"]["name"]: one for one in move_in(blank, server)["refused"]}

    assert {name: one["reason"] for name, one in refused.items()} == {"Nova": "overlap", "Em cima": "overlap"}
    assert all(word in refused["Nova"]["words"] for word in ("Velha", "30"))
    assert all(word in refused["Em cima"]["words"] for word in ("Da Ana", "ana"))
    assert set(Base.objects.values_list("name", flat=True)) == {"Velha", "Do mesmo dono", "Ao lado", "Da Ana"}


def test_each_identity_is_one_person_s(server: GameServer, blank: Path) -> None:
    make_player("Ana", xuid="2535400000000001")
    PlayerIdentity.objects.create(gamertag="Sem dono", player_id=player_id("Sem dono"))
    given: list[tuple[str | None, str, str | None, str | None]] = [
        (OWNER, "ana ", None, "gamertag_taken"),
        (OWNER, "Dono", None, None),
        (OTHER, " DONO", None, "gamertag_taken"),
        (OWNER, "dono", "5", "duplicate"),
        (OTHER, "", None, "no_gamertag"),
        (None, "Solto", None, "no_person"),
        (OTHER, "x" * 101, None, "too_long"),
        (OTHER, "Survivor (2)", None, "gamertag_of_anybody"),
        (MATE, "Membro", player_id("Ana"), "player_id_taken"),
        (OTHER, "Sem dono", player_id("Sem dono"), None),
        (MATE, "Membro", "2535400000000001", None),
        (FRIEND, "Survivor", player_id("Amigo"), None),
        (FRIEND, "Survivor", player_id("Alfa"), None),  # the same person's other account
    ]
    change(blank, NUMBERED)
    for number, (person, gamertag, xbox_id, _reason) in enumerate(given):
        row = {"id": number, "discord_id": person, "gamertag": gamertag, "xbox_id": xbox_id}
        add(blank, "player_identities", row)

    result = move_in(blank, server)

    expected = {f"player_identities {n} {reason}" for n, (*_row, reason) in enumerate(given) if reason}
    assert set(reasons(result["refused"])) == expected
    assert "player_identities 10 xuid_taken" in reasons(result["noted"])
    people = {"None is Ana", "owner is Dono", "other is Sem dono", "mate is Membro"}
    assert facts() == people | {"friend is Survivor {Amigo}", "friend is Survivor {Alfa}"}


XBOX_IDS: dict[Any, tuple[str | None, str | None]] = {
    **dict.fromkeys(["2535400000000001", 2535400000000001], (None, "2535400000000001")),
    **dict.fromkeys([player_id("Dono"), player_id("Dono").lower()], (player_id("Dono"), None)),
    "x" * 43 + "=": ("x" * 43 + "=", None),
    2535400.0: (None, "2535400"),
    **dict.fromkeys(["sem id", 2.5354e15], (None, None)),
}


@pytest.mark.parametrize(("given", "ids"), XBOX_IDS.items())
def test_xbox_id_is_an_xuid_or_a_player_id(
    server: GameServer, blank: Path, given: Any, ids: tuple[Any, Any]
) -> None:
    add(blank, "player_identities", {"discord_id": OWNER, "gamertag": "Dono", "xbox_id": given})

    result = move_in(blank, server)

    assert PlayerIdentity.objects.values_list("player_id", "xuid").get() == ids
    assert reasons(result["noted"]) == ([] if any(ids) else [f"player_identities {OWNER} bad_xbox_id"])


STAY, RIGHT = {"clan_id": 7, "discord_id": OWNER}, {"base_id": 3, "discord_id": OTHER, "level": "build"}
RIGHTS: dict[str, list[tuple[dict[str, Any], str]]] = {
    "clan_members_v2": [
        (STAY | {"role": "Líder"}, ""),
        (STAY, "duplicate"),
        (STAY | {"discord_id": OTHER, "role": "recruta"}, "unknown_role"),
        (STAY | {"clan_id": 0}, "unknown_clan"),
        (STAY | {"discord_id": ""}, "no_person"),
    ],
    "base_permissions": [
        (RIGHT, ""),
        (RIGHT | {"level": "admin"}, "duplicate"),
        (RIGHT | {"base_id": 8}, "base_not_taken"),
        (RIGHT | {"discord_id": "amigo"}, "bad_discord_id"),
        (RIGHT | {"discord_id": MATE, "level": "ADMIN "}, ""),
        (RIGHT | {"discord_id": OWNER, "level": "tudo"}, "unknown_level"),
    ],
    "infractions": [
        (INVASION, ""),
        (INVASION | {"gamertag": None}, "no_gamertag"),
        (INVASION | {"detected_at": None}, "bad_time"),
        (INVASION | {"detected_at": "2099-01-01 00:00:00"}, "bad_time"),
    ],
}


def test_rights_and_infractions_name_what_they_lack(server: GameServer, file: Path) -> None:
    for table, rows in RIGHTS.items():
        add(file, table, *({"id": number} | row for number, (row, _reason) in enumerate(rows, 10)))

    result = move_in(file, server)

    expected = {
        f"{t} {n} {reason}" for t, rows in RIGHTS.items() for n, (_, reason) in enumerate(rows, 10) if reason
    }
    assert set(reasons(result["refused"] + result["noted"])) == expected
    assert facts() - COMMUNITY == {
        "owner is commander of TXS",
        "other is member of TXS",
        "other may build in Fortaleza Norte",
        "mate may admin in Fortaleza Norte",
        "owner may build in Fortaleza Norte",
    }
    assert Infraction.objects.count() == 1


TIMES = {"clan_members_v2": "joined_at", "bases_v2": "created_at", "base_permissions": "granted_at"}


@pytest.mark.parametrize("given", [None, "ontem", "2099-01-01 00:00:00"])
def test_right_without_a_time_that_can_be_counts_from_now(
    server: GameServer, file: Path, given: str | None
) -> None:
    value = "NULL" if given is None else f"'{given}'"
    for table, column in TIMES.items():
        change(file, f"UPDATE {table} SET {column} = {value}")
    before = timezone.now()

    result = move_in(file, server)

    assert (result["refused"], facts()) == ([], COMMUNITY)
    base, stay, right = Base.objects.get(), ClanMembership.objects.get(), BasePermission.objects.get()
    for time in (base.registered_at, stay.joined_at, right.granted_at):
        assert before <= time <= timezone.now()
    reason = "time_ahead" if given and given.startswith("2099") else "time_unknown"
    assert {one["reason"] for one in result["noted"]} == {reason}


def test_people_with_rights_whom_nobody_can_recognise_are_reported_at_every_run(
    server: GameServer, file: Path
) -> None:
    change(file, "DELETE FROM player_identities WHERE gamertag <> 'Outro'")
    for _run in range(2):
        noted = move_in(file, server)["noted"]
        assert reasons(noted) == [
            "clan_members_v2 1 holder_unlinked",
            "bases_v2 3 holder_unlinked",
            "base_permissions 1 holder_unlinked",
        ]
        assert OWNER in noted[1]["words"]

    PlayerIdentity.objects.create(user=User.objects.get(discord_id=OWNER), gamertag="Dono")
    BasePermission.objects.update(revoked_at=timezone.now())
    ClanMembership.objects.update(left_at=timezone.now())
    assert move_in(file, server)["noted"] == []


@pytest.mark.parametrize(("language", "word"), [("en", "Not taken over"), ("pt-br", "FENCE")])
def test_words_name_each_refused_row(server: GameServer, blank: Path, language: str, word: str) -> None:
    add(blank, "bases_v2", base(id=1, radius=20, name="FENCE"), base(id=2))
    out = StringIO()
    with translation.override(language):
        call_command("import_legacy", sqlite=blank, server="sul", stdout=out)

    start = f"  bases_v2 1 (name=FENCE, owner_id={OWNER}): "
    assert any(line.startswith(start) and "20" in line for line in out.getvalue().splitlines())
    assert word in out.getvalue()
    assert "bases_v2: 2" in out.getvalue()


# -- Clans: known by number there, so that a name shared by two gives nobody a right ----------------------------------

TWO = "INSERT INTO clans VALUES (9, '{name}'); INSERT INTO clan_members_v2 (clan_id, discord_id) VALUES (9, '{{other}}')"


@pytest.mark.parametrize(
    ("script", "clans", "said"),
    [
        ("", {"TXS": MATE}, []),
        (TWO.format(name="  txs"), {"TXS": MATE, "txs #9": OTHER}, ["clans 9 name_taken"]),
        (TWO.format(name=""), {"TXS": MATE, "#9": OTHER}, ["clans 9 nameless"]),
        ("DELETE FROM clans", {"#7": MATE}, ["clans 7 not_listed"]),
        ("DROP TABLE clans", {"#7": MATE}, ["clans 7 not_listed"]),
        (f"UPDATE clans SET name = '{'x' * 100}';" + TWO.format(name="x" * 100), {"x" * 100: MATE, "x" * 97 + " #9": OTHER}, ["clans 9 name_taken"]),
    ],
    ids=["one", "same name", "no name", "not listed", "no table", "longest name"],
)  # fmt: skip
def test_clans_stay_apart(
    server: GameServer, file: Path, script: str, clans: dict[str, str], said: list[str]
) -> None:
    change(file, script)

    result = move_in(file, server)

    assert sorted(reasons(result["refused"] + result["noted"])) == said
    stays = ClanMembership.objects.filter(left_at=None)
    assert dict(stays.values_list("clan__name", "user__discord_id")) == clans
    assert Clan.objects.count() == len(clans)
    assert Base.objects.get().clan == stays.get(user__discord_id=MATE).clan


def test_clan_of_staff_is_the_first_of_its_name_and_none_of_another_system_or_of_the_game(
    server: GameServer, file: Path, tmp_path: Path
) -> None:
    game, made = Clan.objects.create(name="TXS", origin="eu"), Clan.objects.create(name="TXS")
    change(file, TWO.format(name="TXS"))
    move_in(file, server)
    assert Base.objects.get().clan == made
    assert set(Clan.objects.filter(origin="").values_list("name", flat=True)) == {"TXS", "TXS #9"}
    other = make_file(tmp_path / "other.db")
    add(other, "clans", {"id": 2, "name": "TXS"})
    add(other, "bases_v2", base(clan_id=2, owner_id=OTHER))

    result = move_in(other, make_server(slug="norte"))

    assert "clans 2 name_taken" in reasons(result["noted"])
    assert {base.clan.name for base in Base.objects.select_related("clan") if base.clan} == {"TXS", "TXS #2"}
    assert not Base.objects.filter(clan=game).exists()
