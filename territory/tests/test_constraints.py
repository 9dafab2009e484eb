"""What the database itself refuses and keeps, whoever writes: a form, a bulk update or plain SQL."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, models, transaction
from django.utils import timezone

from clans.models import ClanMembership, User
from territory.models import (
    Ban,
    Base,
    BasePermission,
    BaseRevision,
    GameServer,
    ItemRule,
    Placement,
    StaffImmunity,
)
from territory.services.judging import judge_due
from territory.tests.factories import (
    LONG_AGO,
    NOW,
    join,
    make_base,
    make_clan,
    make_player,
    make_server,
    make_user,
    permit,
    player_id,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> GameServer:
    return make_server()


@pytest.fixture
def owner() -> User:
    return make_user()


def refused(write: Callable[[], object], constraint: str) -> bool:
    """Tell whether the database refuses a write for the sake of this constraint, and of no other."""
    try:
        with transaction.atomic():
            write()
    except IntegrityError as error:
        found = error.__cause__.diag.constraint_name  # type: ignore[union-attr]
        assert found == constraint
        return True
    return False


def sql(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


# -- A base's circle ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("radius", [50.0, 100.0, 200.0])
def test_radius_within_bounds_is_taken(server: GameServer, owner: User, radius: float) -> None:
    assert make_base(server, owner, radius_m=radius).radius_m == radius


@pytest.mark.parametrize("radius", [49.999, 200.001, 0.0, -100.0, float("inf"), float("nan")])
def test_radius_out_of_bounds_is_refused(server: GameServer, owner: User, radius: float) -> None:
    assert refused(lambda: make_base(server, owner, radius_m=radius), "territory_base_radius_in_bounds")


@pytest.mark.parametrize(
    ("map_name", "x", "z", "is_taken"),
    [
        ("chernarusplus", 0.0, 0.0, True),
        ("chernarusplus", 15360.0, 15360.0, True),
        ("chernarusplus", 15360.1, 100.0, False),
        ("chernarusplus", 100.0, -0.1, False),
        ("enoch", 12800.0, 12800.0, True),
        ("enoch", 12800.1, 100.0, False),
        ("enoch", 100.0, 15000.0, False),
        ("sakhal", 15360.0, 0.0, True),
        ("sakhal", 100.0, 15360.1, False),
        ("chernarusplus", float("nan"), 100.0, False),
        ("chernarusplus", 100.0, float("inf"), False),
        ("chernarusplus", -3.4e38, 100.0, False),
    ],
)
def test_centre_lies_on_the_servers_own_map(
    owner: User, map_name: str, x: float, z: float, *, is_taken: bool
) -> None:
    server = make_server(map=map_name)

    assert refused(lambda: make_base(server, owner, x=x, z=z), "territory_base_centre_on_map") is not is_taken
    base = Base(server=server, owner=owner, name="X", x=x, z=z)
    if is_taken:
        base.full_clean(validate_constraints=False)
    else:
        with pytest.raises(ValidationError):
            base.clean()


def test_base_cannot_be_moved_off_the_map_by_any_way(server: GameServer, owner: User) -> None:
    livonia = make_server(map="enoch")
    base = make_base(server, owner, x=14_000.0)

    assert refused(lambda: Base.objects.update(x=-1.0), "territory_base_centre_on_map")
    assert refused(lambda: Base.objects.update(server=livonia), "territory_base_centre_on_map")
    assert refused(lambda: sql("UPDATE territory_base SET z = 99999"), "territory_base_centre_on_map")
    assert Base.objects.get().x == base.x


# -- Overlap ------------------------------------------------------------------------------------------------------

OVERLAP = "territory_base_no_overlap"


@pytest.mark.parametrize(
    ("fields", "overlaps"),
    [
        ({}, True),
        ({"x": 5199.9}, True),
        ({"x": 5200.0}, True),  # touching: the edge belongs to both
        ({"x": 5200.1}, False),
        ({"x": 5150.0, "z": 3150.0}, False),  # the squares overlap, the circles do not
        ({"x": 5140.0, "z": 3140.0}, True),
        ({"x": 5250.0, "radius_m": 200.0}, True),
        ({"removed_at": LONG_AGO}, False),
        (
            {"registered_at": LONG_AGO - timedelta(days=9), "removed_at": LONG_AGO},
            False,
        ),  # ends as the other begins
        (
            {"registered_at": LONG_AGO - timedelta(days=9), "removed_at": LONG_AGO + timedelta(seconds=1)},
            True,
        ),
        ({"registered_at": NOW + timedelta(days=999)}, True),
    ],
)
def test_circle_over_another_owners_base_is_refused(
    server: GameServer, owner: User, fields: dict[str, object], *, overlaps: bool
) -> None:
    make_base(server, owner)

    assert refused(lambda: make_base(server, make_user(), **fields), OVERLAP) is overlaps


def test_circles_of_one_owner_or_of_two_servers_may_overlap(server: GameServer, owner: User) -> None:
    make_base(server, owner)

    assert make_base(server, owner, x=5050.0).pk
    assert make_base(make_server(), make_user()).pk


def test_closed_base_gives_its_place_free(server: GameServer, owner: User) -> None:
    Base.objects.filter(pk=make_base(server, owner).pk).update(removed_at=NOW)

    assert make_base(server, make_user(), registered_at=NOW).pk


def test_change_that_makes_bases_overlap_is_refused(server: GameServer, owner: User) -> None:
    one, other = make_base(server, owner), make_base(server, make_user(), x=5300.0)
    own = make_base(server, owner, x=5050.0)

    assert refused(lambda: Base.objects.filter(pk=one.pk).update(radius_m=200.0), OVERLAP)
    assert refused(lambda: Base.objects.filter(pk=other.pk).update(x=5150.0), OVERLAP)
    assert refused(lambda: Base.objects.filter(pk=own.pk).update(owner=make_user()), OVERLAP)


def test_overlap_is_told_in_words_by_a_form(server: GameServer, owner: User) -> None:
    make_base(server, owner)

    with pytest.raises(ValidationError) as caught:
        Base(server=server, owner=make_user(), name="X", x=5000.0, z=3000.0).full_clean()
    assert caught.value.messages


@pytest.mark.django_db(transaction=True)
def test_of_two_overlapping_bases_registered_at_once_one_is_refused() -> None:
    server, owners = make_server(), [make_user(), make_user()]
    inserted, results = threading.Event(), []

    def first() -> None:
        with transaction.atomic():
            make_base(server, owners[0])
            inserted.set()
            time.sleep(0.3)
        connection.close()

    def second() -> None:
        inserted.wait(5)
        results.append(refused(lambda: make_base(server, owners[1]), OVERLAP))
        connection.close()

    threads = [threading.Thread(target=work) for work in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == [True]
    assert Base.objects.get().owner == owners[0]


# -- History ------------------------------------------------------------------------------------------------------


def revisions(base: Base) -> list[tuple[float, float, datetime, datetime]]:
    rows = BaseRevision.objects.filter(base=base).order_by("valid_from")
    return list(rows.values_list("x", "radius_m", "valid_from", "valid_to"))


def test_each_change_leaves_the_former_state_whoever_makes_it(server: GameServer, owner: User) -> None:
    base = make_base(server, owner)

    base.radius_m = 150.0
    base.save()
    Base.objects.update(x=6000.0)
    sql("UPDATE territory_base SET radius_m = 60 WHERE id = %s", base.pk)
    Base.objects.bulk_update([Base(pk=base.pk, x=7000.0)], ["x"])

    kept = revisions(base)
    assert [(x, radius) for x, radius, _from, _to in kept] == [
        (5000, 100),
        (5000, 150),
        (6000, 150),
        (6000, 60),
    ]
    assert kept[0][2] == LONG_AGO
    assert [row[3] for row in kept[:-1]] == [row[2] for row in kept[1:]]  # no gap, no overlap
    base.refresh_from_db()
    assert (base.changed_at, base.x) == (kept[-1][3], 7000.0)


def test_change_of_owner_clan_or_server_is_kept(server: GameServer, owner: User) -> None:
    base, clan = make_base(server, owner), make_clan()

    Base.objects.update(owner=make_user())
    Base.objects.update(clan=clan)
    Base.objects.update(clan=None)
    Base.objects.update(server=make_server())

    rows = BaseRevision.objects.filter(base=base).order_by("valid_from")
    assert rows.values_list("owner", flat=True)[0] == owner.pk
    assert list(rows.values_list("clan", flat=True)) == [None, None, clan.pk, None]
    assert set(rows.values_list("server", flat=True)) == {server.pk}


def test_change_of_nothing_that_matters_leaves_no_trace(server: GameServer, owner: User) -> None:
    base = make_base(server, owner)

    Base.objects.update(name="Outra", place="Norte", x=5000.0)
    base.save()

    assert revisions(base) == []
    base.refresh_from_db()
    assert base.changed_at is None


def test_many_bases_changed_by_one_statement_each_leave_their_state(server: GameServer, owner: User) -> None:
    for number in range(50):
        make_base(server, owner, x=100.0 * number)

    Base.objects.update(radius_m=55)

    assert BaseRevision.objects.count() == 50


def test_stale_form_cannot_wind_the_history_back(server: GameServer, owner: User) -> None:
    stale = make_base(server, owner)
    Base.objects.update(x=5001.0)
    kept = Base.objects.get().changed_at

    stale.name = "Outra"
    stale.changed_at = LONG_AGO
    stale.x = 5001.0
    stale.save()

    assert Base.objects.get().changed_at == kept


def test_correction_of_a_removed_base_does_not_lengthen_its_life(server: GameServer, owner: User) -> None:
    removed = NOW - timedelta(days=1)
    base = make_base(server, owner, removed_at=removed)

    Base.objects.update(radius_m=150.0)

    assert revisions(base) == [(5000.0, 100.0, LONG_AGO, removed)]


def test_base_opened_again_was_not_there_in_between(server: GameServer, owner: User) -> None:
    removed = NOW - timedelta(days=1)
    base = make_base(server, owner, removed_at=removed)
    before = timezone.now()

    Base.objects.update(removed_at=None)

    assert revisions(base) == [(5000.0, 100.0, LONG_AGO, removed)]
    base.refresh_from_db()
    assert base.changed_at is not None
    assert base.changed_at >= before


# -- One of each --------------------------------------------------------------------------------------------------


def test_one_active_ban_for_each_player_id_and_server(server: GameServer) -> None:
    first = Ban.objects.create(server=server, player_id="P", gamertag="A")
    one_active = "territory_ban_one_active"

    assert refused(lambda: Ban.objects.create(server=server, player_id="P", gamertag="B"), one_active)
    assert Ban.objects.create(server=make_server(), player_id="P").pk
    assert Ban.objects.create(server=server, gamertag="A").pk
    assert Ban.objects.create(server=server, gamertag="A").pk
    Ban.objects.filter(pk=first.pk).update(lifted_at=NOW)
    assert Ban.objects.create(server=server, player_id="P").pk
    assert refused(lambda: Ban.objects.filter(pk=first.pk).update(lifted_at=None), one_active)
    assert refused(lambda: Ban.objects.create(server=server), "territory_ban_names_somebody")


def test_one_open_stay_in_a_clan(server: GameServer) -> None:
    clan, user = make_clan(), make_user()
    join(clan, user, left_at=NOW)
    join(clan, user, joined_at=NOW)

    assert refused(lambda: join(clan, user), "clans_clanmembership_one_open_stay")
    assert join(make_clan("B"), user).pk
    assert refused(
        lambda: ClanMembership.objects.update(left_at=LONG_AGO - timedelta(days=1)),
        "clans_clanmembership_leaves_after_joining",
    )


def test_one_open_permission_for_each_person_and_base(server: GameServer, owner: User) -> None:
    base, user = make_base(server, owner), make_user()
    permit(base, user, revoked_at=NOW)
    permit(base, user)

    assert refused(lambda: permit(base, user, level="admin"), "territory_basepermission_one_open")
    assert refused(lambda: permit(base, make_user(), level="owner"), "territory_basepermission_known_level")
    assert refused(
        lambda: BasePermission.objects.update(revoked_at=LONG_AGO - timedelta(days=1)),
        "territory_basepermission_ends_after_grant",
    )


def test_one_open_immunity_for_each_person_and_server(server: GameServer, owner: User) -> None:
    StaffImmunity.objects.create(server=server, user=owner)

    assert refused(
        lambda: StaffImmunity.objects.create(server=server, user=owner), "territory_staffimmunity_one_open"
    )


def test_one_rule_for_each_item_pattern_whatever_its_case(server: GameServer) -> None:
    once = "territory_itemrule_one_per_pattern"
    ItemRule.objects.create(server=server, pattern="FenceKit", policy="ignored")
    ItemRule.objects.create(server=None, pattern="FenceKit", policy="ignored")

    for place in (server, None):
        again = partial(ItemRule.objects.create, server=place, pattern="fencekit", policy="forbidden")
        assert refused(again, once)
    assert refused(
        lambda: ItemRule.objects.create(server=server, pattern="X", policy="allowed"),
        "territory_itemrule_known_policy",
    )


def test_game_server_settings_the_rule_does_not_know_are_refused(server: GameServer) -> None:
    prefix = "territory_gameserver_"

    assert refused(lambda: make_server(map="namalsk"), f"{prefix}known_map")
    assert refused(lambda: make_server(mode="off"), f"{prefix}known_mode")
    assert refused(lambda: make_server(border_margin_m=-1), f"{prefix}margin_in_bounds")
    assert refused(lambda: make_server(border_margin_m=float("nan")), f"{prefix}margin_in_bounds")
    assert refused(lambda: make_server(ban_list="file"), f"{prefix}file_has_path")
    GameServer.objects.update(token_hash="x")
    assert refused(lambda: make_server(token_hash="x"), f"{prefix}one_per_token")


def test_what_history_needs_cannot_be_deleted(server: GameServer, owner: User) -> None:
    base = make_base(server, owner)
    permit(base, make_user())

    for row in (base, owner, server):
        with pytest.raises(models.ProtectedError):
            row.delete()


# -- Plain SQL ----------------------------------------------------------------------------------------------------


def test_rows_written_by_plain_sql_with_only_what_matters_are_judged() -> None:
    ((server,),) = sql("INSERT INTO territory_gameserver (slug) VALUES ('sul') RETURNING id")
    ((owner,),) = sql("INSERT INTO clans_user (username, discord_id) VALUES ('dono', '1') RETURNING id")
    ((member,),) = sql("INSERT INTO clans_user (username) VALUES ('membro') RETURNING id")
    ((friend,),) = sql("INSERT INTO clans_user (username) VALUES ('amiga') RETURNING id")
    ((clan,),) = sql("INSERT INTO clans_clan (name) VALUES ('TXS') RETURNING id")
    sql("INSERT INTO clans_clanmembership (clan_id, user_id) VALUES (%s, %s)", clan, member)
    ((base,),) = sql(
        "INSERT INTO territory_base (server_id, owner_id, clan_id, name, x, z)"
        " VALUES (%s, %s, %s, 'Fortaleza Norte', 5000, 3000) RETURNING id",
        server, owner, clan,
    )  # fmt: skip
    sql("INSERT INTO territory_basepermission (base_id, user_id) VALUES (%s, %s)", base, friend)
    for user, name in ((owner, "Dono"), (member, "Membro"), (friend, "Amiga")):
        sql(
            "INSERT INTO territory_playeridentity (user_id, gamertag, player_id) VALUES (%s, %s, %s)",
            user, name, player_id(name),
        )  # fmt: skip
    for name in ("Dono", "Membro", "Amiga", "Invasor"):
        sql(
            "INSERT INTO territory_placement (server_id, gamertag, player_id, item, x, z, occurred_at)"
            " VALUES (%s, %s, %s, 'FenceKit', 5045, 3000, clock_timestamp())",
            server, name, player_id(name),
        )  # fmt: skip

    assert judge_due(server, now=timezone.now() + timedelta(seconds=1)).judged == 4

    verdicts = dict(Placement.objects.values_list("gamertag", "rule"))
    assert verdicts == {"Dono": "owner", "Membro": "clan", "Amiga": "permission", "Invasor": "intruder"}
    assert Ban.objects.get().gamertag == "Invasor"
    stored = GameServer.objects.get()
    assert (stored.map, stored.time_zone, stored.mode, stored.is_active) == (
        "chernarusplus", "America/Sao_Paulo", "enforce", True,
    )  # fmt: skip
    assert Base.objects.get().radius_m == 100.0
    assert not User.objects.get(username="dono").has_usable_password()
    assert Placement.objects.values("source_key").distinct().count() == 4


# -- Poison: nothing that can be stored may keep its neighbours from being judged ----------------------------------


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("x", "'NaN'"),
        ("x", "'Infinity'"),
        ("z", "'-Infinity'"),
        ("x", "1e300"),
        ("x", "-1"),
        ("z", "1e9"),
        ("occurred_at", "'infinity'"),
        ("occurred_at", "'-infinity'"),
        ("occurred_at", "'0044-03-15 BC'"),
        ("occurred_at", "'20000-01-01'"),
        ("occurred_at", "'9999-12-31 23:59:59.999999+00'"),
        ("occurred_at", "'0001-01-01 00:00:00+00'"),
        ("player_id", "'two words'"),
        ("player_id", "'a//b'"),
        ("player_id", "E'line\\nbreak'"),
        ("gamertag", "''"),
        ("gamertag", "repeat('x', 100000)"),
        ("item", "''"),
        ("item", "repeat('[', 5000)"),
        ("kind", "'eaten'"),
    ],
)
def test_strange_placement_by_plain_sql_is_refused_or_judged_but_never_in_the_way(
    column: str, value: str
) -> None:
    server = make_server(ban_list="file", ban_list_path="/tmp/unused/ban.txt")
    make_base(server, make_player("Dono"))
    strange = {
        "server_id": str(server.pk), "gamertag": "'Estranho'", "player_id": f"'{player_id('E')}'", "item": "'FenceKit'",
        "x": "5045", "z": "3000", "occurred_at": "clock_timestamp()",
    } | {column: value}  # fmt: skip
    try:
        with transaction.atomic():
            sql(
                f"INSERT INTO territory_placement ({', '.join(strange)}) VALUES ({', '.join(strange.values())})"
            )
    except (IntegrityError, DataError):
        return
    sql(
        "INSERT INTO territory_placement (server_id, gamertag, player_id, item, x, z, occurred_at)"
        " VALUES (%s, 'Invasor', %s, 'FenceKit', 5045, 3000, clock_timestamp())",
        server.pk, player_id("Invasor"),
    )  # fmt: skip

    judge_due(server.pk, now=timezone.now())

    assert Placement.objects.filter(gamertag="Invasor", outcome="invasion").exists()
    assert not Placement.objects.filter(state="pending").exists()


@pytest.mark.parametrize(
    "end", ["'infinity'", "'9999-12-31 23:59:59.999999+00'", "'20000-01-01'", "'294000-01-01'"]
)
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("territory_base", "removed_at"),
        ("clans_clanmembership", "left_at"),
        ("territory_basepermission", "revoked_at"),
        ("territory_staffimmunity", "revoked_at"),
    ],
)
def test_end_that_never_comes_is_refused_or_understood(table: str, column: str, end: str) -> None:
    server, clan, user = make_server(), make_clan(), make_player("Amiga")
    base = make_base(server, make_player("Dono"), clan=clan)
    join(clan, user)
    permit(base, user)
    StaffImmunity.objects.create(server=server, user=user, granted_at=LONG_AGO)
    try:
        with transaction.atomic():
            sql(f"UPDATE {table} SET {column} = {end}")
    except (IntegrityError, DataError):
        return
    sql(
        "INSERT INTO territory_placement (server_id, gamertag, player_id, item, x, z, occurred_at)"
        " VALUES (%s, 'Amiga', %s, 'FenceKit', 5045, 3000, clock_timestamp())",
        server.pk, player_id("Amiga"),
    )  # fmt: skip

    assert judge_due(server.pk, now=timezone.now()).judged == 1
    assert Placement.objects.get().outcome == "allowed"


def test_utc_is_what_the_database_speaks() -> None:
    ((stored,),) = sql("SELECT '2026-02-07 16:45:00-03'::timestamptz")
    assert stored == datetime(2026, 2, 7, 19, 45, tzinfo=UTC)
