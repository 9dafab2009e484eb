"""What moving in does not take over, and what it says about it."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone, translation

from clans.models import Clan, ClanMembership, User
from territory.models import Base, BasePermission, GameServer, Infraction, PlayerIdentity
from territory.tests.factories import make_base, make_player, make_server, make_user, player_id
from moving.tests.old_system import (
    FRIEND,
    LONG_AGO,
    OTHER,
    OWNER,
    add,
    base,
    change,
    community,
    counts,
    make_file,
    move_in,
    reasons,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="sul", map="enoch")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return make_file(tmp_path / "old.db")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"radius": 49.9}, "radius_out_of_bounds"),
        ({"radius": 200.01}, "radius_out_of_bounds"),
        ({"radius": -100}, "radius_out_of_bounds"),
        ({"radius": None}, "no_radius"),
        ({"radius": "grande"}, "no_radius"),
        ({"x": None}, "no_coordinates"),
        ({"z": ""}, "no_coordinates"),
        ({"x": "5000,5"}, "no_coordinates"),
        ({"x": b"5000"}, None),
        ({"x": float("inf")}, "no_coordinates"),
        ({"x": -0.1}, "off_map"),
        ({"z": 12800.5}, "off_map"),
        ({"owner_id": ""}, "no_owner"),
        ({"owner_id": "   "}, "no_owner"),
        ({"owner_id": "dono"}, "bad_discord_id"),
        ({"owner_id": 1.23456789012345e17}, "bad_discord_id"),
        ({"owner_id": "0"}, "bad_discord_id"),
        ({"owner_id": "1" * 21}, "bad_discord_id"),
        ({"clan_id": 99}, None),
        ({"clan_id": "x"}, None),
        ({"clan_id": 0}, None),
        ({"clan_id": ""}, None),
        ({"radius": "50"}, None),
        ({"radius": 200}, None),
        ({"x": "5000.5", "z": 12800}, None),
    ],
)
def test_base_that_cannot_be_taken_names_its_reason(
    server: GameServer, file: Path, fields: dict[str, Any], reason: str | None
) -> None:
    add(file, "bases_v2", base(id=1, **fields), base(id=2, x=9000))
    add(file, "base_permissions", {"base_id": 1, "discord_id": FRIEND, "level": "build"})

    result = move_in(file, server)

    expected = [] if reason is None else [("1", reason), ("1", "base_not_taken")]
    assert reasons(result["refused"]) == expected
    assert Base.objects.count() == 2 - bool(reason)
    assert not Base.objects.exclude(radius_m__in=(50, 100, 200)).exists()
    assert not User.objects.filter(discord_id=FRIEND).exists() or reason is None, "nobody is made for nothing"


def test_of_two_bases_that_overlap_the_older_stays(server: GameServer, file: Path) -> None:
    add(
        file,
        "bases_v2",
        base(id=1, owner_id=OTHER, x=5150, name="Nova", created_at="2026-02-01 00:00:00"),
        base(id=2, radius=80, name="Velha"),
        base(id=3, radius=60, name="Do mesmo dono"),
        base(id=4, owner_id=OTHER, x=5180.5, name="Ao lado"),
    )

    result = move_in(file, server)

    [refused] = result["refused"]
    assert (refused["key"], refused["reason"]) == ("1", "overlap")
    assert "Velha" in refused["words"]
    assert "30" in refused["words"]
    assert refused["row"]["name"] == "Nova"
    assert set(Base.objects.values_list("name", flat=True)) == {"Velha", "Do mesmo dono", "Ao lado"}


def test_overlap_with_a_base_that_is_here_already(server: GameServer, file: Path) -> None:
    make_base(server, make_user("ana"), name="Da Ana")
    add(file, "bases_v2", base(id=1, x=5100))

    result = move_in(file, server)

    assert reasons(result["refused"]) == [("1", "overlap")]
    assert "Da Ana" in result["refused"][0]["words"]
    assert "ana" in result["refused"][0]["words"]


def test_base_that_grows_into_another_in_a_newer_copy_stays_as_it_was(server: GameServer, file: Path) -> None:
    add(file, "bases_v2", base(id=1), base(id=2, owner_id=OTHER, x=5210))
    add(file, "base_permissions", {"base_id": 2, "discord_id": FRIEND, "level": "build"})
    move_in(file, server)
    change(file, "UPDATE bases_v2 SET radius = 120 WHERE id = 2; UPDATE base_permissions SET level = 'admin'")

    result = move_in(file, server)

    assert reasons(result["refused"]) == [("2", "overlap")]
    assert Base.objects.get(x=5210).radius_m == 100
    assert BasePermission.objects.get().level == "admin"


def test_gamertag_is_linked_to_one_person(server: GameServer, file: Path) -> None:
    make_player("Ana")
    add(
        file,
        "player_identities",
        {"discord_id": OWNER, "gamertag": "ana "},
        {"discord_id": OWNER, "gamertag": "Dono"},
        {"discord_id": OTHER, "gamertag": " DONO"},
        {"discord_id": OWNER, "gamertag": "dono", "xbox_id": "5"},
        {"discord_id": OTHER, "gamertag": ""},
        {"discord_id": None, "gamertag": "Solto"},
        {"discord_id": OTHER, "gamertag": "x" * 101},
    )

    result = move_in(file, server)

    found = [reason for _key, reason in reasons(result["refused"])]
    assert found == ["no_gamertag", "no_person", "too_long", "gamertag_taken", "gamertag_taken", "duplicate"]
    assert set(PlayerIdentity.objects.values_list("gamertag", "user__discord_id")) == {
        ("Ana", None),
        ("Dono", OWNER),
    }
    assert "Ana" in result["refused"][3]["words"]


def test_player_id_and_xuid_belong_to_one_person(server: GameServer, file: Path) -> None:
    make_player("Ana", xuid="2535400000000001")
    PlayerIdentity.objects.create(gamertag="Sem dono", player_id=player_id("Sem dono"))
    add(
        file,
        "player_identities",
        {"discord_id": OWNER, "gamertag": "Dono", "xbox_id": player_id("Ana")},
        {"discord_id": OWNER, "gamertag": "Dono", "xbox_id": "2535400000000001"},
        {"discord_id": OTHER, "gamertag": "Sem dono", "xbox_id": player_id("Sem dono")},
    )

    result = move_in(file, server)

    assert [reason for _key, reason in reasons(result["refused"])] == ["player_id_taken"]
    assert [reason for _key, reason in reasons(result["noted"])] == ["xuid_taken"]
    linked = PlayerIdentity.objects.get(player_id=player_id("Sem dono"))
    assert linked.user is not None
    assert linked.user.discord_id == OTHER


def test_memberships_name_a_clan_and_a_person(server: GameServer, file: Path) -> None:
    add(file, "clans", {"id": 1, "name": "TXS"}, {"id": 2, "name": " t x s "})
    add(
        file,
        "clan_members_v2",
        {"clan_id": 1, "discord_id": OWNER, "role": "Líder"},
        {"clan_id": 1, "discord_id": OWNER},
        {"clan_id": 1, "discord_id": OTHER, "role": "recruta"},
        {"clan_id": 0, "discord_id": OTHER},
        {"clan_id": 1, "discord_id": ""},
    )

    result = move_in(file, server)

    assert sorted(reasons(result["refused"])) == [
        ("2", "duplicate"),
        ("4", "unknown_clan"),
        ("5", "no_person"),
    ]
    assert ("3", "unknown_role") in reasons(result["noted"])
    stays = set(ClanMembership.objects.values_list("clan__name", "user__discord_id", "role"))
    assert stays == {("TXS", OWNER, "commander"), ("TXS", OTHER, "member")}
    assert Clan.objects.count() == 2


def test_permissions_name_a_base_and_a_person(server: GameServer, file: Path) -> None:
    add(file, "bases_v2", base(id=1))
    right = {"base_id": 1, "discord_id": FRIEND, "level": "build"}
    add(
        file,
        "base_permissions",
        right,
        right | {"level": "admin"},
        right | {"base_id": 8},
        right | {"discord_id": "amigo"},
        right | {"discord_id": OTHER, "level": "ADMIN "},
        right | {"discord_id": OWNER, "level": "tudo"},
    )

    result = move_in(file, server)

    assert sorted(reasons(result["refused"])) == [
        ("2", "duplicate"),
        ("3", "unknown_base"),
        ("4", "bad_discord_id"),
    ]
    assert ("6", "unknown_level") in reasons(result["noted"])
    levels = set(BasePermission.objects.values_list("user__discord_id", "level"))
    assert levels == {(FRIEND, "build"), (OTHER, "admin"), (OWNER, "build")}


@pytest.mark.parametrize(
    "told", [None, "", "ontem", "2026-13-01 00:00:00", "0", "9" * 30, "2099-01-01 00:00:00"]
)
def test_right_without_a_time_that_can_be_counts_from_now(
    server: GameServer, file: Path, told: str | None
) -> None:
    add(file, "clans", {"id": 1, "name": "TXS"})
    add(file, "clan_members_v2", {"clan_id": 1, "discord_id": OWNER, "joined_at": told})
    add(file, "bases_v2", base(id=1, created_at=told))
    add(file, "base_permissions", {"base_id": 1, "discord_id": FRIEND, "level": "build", "granted_at": told})
    before = timezone.now()

    result = move_in(file, server)

    assert result["refused"] == []
    for since in (
        ClanMembership.objects.get().joined_at,
        Base.objects.get().registered_at,
        BasePermission.objects.get().granted_at,
    ):
        assert before <= since <= timezone.now()
    said = {reason for _key, reason in reasons(result["noted"])} - {"owner_unlinked", "holder_unlinked"}
    assert said == {"time_ahead" if told and told.startswith("2099") else "time_unknown"}


def test_infraction_without_name_or_time_is_no_history(server: GameServer, file: Path) -> None:
    told = {"gamertag": "B", "infraction_type": "territory_invasion", "detected_at": LONG_AGO}
    ahead = timezone.now() + timedelta(days=2)
    add(
        file,
        "infractions",
        told,
        told | {"gamertag": None},
        told | {"detected_at": None},
        told | {"detected_at": f"{ahead:%Y-%m-%d %H:%M:%S}"},
    )

    result = move_in(file, server)

    assert reasons(result["refused"]) == [("2", "no_gamertag"), ("3", "bad_time"), ("4", "bad_time")]
    assert counts(result, "infractions") == (4, 1, 0, 3)
    assert Infraction.objects.count() == 1


def test_people_with_rights_whom_nobody_can_recognise_are_told_at_every_run(
    server: GameServer, tmp_path: Path
) -> None:
    path = community(tmp_path / "old2.db")
    change(path, "DELETE FROM player_identities WHERE gamertag <> 'Outro'")
    expected = [
        ("clan_members_v2", "1", "holder_unlinked"),
        ("bases_v2", "3", "owner_unlinked"),
        ("base_permissions", "1", "holder_unlinked"),
    ]

    for _run in range(2):
        noted = move_in(path, server)["noted"]
        assert [(one["table"], one["key"], one["reason"]) for one in noted] == expected
        assert OWNER in noted[1]["words"]

    PlayerIdentity.objects.create(user=User.objects.get(discord_id=OWNER), gamertag="Dono")
    BasePermission.objects.update(revoked_at=timezone.now())
    ClanMembership.objects.update(left_at=timezone.now())
    assert move_in(path, server)["noted"] == []


@pytest.mark.parametrize(("language", "word"), [("en", "Not taken over"), ("pt-br", "FENCE")])
def test_words_name_each_refused_row(server: GameServer, file: Path, language: str, word: str) -> None:
    add(file, "bases_v2", base(id=1, radius=20, name="FENCE"), base(id=2))
    out = StringIO()
    with translation.override(language):
        call_command("import_legacy", sqlite=file, server="sul", stdout=out)

    lines = out.getvalue().splitlines()
    assert any(
        line.startswith(f"  bases_v2 1 (name=FENCE, owner_id={OWNER}): ") and "20" in line for line in lines
    )
    assert language != "en" or word in out.getvalue()
    assert "bases_v2: 2" in out.getvalue()
