"""Newer copies of the old territory system's file: what each change does to what was moved in, in one run."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.utils import timezone

from clans.models import Clan, ClanMembership, User
from moving.tests.old_system import (
    LONG_AGO,
    NUMBERED,
    OTHER,
    OWNER,
    SCHEMA,
    add,
    change,
    counts,
    facts,
    learn,
    make_file,
    move_in,
    reasons,
)
from territory.models import Base, BasePermission, BaseRevision, GameServer, Infraction, PlayerIdentity
from territory.services.merging import merge_identities
from territory.tests.factories import make_server, player_id

pytestmark = pytest.mark.django_db

FORT = "Fortaleza Norte of owner at 5000 3000, 100 m, TXS"
PEOPLE = """
    INSERT INTO player_identities VALUES (1, '{owner}', 'Dono', NULL), (2, '{friend}', 'Amigo', NULL),
        (3, '{mate}', 'Membro', NULL), (4, '{other}', 'Outro', NULL);
"""
SECOND = f"INSERT INTO bases_v2 VALUES (4, '{{other}}', 'Sul', '', 9000, 3000, 100, NULL, '{LONG_AGO}');"


@dataclass
class Case:
    """SQL on the file before and after the first run, what staff or the game do between; and what that changes here."""

    after: str
    changed: frozenset[str] | set[str] = frozenset()  # facts that are gained or lost
    said: tuple[str, ...] = ()
    before: str = ""
    between: Callable[[GameServer], object] = lambda _server: None
    newer_copy: bool = False


def end_everything(_server: GameServer) -> None:
    now = timezone.now()
    Base.objects.update(removed_at=now)
    BasePermission.objects.update(revoked_at=now)
    ClanMembership.objects.update(left_at=now)


def delete_rights(_server: GameServer) -> None:
    BasePermission.objects.all().delete()
    ClanMembership.objects.all().delete()


def merge_into_seen(*, gamertag: str) -> Callable[[GameServer], object]:
    """Staff merge the owner's identity into one that the game has shown."""

    def merge(_server: GameServer) -> None:
        kept = PlayerIdentity.objects.create(gamertag=gamertag, player_id=player_id("Dono"))
        dropped = PlayerIdentity.objects.get(gamertag="Dono", player_id=None)
        merge_identities(kept, dropped, by=User.objects.create(username="staff"), now=timezone.now())

    return merge


