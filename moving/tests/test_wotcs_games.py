"""Players and their vehicles move in; what a sync has given since is never replaced by anything older."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from moving.tests.old_system import counts
from moving.tests.old_wotcs import OldDatabase, import_wotcs, reasons
from tanks.models import GarageTank, Player, Realm, TankSnapshot, Vehicle
from tanks.services.garages import store_tanks
from tanks.services.realms import realm_at
from tanks.services.vehicles import store_catalogue
from tanks.tests.factories.answers import listed, tank
from tanks.tests.proofs import rewritten, versions

pytestmark = pytest.mark.django_db
AT = datetime(2026, 2, 1, 10, 30, tzinfo=UTC)
DAY = date(2026, 2, 1)
FOUR_DAYS_LATER = "2026-02-05 10:30:00"


def realm() -> Realm:
    return realm_at("https://api.worldoftanks.com")


def figures() -> tuple[int, int, int]:
    return GarageTank.objects.values_list("battles", "wins", "mark_of_mastery").get()


def history() -> list[tuple[int, int]]:
    """Return battles by day, counted from DAY; a reset is negative."""
    rows = TankSnapshot.objects.order_by("day")
    return [((row.day - DAY).days, -row.battles if row.is_reset else row.battles) for row in rows]


def test_everything_about_a_vehicle_is_taken(empty: OldDatabase) -> None:
    for table in ("player", "garagetank", "user"):
        empty.make(table)
    empty.player(1001, "Onça")
    empty.tank()
    report = import_wotcs(empty.url)

    player = Player.objects.get(realm=realm(), account_id=1001)
    owned = GarageTank.objects.get()
    assert (player.nickname, owned.player, figures(), owned.in_garage) == ("Onça", player, (120, 66, 3), None)
    assert (owned.first_seen, owned.last_changed) == (AT, AT)
    vehicle = Vehicle.objects.get(pk=11)
    assert (vehicle.name, vehicle.tier, vehicle.nation, vehicle.type) == ("Tigre", 7, "germany", "heavyTank")
    assert (vehicle.is_premium, vehicle.big_icon) == (True, "https://example.org/tigre.png")
    assert vehicle.not_in_catalogue_since is not None
    assert (history(), TankSnapshot.objects.get().taken_at) == ([(0, 120)], AT)
    assert counts(report, "player") == counts(report, "garagetank") == (1, 1, 0, 0)


def test_second_run_writes_no_row_and_a_trial_keeps_none(old: OldDatabase) -> None:
    old.player(1001)
    old.tank()
    old.tank(tank_id=12, last_updated=None)
    old.tank(account_id=1002, battles=None)
    old.user()
    empty = versions()
    trial = import_wotcs(old.url, "--dry-run")
    assert versions() == empty
    assert trial | {"dry_run": False} == import_wotcs(old.url)
    before = versions()
    report = import_wotcs(old.url)

    assert rewritten(before) == {}
    assert (counts(report, "garagetank"), counts(report, "player")) == ((3, 0, 3, 0), (1, 0, 1, 0))


WRONG: dict[str, list[dict[str, Any]]] = {
    "bad_account": [{"account_id": None}, {"account_id": 0}, {"account_id": -5}],
    "bad_vehicle": [{"tank_id": None}, {"tank_id": 0}],
    "bad_figures": [
        {"battles": -1},
        {"battles": 10, "wins": 11},
        {"mark_of_mastery": 5},
        {"battles": "muitas"},
    ],
    "bad_time": [{"last_updated": "2120-01-01 00:00:00"}, {"last_updated": "1999-01-01 00:00:00"}],
    "duplicate": [{"tank_id": 99, "last_updated": "2026-01-01 00:00:00", "battles": 100}],
}


def test_row_that_cannot_be_right_is_refused_alone(old: OldDatabase) -> None:
    wrong = [(reason, values) for reason, given in WRONG.items() for values in given]
    for number, (_reason, values) in enumerate(wrong):
        old.tank(**{"tank_id": 100 + number} | values)
    old.tank(tank_id=99)
    report = import_wotcs(old.url)

    assert sorted(one["reason"] for one in report["refused"]) == sorted(reason for reason, _values in wrong)
    assert (GarageTank.objects.get().tank_id, figures()) == (99, (120, 66, 3))


@pytest.mark.parametrize(
    ("values", "expected"),
    [({"battles": None, "wins": None, "mark_of_mastery": None}, (0, 0, 0)), ({"last_updated": None}, (120, 66, 3))],
    ids=["no figures", "no time"],
)  # fmt: skip
def test_vehicle_is_taken_without_a_history(
    old: OldDatabase, values: dict[str, Any], expected: tuple[int, ...]
) -> None:
    old.tank(**values)
    import_wotcs(old.url)

    assert (figures(), history()) == (expected, [])


@pytest.mark.parametrize(
    ("read_at", "given", "expected", "days", "said"),
    [
        (AT + timedelta(days=3), (150, 80, 4), (150, 80, 4), [(0, 120), (3, 150)], []),
        (AT + timedelta(hours=1), (150, 80, 4), (150, 80, 4), [(0, 150)], []),
        (AT - timedelta(days=3), (110, 60, 2), (120, 66, 3), [(-3, 110), (0, 120)], []),
        (AT + timedelta(days=3), (100, 50, 1), (100, 50, 1), [(3, 100)], ["1001 · 11 contradicted"]),
    ],
    ids=["later", "the same day", "earlier", "later with less"],
)  # fmt: skip
def test_what_a_sync_stored(  # noqa: PLR0917 - pytest passes by name
    old: OldDatabase,
    read_at: datetime,
    given: tuple[int, int, int],
    expected: tuple[int, int, int],
    days: list[tuple[int, int]],
    said: list[str],
) -> None:
    player = Player.objects.create(realm=realm(), account_id=1001, nickname="Nova")
    store_tanks({player.pk: (tank(11, *given),)}, at=read_at)
    old.player(1001, "Velha")
    old.tank()
    report = import_wotcs(old.url)

    assert (figures(), history(), reasons(report)) == (expected, days, said)
    assert GarageTank.objects.get().first_seen == (read_at if said else min(read_at, AT))
    assert Player.objects.get().nickname == "Nova"


def test_vehicles_read_later_and_found_unchanged_are_not_replaced(old: OldDatabase) -> None:
    player = Player.objects.create(realm=realm(), account_id=1001)
    store_tanks({player.pk: (tank(11, 150, 80, 4),)}, at=AT - timedelta(days=9))
    Player.objects.update(garage_read_at=AT + timedelta(minutes=1))
    old.tank(battles=151, wins=80, mark_of_mastery=4)
    import_wotcs(old.url)

    assert figures() == (150, 80, 4)


@pytest.mark.parametrize(
    ("values", "days", "written"),
    [
        (f"battles = 130, last_updated = '{FOUR_DAYS_LATER}'", [(0, 120), (4, 130)], 2),
        (f"battles = 70, last_updated = '{FOUR_DAYS_LATER}'", [(0, 120), (4, -70)], 2),
        (f"last_updated = '{FOUR_DAYS_LATER}'", [(0, 120)], 0),
        ("battles = 121, last_updated = '2026-02-01 11:30:00'", [(0, 121)], 2),
    ],
    ids=["more battles", "a reset", "nothing new", "the same day"],
)  # fmt: skip
def test_newer_copy_brings_what_changed_there(
    old: OldDatabase, values: str, days: list[tuple[int, int]], written: int
) -> None:
    old.tank()
    import_wotcs(old.url)
    old.change(f"UPDATE garagetank SET {values}")
    before = versions()
    import_wotcs(old.url)

    assert (history(), sum(rewritten(before).values())) == (days, written)
    assert (figures()[0], GarageTank.objects.get().first_seen) == (abs(days[-1][1]), AT)


def test_catalogue_of_a_sync_goes_before_and_after(old: OldDatabase) -> None:
    def catalogue() -> list[tuple[str, bool]]:
        return [(one.name, one.not_in_catalogue_since is None) for one in Vehicle.objects.order_by("pk")]

    store_catalogue(realm(), [listed(11, "Tiger I")], version="1", is_whole=True, at=AT)
    old.tank(tank_id=11)
    old.tank(tank_id=12, tank_name="Pantera")
    import_wotcs(old.url)
    assert catalogue() == [("Tiger I", True), ("Pantera", False)]

    both = [listed(11, "Tiger I"), listed(12, "Panther")]
    store_catalogue(realm(), both, version="2", is_whole=True, at=AT)
    assert catalogue() == [("Tiger I", True), ("Panther", True)]


def test_odd_descriptions_of_vehicles_do_no_harm(old: OldDatabase) -> None:
    old.tank(tank_id=1, tank_name="x" * 300, tier=99, nation="y" * 99, image_url="javascript:alert(1)")
    old.tank(tank_id=2, tank_name="a\u202eb", tier=None, type=None, image_url=None, is_premium=None)
    old.tank(account_id=1002, tank_id=2, tank_name="'; DROP TABLE tanks_player; --")
    import_wotcs(old.url)

    assert list(Vehicle.objects.order_by("pk").values_list("name", "tier", "nation", "big_icon")) == [
        ("", None, "", ""),
        ("'; DROP TABLE tanks_player; --", 7, "germany", "https://example.org/tigre.png"),
    ]


def test_nickname_is_taken_where_there_is_none_and_it_can_be_shown(old: OldDatabase) -> None:
    Player.objects.create(realm=realm(), account_id=1003)
    for number, name in {1001: "a\u202eb", 1002: None, 1003: "Onça"}.items():
        old.player(number, name)
    report = import_wotcs(old.url)

    assert list(Player.objects.order_by("account_id").values_list("nickname", flat=True)) == ["", "", "Onça"]
    assert counts(report, "player") == (3, 3, 0, 0)


def test_columns_may_be_missing_added_and_of_other_types(empty: OldDatabase) -> None:
    columns = '"TANK_ID" VARCHAR, account_id DOUBLE PRECISION, battles VARCHAR, wins NUMERIC, extra TEXT'
    empty.make("garagetank", f"({columns})")
    empty.add("garagetank", **{'"TANK_ID"': "11", "account_id": 1000000001.0, "battles": "50", "wins": 20})
    report = import_wotcs(empty.url)

    assert (Player.objects.get().account_id, figures()) == (1_000_000_001, (50, 20, 0))
    assert report["missing_tables"] == ["player", "user"]
