"""The constraints of bases, rights and bans: refused by the database itself, whoever writes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from clans.models import User
from territory.models import (
    Ban,
    Base,
    GameServer,
    ItemRule,
    StaffImmunity,
)
from territory.tests.database import refused, sql
from territory.tests.factories import (
    LONG_AGO,
    NOW,
    join,
    make_ban,
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


class Site:
    """Rows that others belong to."""

    def __init__(self) -> None:
        self.server, self.user, self.clan = make_server(), make_user(), make_clan()
        self.base = make_base(self.server, make_user())
        self.ban = Ban.objects.create(server=self.server, gamertag="A")


ONCE: dict[str, Callable[[Site], object]] = {
    "clans_clanmembership_one_open_stay": lambda s: join(s.clan, s.user),
    "territory_basepermission_one_open": lambda s: permit(s.base, s.user),
    "territory_staffimmunity_one_open": lambda s: StaffImmunity.objects.create(server=s.server, user=s.user),
    "territory_logsource_one_per_token": lambda s: make_log_source(make_server(), token_hash="x"),
    "territory_logsource_once": lambda s: make_log_source(s.server),
    "territory_banlist_once": lambda s: make_ban_list(s.server),
    "territory_bandelivery_once": lambda s: make_delivery(s.ban),
}


@pytest.mark.parametrize("constraint", ONCE)
def test_row_that_may_stand_once_is_refused_the_second_time(constraint: str) -> None:
    site = Site()
    join(site.clan, site.user, left_at=NOW)  # what is over is in nobody's way
    permit(site.base, site.user, revoked_at=NOW)
    ONCE[constraint](site)

    assert refused(lambda: ONCE[constraint](site), constraint)


BEFORE = LONG_AGO - timedelta(days=1)
REFUSED: list[tuple[str, Callable[[Site], object]]] = [
    ("clans_clanmembership_leaves_after_joining", lambda s: join(s.clan, s.user, left_at=BEFORE)),
    ("territory_basepermission_ends_after_grant", lambda s: permit(s.base, s.user, revoked_at=BEFORE)),
    ("territory_basepermission_known_level", lambda s: permit(s.base, s.user, level="owner")),
    ("territory_itemrule_known_policy", lambda s: ItemRule.objects.create(pattern="X", policy="allowed")),
    ("territory_gameserver_known_mode", lambda s: make_server(mode="off")),
    ("territory_gameserver_margin_in_bounds", lambda s: make_server(border_margin_m=-1)),
    ("territory_gameserver_margin_in_bounds", lambda s: make_server(border_margin_m=float("nan"))),
    ("territory_logsource_has_address", lambda s: make_log_source(s.server, "")),
    ("territory_banlist_has_address", lambda s: make_ban_list(s.server, "")),
]


@pytest.mark.parametrize(("constraint", "make"), REFUSED)
def test_row_that_the_rule_does_not_know_is_refused(constraint: str, make: Callable[[Site], object]) -> None:
    site = Site()
    assert refused(lambda: make(site), constraint)


def test_one_rule_for_each_item_pattern_whatever_its_case(server: GameServer) -> None:
    ItemRule.objects.create(server=server, pattern="FenceKit", policy="ignored")
    ItemRule.objects.create(server=None, pattern="FenceKit", policy="ignored")

    for place in (server, None):
        again = partial(ItemRule.objects.create, server=place, pattern="fencekit", policy="forbidden")
        assert refused(again, "territory_itemrule_one_per_pattern")


def test_what_history_needs_cannot_be_deleted(server: GameServer, owner: User) -> None:
    base = make_base(server, owner)
    permit(base, make_user())

    delivery = make_delivery(make_ban(server))
    for row in (base, owner, server, delivery.ban_list):
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