CASES = {
    # What changed in the file.
    "every column": Case(
        """
        UPDATE bases_v2 SET radius = 150, owner_id = '{friend}', clan_id = NULL, name = 'Nova';
        UPDATE clans SET name = 'TXS BR'; UPDATE clan_members_v2 SET role = 'member';
        UPDATE base_permissions SET level = 'admin'; UPDATE player_identities SET gamertag = 'DONO' WHERE id = 1;
        """,
        {"Nova of friend at 5000 3000, 150 m, None", "mate is member of TXS BR", "friend may admin in Nova", "owner is DONO", FORT, "mate is commander of TXS", "friend may build in Fortaleza Norte", "owner is Dono"},
    ),
    "new rows": Case(
        SECOND + "INSERT INTO base_permissions (base_id, discord_id, level) VALUES (4, '{mate}', 'admin')",
        {"Sul of other at 9000 3000, 100 m, None", "mate may admin in Sul"},
    ),
    "rows gone": Case("DELETE FROM base_permissions; DELETE FROM clan_members_v2", said=("clan_members_v2 1 gone", "base_permissions 1 gone")),
    "player id added": Case("UPDATE player_identities SET xbox_id = '{id Dono}' WHERE id = 1", {"owner is Dono {Dono}", "owner is Dono"}),
    "base moved keeps its friends": Case("UPDATE bases_v2 SET x = 7000", {"Fortaleza Norte of owner at 7000 3000, 100 m, TXS", FORT}),
    "number of a base given to another": Case(
        "UPDATE bases_v2 SET owner_id = '{other}', name = 'Sul', x = 9000, clan_id = NULL; DELETE FROM base_permissions",
        {"Sul of other at 9000 3000, 100 m, None", FORT, "friend may build in Fortaleza Norte"},
        ("base_permissions 1 gone",),
    ),
    "right of somebody else": Case(
        "UPDATE base_permissions SET discord_id = '{other}'; UPDATE clan_members_v2 SET discord_id = '{other}'",
        {"other may build in Fortaleza Norte", "other is commander of TXS", "friend may build in Fortaleza Norte", "mate is commander of TXS"},
    ),
    "times come later": Case(
        f"UPDATE bases_v2 SET created_at = '{LONG_AGO}'; UPDATE base_permissions SET granted_at = '{LONG_AGO}'",
        before="UPDATE bases_v2 SET created_at = NULL; UPDATE base_permissions SET granted_at = ''",
    ),
    "clan written down": Case(
        "INSERT INTO clans VALUES (7, 'TXS')",
        {FORT, "mate is commander of TXS", FORT.replace("TXS", "#7"), "mate is commander of #7"},
        before="DELETE FROM clans",
    ),
    # What one row gives up and another takes.
    "gamertags swapped": Case(
        "UPDATE player_identities SET gamertag = CASE id WHEN 1 THEN 'Amigo' ELSE 'Dono' END WHERE id < 3",
        {"owner is Amigo", "friend is Dono", "owner is Dono", "friend is Amigo"},
    ),
    "player ids swapped": Case(
        "UPDATE player_identities SET xbox_id = CASE id WHEN 1 THEN '{id Amigo}' ELSE '{id Dono}' END WHERE id < 3",
        {"owner is Dono {Amigo}", "friend is Amigo {Dono}", "owner is Dono {Dono}", "friend is Amigo {Amigo}"},
        before="UPDATE player_identities SET xbox_id = CASE id WHEN 1 THEN '{id Dono}' ELSE '{id Amigo}' END WHERE id < 3",
    ),
    "clans' names swapped": Case(
        "UPDATE clans SET name = CASE id WHEN 7 THEN 'ABC' ELSE 'TXS' END",
        {FORT.replace("TXS", "ABC"), "mate is commander of ABC", "other is member of TXS", FORT, "mate is commander of TXS", "other is member of ABC"},
        before="INSERT INTO clans VALUES (8, 'ABC'); INSERT INTO clan_members_v2 (clan_id, discord_id) VALUES (8, '{other}')",
    ),
    "places swapped": Case(
        "UPDATE bases_v2 SET x = CASE id WHEN 3 THEN 9000 ELSE 5000 END",
        {"Fortaleza Norte of owner at 9000 3000, 100 m, TXS", "Sul of other at 5000 3000, 100 m, None", FORT, "Sul of other at 9000 3000, 100 m, None"},
        before=SECOND,
    ),
    "rights moved up": Case(
        "UPDATE base_permissions SET discord_id = CASE id WHEN 1 THEN '{other}' ELSE '{mate}' END",
        {"mate may build in Fortaleza Norte", "friend may build in Fortaleza Norte"},
        before=f"INSERT INTO base_permissions VALUES (2, 3, '{{other}}', 'build', '{LONG_AGO}')",
    ),
    "gamertag wanted that staff gave to somebody": Case(
        "UPDATE player_identities SET gamertag = CASE id WHEN 1 THEN 'Amigo' ELSE 'Ana' END WHERE id < 3",
        said=("player_identities 1 gamertag_taken", "player_identities 2 gamertag_taken"),
        between=lambda _server: PlayerIdentity.objects.filter(gamertag="Outro").update(gamertag="Ana"),
    ),
    "base grows into another": Case(
        "UPDATE bases_v2 SET radius = 120 WHERE id = 4", said=("bases_v2 4 overlap",), before=SECOND + "UPDATE bases_v2 SET x = 5210 WHERE id = 4"
    ),
    # Rows written anew.
    "numbers changed": Case(
        """
        UPDATE clans SET id = 70; UPDATE clan_members_v2 SET clan_id = 70, id = 10;
        UPDATE bases_v2 SET clan_id = 70, id = 30; UPDATE base_permissions SET base_id = 30, id = 10;
        UPDATE player_identities SET id = id + 10;
        """,
        newer_copy=True,
    ),
    "freed gamertag goes to its new bearer": Case(
        "DELETE FROM player_identities WHERE id IN (1, 4);"
        "INSERT INTO player_identities VALUES (90, '{owner}', 'Novo', NULL), (91, '{other}', 'Dono', NULL)",
        {"owner is Novo", "other is Dono", "owner is Dono"},
        ("player_identities 4 gone",),
    ),
    "player id goes to somebody else": Case(
        "DELETE FROM player_identities WHERE id = 1; INSERT INTO player_identities VALUES (9, '{other}', 'Novo', '{id Dono}')",
        {"other is Dono {Dono}", "owner is Dono {Dono}"},
        ("bases_v2 3 holder_unlinked",),
        before="UPDATE player_identities SET xbox_id = '{id Dono}' WHERE id = 1",
    ),
    # What was changed here since.
    "changed by staff": Case(
        "UPDATE bases_v2 SET name = 'Outra'", said=("bases_v2 3 changed_here",), between=lambda _server: Base.objects.update(radius_m=60)
    ),
    "ended by staff": Case(
        "UPDATE bases_v2 SET radius = 90; UPDATE base_permissions SET level = 'admin'; UPDATE clan_members_v2 SET role = ''",
        said=("clan_members_v2 1 changed_here", "bases_v2 3 changed_here", "base_permissions 1 changed_here"),
        between=end_everything,
    ),
    "deleted by staff": Case(
        "UPDATE base_permissions SET level = 'admin'; UPDATE clan_members_v2 SET role = ''",
        said=("clan_members_v2 1 deleted_here", "base_permissions 1 deleted_here"),
        between=delete_rights,
    ),
    "deleted by staff and unchanged": Case("", between=delete_rights),
    "taught by the game and unchanged": Case("", between=lambda server: learn(server, "Dono")),
    "taught by the game": Case(
        "UPDATE player_identities SET gamertag = 'Novo', discord_id = '{mate}' WHERE id = 1",
        said=("player_identities 1 changed_here",),
        between=lambda server: learn(server, "Dono"),
    ),
    "taught by the game and given to somebody else": Case(
        "DELETE FROM player_identities WHERE id = 1; INSERT INTO player_identities VALUES (9, '{mate}', 'Dono', NULL)",
        said=("player_identities 9 gamertag_taken", "player_identities 1 gone"),
        between=lambda server: learn(server, "Dono"),
    ),
    "taught by the game and claimed by its id": Case(
        "INSERT INTO player_identities VALUES (9, '{mate}', 'Novo', '{id Dono}')",
        said=("player_identities 9 player_id_taken",),
        between=lambda server: learn(server, "Dono"),
    ),
    "unlinked by staff and written anew": Case(
        "UPDATE player_identities SET id = 9 WHERE id = 1",
        said=("player_identities 9 changed_here", "player_identities 1 gone", "bases_v2 3 holder_unlinked"),
        before="UPDATE player_identities SET xbox_id = '{id Dono}' WHERE id = 1",
        between=lambda _server: PlayerIdentity.objects.filter(gamertag="Dono").update(user=None),
    ),
    "merged and unchanged": Case("", between=merge_into_seen(gamertag="Dono")),
    "merged, and the file names its id": Case(
        "UPDATE player_identities SET xbox_id = '{id Dono}' WHERE id = 1",
        said=("player_identities 1 already_here",),
        between=merge_into_seen(gamertag="Novo"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_newer_copy(server: GameServer, file: Path, case: Case) -> None:
    change(file, NUMBERED + PEOPLE + case.before)
    move_in(file, server)
    case.between(server)
    before = facts()
    change(file, case.after)

    result = move_in(file, server, newer_copy=case.newer_copy)

    assert facts() ^ before == case.changed
    assert sorted(reasons(result["refused"] + result["noted"])) == sorted(case.said)
    before = facts()
    again = move_in(file, server, newer_copy=case.newer_copy)
    assert facts() == before
    assert all(counts(again, table)[1] == 0 for table in again["tables"])


def test_former_state_of_a_base_is_kept_when_places_are_swapped(server: GameServer, file: Path) -> None:
    change(file, SECOND)
    move_in(file, server)
    change(file, "UPDATE bases_v2 SET x = CASE id WHEN 3 THEN 9000 ELSE 5000 END")
    move_in(file, server)

    former = BaseRevision.objects.order_by("x").values_list("owner__discord_id", "x", "valid_from__year")
    assert list(former) == [(OWNER, 5000, 2026), (OTHER, 9000, 2026)]
    assert set(Base.objects.values_list("removed_at", flat=True)) == {None}


def test_renamed_person_of_a_file_without_numbers_is_the_same(server: GameServer, file: Path) -> None:
    move_in(file, server)
    change(file, "UPDATE player_identities SET gamertag = 'Novo' WHERE gamertag = 'Dono'")
    change(file, "UPDATE player_identities SET gamertag = 'Dono' WHERE gamertag = 'Outro'")

    result = move_in(file, server)
    assert (result["refused"], result["noted"]) == ([], [])
    assert {"owner is Novo", "other is Dono"} <= facts()


def test_same_file_for_a_second_server_shares_people_and_clans(server: GameServer, file: Path) -> None:
    second = make_server(slug="norte")
    change(file, "INSERT INTO clans VALUES (8, 'Oito'), (9, 'Nove')")
    move_in(file, server)
    assert move_in(file, second)["refused"] == []
    assert (Base.objects.count(), BasePermission.objects.count()) == (2, 2)
    assert (Clan.objects.count(), ClanMembership.objects.count(), PlayerIdentity.objects.count()) == (3, 1, 4)

    for number, name in ((8, "Oito"), (9, "Nove")):
        change(file, f"UPDATE clan_members_v2 SET clan_id = {number}")
        assert move_in(file, second)["refused"] == move_in(file, server)["refused"] == []
        assert {f"mate is commander of {name}"} == {
            one for one in facts() if one.startswith("mate is commander")
        }


def test_infraction_that_changed_is_corrected_unless_staff_decided_on_it(
    server: GameServer, file: Path
) -> None:
    row = {"gamertag": "B", "infraction_type": "territory_invasion", "detected_at": LONG_AGO}
    add(file, "infractions", row, row | {"gamertag": "C"})
    move_in(file, server)
    Infraction.objects.filter(gamertag="C").update(status=Infraction.Status.DISMISSED)
    change(file, "UPDATE infractions SET evidence = 'vídeo', gamertag = gamertag || '!'")

    assert reasons(move_in(file, server)["refused"]) == ["infractions 2 changed_here"]
    assert list(Infraction.objects.order_by("gamertag").values_list("case__gamertag", flat=True)) == [
        "B!",
        "C",
    ]
    assert list(Infraction.objects.order_by("gamertag").values_list("evidence", flat=True)) == ["vídeo", ""]


@pytest.mark.parametrize(
    ("script", "option"),
    [
        ("INSERT INTO bases_v2 VALUES (3, '{other}', 'Longe', '', 1, 2, 100, NULL, '2025-01-01 00:00:00')", True),
        ("INSERT INTO bases_v2 VALUES (50, '{other}', 'Longe', '', 1, 2, 100, NULL, NULL)", True),
        ("DROP TABLE bases_v2; INSERT INTO player_identities VALUES (1, '{other}', 'Longe', NULL)", True),
        (f"INSERT INTO bases_v2 VALUES (3, '{{other}}', 'Nova', '', 1, 2, 60, NULL, '{LONG_AGO}')", False),
        ("DROP TABLE bases_v2; INSERT INTO player_identities VALUES (1, '{owner}', 'Novo', NULL)", False),
    ],
    ids=["other times", "other numbers", "other people", "bases as old", "people as before"],
)  # fmt: skip
def test_file_of_another_system_needs_an_option(
    server: GameServer, file: Path, tmp_path: Path, script: str, option: Any
) -> None:
    change(file, NUMBERED + PEOPLE)
    move_in(file, server)
    before = facts()
    other = make_file(tmp_path / "other.db", SCHEMA + NUMBERED + script)

    if option:
        with pytest.raises(CommandError, match="--newer-copy"):
            move_in(other, server)
        assert facts() == before
    move_in(other, server, newer_copy=option)
    assert facts() != before
