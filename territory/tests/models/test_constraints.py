"""The constraints of bases, rights and bans: refused by the database itself, whoever writes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from clans.models import ClanMembership, User
from territory.models import (
    Ban,
    Base,
    BasePermission,
    GameServer,
    ItemRule,
    StaffImmunity,
)
from territory.tests.database import refused, sql
from territory.tests.factories import (
    LONG_AGO,
    NOW,
    join,
    make_ban_list,
    make_base,
    make_clan,
    make_delivery,
    make_log_source,
    make_server,
    make_user,
    permit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> GameServer:
    return make_server()


@pytest.fixture
def owner() -> User:
    return make_user()


@pytest.mark.parametrize("radius", [49.999, 200.001, 0.0, -100.0, float("inf"), float("nan")])
def test_radius_out_of_bounds_is_refused(server: GameServer, owner: User, radius: float) -> None:
    assert refused(lambda: make_base(server, owner, radius_m=radius), "territory_base_radius_in_bounds")
    assert {make_base(server, owner, radius_m=bound).radius_m for bound in (50.0, 200.0)} == {50.0, 200.0}


@pytest.mark.parametrize(
    ("map_name", "x", "z", "is_taken"),
    [
        ("chernarusplus", 0.0, 0.0, True),
        ("chernarusplus", 15360.0, 15360.0, True),
        ("chernarusplus", 15360.1, 100.0, False),
        ("chernarusplus", 100.0, -0.1, False),
        ("enoch", 12800.0, 12800.0, True),
        ("enoch", 100.0, 15000.0, False),
        ("deerisle", 16384.0, 16384.1, False),
        ("raman", 32768.0, 32768.0, True),
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
EARLIER = {"registered_at": LONG_AGO - timedelta(days=9)}


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
        (EARLIER | {"removed_at": LONG_AGO}, False),  # ends as the other begins
        (EARLIER | {"removed_at": LONG_AGO + timedelta(seconds=1)}, True),
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


def test_change_that_makes_bases_overlap_is_refused(server: GameServer, owner: User) -> None:
    one, other = make_base(server, owner), make_base(server, make_user(), x=5300.0)
    own = make_base(server, owner, x=5050.0)

    assert refused(lambda: Base.objects.filter(pk=one.pk).update(radius_m=200.0), OVERLAP)
    assert refused(lambda: Base.objects.filter(pk=other.pk).update(x=5150.0), OVERLAP)
    assert refused(lambda: Base.objects.filter(pk=own.pk).update(owner=make_user()), OVERLAP)


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


def test_one_open_permission_and_immunity_for_each_person(server: GameServer, owner: User) -> None:
    base, user = make_base(server, owner), make_user()
    permit(base, user, revoked_at=NOW)
    permit(base, user)
    immunity = partial(StaffImmunity.objects.create, server=server, user=user)
    immunity()

    assert refused(immunity, "territory_staffimmunity_one_open")
    assert refused(lambda: permit(base, user, level="admin"), "territory_basepermission_one_open")
    assert refused(lambda: permit(base, make_user(), level="owner"), "territory_basepermission_known_level")
    assert refused(
        lambda: BasePermission.objects.update(revoked_at=LONG_AGO - timedelta(days=1)),
        "territory_basepermission_ends_after_grant",
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

    assert refused(lambda: make_server(mode="off"), f"{prefix}known_mode")
    assert refused(lambda: make_server(border_margin_m=-1), f"{prefix}margin_in_bounds")
    assert refused(lambda: make_server(border_margin_m=float("nan")), f"{prefix}margin_in_bounds")
    make_log_source(make_server(), token_hash="x")
    assert refused(
        lambda: make_log_source(make_server(), token_hash="x"), "territory_logsource_one_per_token"
    )


@pytest.mark.parametrize("make", [make_log_source, make_ban_list])
def test_place_on_a_host_has_an_address_and_stands_once_at_its_server(
    server: GameServer, make: Callable[..., models.Model]
) -> None:
    name = make(server, "/srv/x.txt")._meta.model_name

    assert make(make_server(), "/srv/x.txt").pk
    assert refused(lambda: make(server, "/srv/x.txt"), f"territory_{name}_once")
    assert refused(lambda: make(server, ""), f"territory_{name}_has_address")


def test_ban_list_with_deliveries_stays() -> None:
    server = make_server()
    ban = Ban.objects.create(server=server, gamertag="A")
    delivery = make_delivery(ban)

    with pytest.raises(models.ProtectedError):
        delivery.ban_list.delete()
    assert refused(lambda: make_delivery(ban), "territory_bandelivery_once")


def test_what_history_needs_cannot_be_deleted(server: GameServer, owner: User) -> None:
    base = make_base(server, owner)
    permit(base, make_user())

    for row in (base, owner, server):
        with pytest.raises(models.ProtectedError):
            row.delete()


@pytest.mark.parametrize("model", ["base", "permission", "membership", "immunity", "ban"])
def test_end_in_a_year_nobody_can_read_back_is_refused(model: str) -> None:
    owner, server, clan = make_user(), make_server(), make_clan()
    base = make_base(server, owner)
    far = datetime(2200, 1, 1, tzinfo=UTC)
    rows: dict[str, tuple[models.Model, str]] = {
        "base": (base, "removed_at"),
        "permission": (permit(base, make_user()), "revoked_at"),
        "membership": (join(clan, owner), "left_at"),
        "immunity": (StaffImmunity.objects.create(server=server, user=owner), "revoked_at"),
        "ban": (Ban.objects.create(server=server, gamertag="A"), "ends_at"),
    }
    row, field = rows[model]

    type(row)._default_manager.update(**{field: far - timedelta(seconds=1)})
    for end in (f"{far}", "infinity"):
        with pytest.raises(IntegrityError, match="in_time"), transaction.atomic():
            sql(f"UPDATE {row._meta.db_table} SET {field} = %s", end)
