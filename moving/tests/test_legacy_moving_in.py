"""Moving in from the old territory system: what is taken over, with its times, and again from a newer copy."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clans.models import Clan, ClanMembership, Realm, User
from territory.models import (
    Ban,
    Base,
    BasePermission,
    BaseRevision,
    GameServer,

    Infraction,
    PlayerIdentity,
)
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.factories import incoming, make_base, make_server, make_user, placed, player_id
from moving.tests.old_system import (
    FRIEND,
    LONG_AGO,
    MATE,
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

THEN = datetime(2026, 1, 8, 19, 45, tzinfo=UTC)
INVASION = {
    "gamertag": "Jogador B",
    "description": "Invasão de território - Tentou construir 'FenceKit' na base 'Fortaleza Norte'",
    "detected_at": LONG_AGO,
    "evidence": "Coordenadas X=5000, Z=3000, Distância: 45m",
    "infraction_type": "territory_invasion",
}


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="sul")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return community(tmp_path / "old.db")


def everything() -> list[Any]:
    """Every row that moving in may write."""
    models = (
        User,
        Clan,
        ClanMembership,
        PlayerIdentity,
        Base,
        BaseRevision,
        BasePermission,
        Infraction,
    
    )
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def test_community_is_taken_over_with_its_times(server: GameServer, file: Path) -> None:
    add(file, "infractions", INVASION)

    result = move_in(file, server)

    assert result["refused"] == []
    taken = Base.objects.get()
    assert (taken.name, taken.place, taken.x, taken.z, taken.radius_m) == (
        "Fortaleza Norte",
        "Colina",
        5000,
        3000,
        100,
    )
    assert (taken.owner.discord_id, taken.registered_at, taken.server) == (OWNER, THEN, server)
    stay = ClanMembership.objects.get()
    assert (stay.clan, stay.role, stay.joined_at, stay.left_at) == (taken.clan, "commander", THEN, None)
    assert stay.user.discord_id == MATE
    right = BasePermission.objects.get()
    assert (right.base, right.level, right.granted_at, right.user.discord_id) == (
        taken,
        "build",
        THEN,
        FRIEND,
    )
    names = PlayerIdentity.objects.values_list("user__discord_id", "gamertag", "player_id", "xuid")
    assert set(names) == {
        (OWNER, "Dono", None, None),
        (FRIEND, "Amigo", None, None),
        (MATE, "Membro", None, None),
        (OTHER, "Outro", None, None),
    }
    assert (
        counts(result, "bases_v2") == counts(result, "clans") == counts(result, "infractions") == (1, 1, 0, 0)
    )
    assert counts(result, "player_identities") == (4, 4, 0, 0)


def test_second_run_changes_nothing(server: GameServer, file: Path) -> None:
    add(file, "infractions", INVASION, INVASION | {"detected_at": "2026-01-09 00:00:00"})
    add(file, "bases_v2", base(name="Sem data", x=6000, created_at=None), base(name="Fora", x=-1))
    first = move_in(file, server)
    before = everything()

    second = move_in(file, server)

    assert everything() == before
    assert second["refused"] == first["refused"]
    assert second["noted"] == []
    for table in second["tables"]:
        found, taken, unchanged, refused = counts(second, table)
        assert (found, taken, unchanged) == (found, 0, found - refused)


def test_dry_run_tells_the_same_and_stores_nothing(server: GameServer, file: Path) -> None:
    add(file, "infractions", INVASION)
    before = everything()

    dry = move_in(file, server, dry_run=True)

    assert everything() == before
    wet = move_in(file, server)
    assert (dry.pop("dry_run"), wet.pop("dry_run")) == (True, False)
    assert dry == wet


@pytest.mark.parametrize(
    ("who", "hours_ago", "verdict"),
    [
        ("Dono", 1, ("allowed", "owner")),
        ("Amigo", 1, ("allowed", "permission")),
        ("Membro", 1, ("allowed", "clan")),
        ("Outro", 1, ("invasion", "intruder")),
        ("Ninguém", 1, ("invasion", "intruder")),
        ("Ninguém", 3, ("allowed", "outside")),
    ],
)
def test_verdicts_follow_what_was_moved_in(
    server: GameServer, file: Path, who: str, hours_ago: int, verdict: tuple[str, str]
) -> None:
    registered = timezone.now() - timedelta(hours=2)
    change(file, f"UPDATE bases_v2 SET created_at = '{registered:%Y-%m-%d %H:%M:%S}'")
    move_in(file, server)

    store(server, [incoming(who, occurred_at=timezone.now() - timedelta(hours=hours_ago))])
    judge_due(server.pk, now=timezone.now())

    assert (placed(who).outcome, placed(who).rule) == verdict
    assert Ban.objects.exists() == (verdict[0] == "invasion")


def test_infraction_is_history_on_the_wall_and_bans_nobody(
    server: GameServer, file: Path, client: Client
) -> None:
    add(file, "infractions", INVASION, INVASION | {"gamertag": "Trapaceiro", "infraction_type": "speed_hack"})

    move_in(file, server)

    old, other = Infraction.objects.order_by("pk")
    assert (old.gamertag, old.occurred_at, old.detected_at, old.placement) == ("Jogador B", THEN, THEN, None)
    assert (old.item, old.base_name, old.base) == ("FenceKit", "Fortaleza Norte", Base.objects.get())
    assert (old.description, old.evidence) == (INVASION["description"], INVASION["evidence"])
    assert (old.status, old.from_old_system) == ("confirmed", True)
    assert (other.infraction_type, other.description[:12]) == ("other", "[speed_hack]")
    page = client.get(reverse("wall")).content.decode()
    assert "Jogador B" in page
    assert "Trapaceiro" not in page
    assert "5000" not in page
    assert not Ban.objects.exists()


def test_page_of_an_infraction_moved_in_opens_for_staff(
    server: GameServer, file: Path, admin_client: Client
) -> None:
    add(file, "infractions", INVASION)
    move_in(file, server)

    page = admin_client.get(f"/admin/territory/infraction/{Infraction.objects.get().pk}/change/")

    assert page.status_code == 200
    assert "Jogador B" in page.content.decode()


def test_newer_copy_brings_what_was_added_and_changed(server: GameServer, file: Path) -> None:
    move_in(file, server)
    add(file, "bases_v2", base(id=4, owner_id=OTHER, name="Nova", x=9000))
    add(file, "base_permissions", {"base_id": 4, "discord_id": OWNER, "level": "admin"})
    change(
        file,
        f"""
        UPDATE bases_v2 SET radius = 150, owner_id = '{FRIEND}', clan_id = NULL WHERE id = 3;
        UPDATE player_identities SET xbox_id = '2535400000000001' WHERE gamertag = 'Dono';
        UPDATE clans SET name = 'TXS BR';
        UPDATE clan_members_v2 SET role = 'member';
        UPDATE base_permissions SET level = 'admin' WHERE base_id = 3;
        """,
    )

    result = move_in(file, server)

    assert result["refused"] == []
    changed, new = Base.objects.order_by("pk")
    assert (changed.radius_m, changed.owner.discord_id, changed.clan) == (150, FRIEND, None)
    former = BaseRevision.objects.get()
    assert (former.radius_m, former.owner.discord_id, former.valid_from) == (100, OWNER, THEN)
    assert (new.name, new.permissions.get().user.discord_id) == ("Nova", OWNER)
    assert PlayerIdentity.objects.get(gamertag="Dono").xuid == "2535400000000001"
    assert Clan.objects.get().name == "TXS BR"
    assert ClanMembership.objects.get().role == "member"
    assert changed.permissions.get().level == "admin"
    before = everything()
    assert counts(move_in(file, server), "bases_v2") == (2, 0, 2, 0)
    assert everything() == before


def test_what_staff_changed_here_since_stays(server: GameServer, file: Path) -> None:
    move_in(file, server)
    Base.objects.update(radius_m=60)
    change(file, "UPDATE bases_v2 SET radius = 150, name = 'Outra'")

    result = move_in(file, server)

    assert (result["refused"], reasons(result["noted"])) == ([], [("3", "kept_here")])
    assert "raio" in result["noted"][0]["words"]
    assert (Base.objects.get().radius_m, Base.objects.get().name) == (60, "Outra")
    change(file, "UPDATE bases_v2 SET radius = 160")
    move_in(file, server)
    assert Base.objects.get().radius_m == 60


def test_place_that_staff_changed_is_not_mixed_with_the_file_s(server: GameServer, file: Path) -> None:
    move_in(file, server)
    Base.objects.update(x=5100)
    change(file, "UPDATE bases_v2 SET x = 6000, z = 4000")

    assert reasons(move_in(file, server)["noted"]) == [("3", "kept_here")]
    assert (Base.objects.get().x, Base.objects.get().z) == (5100, 3000)


def test_change_of_something_else_than_staff_changed_is_taken_over(server: GameServer, file: Path) -> None:
    move_in(file, server)
    Base.objects.update(radius_m=60)
    change(file, "UPDATE bases_v2 SET name = 'Outra'")

    assert move_in(file, server)["refused"] == []
    assert (Base.objects.get().radius_m, Base.objects.get().name) == (60, "Outra")


def test_what_was_ended_here_stays_ended(server: GameServer, file: Path) -> None:
    move_in(file, server)
    now = timezone.now()
    Base.objects.update(removed_at=now)
    BasePermission.objects.update(revoked_at=now)
    ClanMembership.objects.update(left_at=now)

    assert move_in(file, server)["refused"] == []
    change(
        file,
        "UPDATE bases_v2 SET radius = 90; UPDATE base_permissions SET level = 'admin';"
        "UPDATE clan_members_v2 SET role = 'member'",
    )
    result = move_in(file, server)

    assert {reason for _key, reason in reasons(result["refused"])} == {"ended_here"}
    assert len(result["refused"]) == 3
    assert not Base.objects.filter(removed_at=None).exists()
    assert not BasePermission.objects.filter(revoked_at=None).exists()
    assert not ClanMembership.objects.filter(left_at=None).exists()


def test_stay_ended_here_does_not_come_back_by_another_server(server: GameServer, file: Path) -> None:
    move_in(file, server)
    ClanMembership.objects.update(left_at=timezone.now())

    result = move_in(file, make_server(slug="norte"))

    assert reasons(result["refused"]) == [("1", "ended_here")]
    assert ClanMembership.objects.count() == 1


def test_same_file_for_a_second_server_shares_people_and_clans(server: GameServer, file: Path) -> None:
    move_in(file, server)

    result = move_in(file, make_server(slug="norte"))

    assert result["refused"] == []
    assert (Base.objects.count(), BasePermission.objects.count()) == (2, 2)
    assert (Clan.objects.count(), ClanMembership.objects.count(), PlayerIdentity.objects.count()) == (1, 1, 4)
    assert counts(result, "clan_members_v2") == (1, 0, 1, 0)


def test_right_that_names_somebody_else_now_ends_and_another_begins(server: GameServer, file: Path) -> None:
    move_in(file, server)
    change(file, f"UPDATE base_permissions SET discord_id = '{OTHER}'")

    move_in(file, server)

    old, new = BasePermission.objects.order_by("pk")
    assert (old.user.discord_id, old.revoked_at is None) == (FRIEND, False)
    assert (new.user.discord_id, new.revoked_at) == (OTHER, None)


def test_row_that_is_gone_from_the_file_is_told_and_left(server: GameServer, file: Path) -> None:
    move_in(file, server)
    change(file, "DELETE FROM base_permissions")

    result = move_in(file, server)

    assert reasons(result["noted"]) == [("1", "gone")]
    assert BasePermission.objects.get().revoked_at is None


def test_what_was_learned_here_is_no_change(server: GameServer, file: Path) -> None:
    move_in(file, server)
    store(server, [incoming("DONO", occurred_at=timezone.now())])
    judge_due(server.pk, now=timezone.now())
    before = everything()

    assert move_in(file, server)["refused"] == []
    assert everything() == before
    assert PlayerIdentity.objects.get(player_id=player_id("DONO")).user == User.objects.get(discord_id=OWNER)


def test_person_base_and_clan_that_were_here_are_found(server: GameServer, file: Path) -> None:
    owner = make_user("ana", discord_id=OWNER)
    clan = Clan.objects.create(name=" txs")
    here = make_base(server, owner, clan=clan, name="À mão")
    PlayerIdentity.objects.create(user=owner, gamertag="DONO", player_id=player_id("Dono"))

    result = move_in(file, server)

    assert result["refused"] == []
    assert Base.objects.get() == here
    assert here.permissions.get().user.discord_id == FRIEND
    assert Clan.objects.get() == clan
    assert PlayerIdentity.objects.get(user=owner).gamertag == "DONO"
    assert sorted(reason for _key, reason in reasons(result["noted"])) == ["already_here"] * 3


def test_clan_of_the_game_is_another_clan(server: GameServer, file: Path) -> None:
    Clan.objects.create(
        name="TXS", realm=Realm.objects.create(name="eu", url="https://example.org"), wargaming_id=5
    )

    assert move_in(file, server)["refused"] == []
    assert Base.objects.get().clan == Clan.objects.get(wargaming_id=None)


@pytest.mark.parametrize(
    ("told", "player", "xuid"),
    [
        ("2535400000000001", None, "2535400000000001"),
        (player_id("Dono"), player_id("Dono"), None),
        (player_id("Dono").lower(), player_id("Dono"), None),
        ("x" * 43 + "=", "x" * 43 + "=", None),
        ("sem id", None, None),
        (2535400000000001, None, "2535400000000001"),
        (2535400.0, None, "2535400"),
        (2.535400000000001e15, None, None),
    ],
)
def test_xbox_id_is_an_xuid_or_a_player_id(
    server: GameServer, tmp_path: Path, told: Any, player: str | None, xuid: str | None
) -> None:
    path = make_file(tmp_path / "old.db")
    add(path, "player_identities", {"discord_id": OWNER, "gamertag": "Dono", "xbox_id": told})

    result = move_in(path, server)

    found = PlayerIdentity.objects.get()
    assert (found.player_id, found.xuid) == (player, xuid)
    assert reasons(result["noted"]) == (
        [] if player or xuid else [(result["noted"][0]["key"], "bad_xbox_id")]
    )


def test_file_of_another_system_is_not_taken_for_a_newer_copy(
    server: GameServer, file: Path, tmp_path: Path
) -> None:
    move_in(file, server)
    other = make_file(tmp_path / "other.db")
    add(
        other,
        "bases_v2",
        base(id=3, owner_id=OTHER, name="Longe", x=1, z=2, created_at="2025-01-01 00:00:00"),
    )
    before = everything()

    with pytest.raises(CommandError, match=r"other\.db"):
        move_in(other, server)
    assert everything() == before


@pytest.mark.parametrize("table", ["clan_members_v2", "base_permissions"])
def test_right_told_twice_survives_when_one_of_its_rows_names_something_else(
    file: Path, server: GameServer, table: str
) -> None:
    add(file, "clans", {"id": 8, "name": "ABC"})
    add(file, "bases_v2", base(id=4, name="Outra", x=8000.0))
    told, other, since = {
        "clan_members_v2": ({"clan_id": 7, "role": "member"}, "clan_id = 8", "joined_at"),
        "base_permissions": ({"base_id": 3, "level": "build"}, "base_id = 4", "granted_at"),
    }[table]
    for number in (101, 102):
        add(file, table, {"id": number, "discord_id": OTHER, since: LONG_AGO, **told})
    move_in(file, server)

    change(file, f"UPDATE {table} SET {other} WHERE id = 101")
    for _copy in range(2):
        move_in(file, server)

    person = User.objects.get(discord_id=OTHER)
    held = {
        "clan_members_v2": ClanMembership.objects.filter(user=person, left_at=None).values_list("clan__name"),
        "base_permissions": BasePermission.objects.filter(user=person, revoked_at=None).values_list(
            "base__name"
        ),
    }[table]
    expected = {"clan_members_v2": {"TXS", "ABC"}, "base_permissions": {"Fortaleza Norte", "Outra"}}[table]
    assert {name for (name,) in held} == expected
