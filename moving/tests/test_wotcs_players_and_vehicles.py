"""Players and their vehicles move in; what a sync has told since is never replaced by anything older."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from clans.models import GarageTank, Player, Realm, TankSnapshot, Vehicle
from moving import wotcs as garages
from clans.services.garages import store_tanks
from clans.services.realms import realm_at
from clans.services.vehicles import store_catalogue
from moving.tests.old_wotcs import SEEN, OldDatabase, import_wotcs, refused
from clans.tests.sync.makers import listed, rewritten, tank, versions

pytestmark = pytest.mark.django_db
AT = datetime(2026, 2, 1, 10, 30, tzinfo=UTC)
DAY = date(2026, 2, 1)


def realm() -> Realm:
    return realm_at("https://api.worldoftanks.com")


def figures(row: Any) -> tuple[int, int, int]:
    return row.battles, row.wins, row.mark_of_mastery


def test_everything_about_a_vehicle_is_taken(old: OldDatabase) -> None:
    old.player(1001, "Onça")
    old.tank()
    report = import_wotcs(old.url)

    player = Player.objects.get(realm=realm(), account_id=1001)
    owned = GarageTank.objects.get()
    assert player.nickname == "Onça"
    assert (owned.player, figures(owned), owned.in_garage) == (player, (120, 66, 3), None)
    assert (owned.first_seen, owned.last_changed) == (AT, AT)
    vehicle = Vehicle.objects.get(pk=11)
    assert (vehicle.name, vehicle.tier, vehicle.nation, vehicle.type) == ("Tigre", 7, "germany", "heavyTank")
    assert (vehicle.is_premium, vehicle.big_icon) == (True, "https://example.org/tigre.png")
    assert vehicle.not_in_catalogue_since is not None
    snapshot = TankSnapshot.objects.get()
    assert (snapshot.player, figures(snapshot), snapshot.day) == (player, (120, 66, 3), DAY)
    assert (snapshot.taken_at, snapshot.is_reset) == (AT, False)
    assert report["tables"]["garagetank"] == {"found": 1, "taken": 1, "unchanged": 0, "refused": 0}
    assert report["written"] == {
        "people": 0,
        "memberships": 0,
        "links": 0,
        "players": 1,
        "vehicles": 1,
        "tanks": 1,
        "snapshots": 1,
    }


def test_second_run_writes_no_row(old: OldDatabase) -> None:
    old.player(1001)
    old.tank()
    old.tank(tank_id=12, last_updated=None)
    old.tank(account_id=1002, battles=None)
    import_wotcs(old.url)
    before = versions()
    report = import_wotcs(old.url)

    assert rewritten(before) == {}
    assert report["tables"]["garagetank"] == {"found": 3, "taken": 0, "unchanged": 3, "refused": 0}
    assert report["tables"]["player"]["unchanged"] == 1


def test_trial_keeps_nothing_and_reports_the_same(old: OldDatabase) -> None:
    old.player(1001)
    old.tank()
    old.user()
    before = versions()
    trial = import_wotcs(old.url, "--dry-run")

    assert versions() == before
    assert trial | {"dry_run": False} == import_wotcs(old.url)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"account_id": None}, "no_account"),
        ({"account_id": 0}, "bad_account"),
        ({"account_id": -5}, "bad_account"),
        ({"tank_id": None}, "bad_vehicle"),
        ({"tank_id": 0}, "bad_vehicle"),
        ({"battles": -1}, "bad_figures"),
        ({"battles": 10, "wins": 11}, "bad_figures"),
        ({"mark_of_mastery": 5}, "bad_figures"),
        ({"last_updated": "2120-01-01 00:00:00"}, "bad_time"),
        ({"last_updated": "1999-01-01 00:00:00"}, "bad_time"),
    ],
)
def test_row_that_cannot_be_right_is_refused_alone(
    old: OldDatabase, values: dict[str, Any], reason: str
) -> None:
    old.tank(tank_id=99)
    old.tank(**values)
    report = import_wotcs(old.url)

    assert [entry["reason"] for entry in report["refused"]] == [reason]
    assert report["refused"][0]["words"]
    assert list(GarageTank.objects.values_list("tank_id", flat=True)) == [99]


def test_vehicle_without_figures_is_taken_without_a_history(old: OldDatabase) -> None:
    old.tank(battles=None, wins=None, mark_of_mastery=None)
    import_wotcs(old.url)

    assert figures(GarageTank.objects.get()) == (0, 0, 0)
    assert not TankSnapshot.objects.exists()


def test_vehicle_without_a_time_is_taken_without_a_history(old: OldDatabase) -> None:
    old.tank(last_updated=None)
    import_wotcs(old.url)

    assert figures(GarageTank.objects.get()) == (120, 66, 3)
    assert not TankSnapshot.objects.exists()


def test_of_two_rows_for_one_vehicle_the_newer_counts(old: OldDatabase) -> None:
    old.tank(battles=100, last_updated="2026-01-01 00:00:00")
    old.tank(battles=120, last_updated=SEEN)
    report = import_wotcs(old.url)

    assert GarageTank.objects.get().battles == 120
    assert refused(report) == [("garagetank", "1001 · 11", "duplicate")]


def test_same_vehicle_twice_across_batches_is_one(old: OldDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moving.wotcs._BATCH", 1)
    for _ in range(2):
        old.player(1001)
        old.tank()
    report = import_wotcs(old.url)

    assert report["reasons"] == {"duplicate": 2}
    assert report["tables"]["garagetank"] == {"found": 2, "taken": 1, "unchanged": 0, "refused": 1}


def test_what_a_sync_stored_later_stays_and_the_history_begins_earlier(old: OldDatabase) -> None:
    player = Player.objects.create(realm=realm(), account_id=1001, nickname="Nova")
    later = AT + timedelta(days=3)
    store_tanks({player.pk: (tank(11, 150, 80, 4),)}, at=later)
    old.player(1001, "Velha")
    old.tank()
    import_wotcs(old.url)

    owned = GarageTank.objects.get()
    assert (figures(owned), owned.last_changed, owned.first_seen) == ((150, 80, 4), later, AT)
    history = list(TankSnapshot.objects.order_by("day"))
    assert [(figures(row), row.day) for row in history] == [
        ((120, 66, 3), DAY),
        ((150, 80, 4), DAY + timedelta(days=3)),
    ]
    assert Player.objects.get().nickname == "Nova"


def test_day_that_a_sync_described_later_stays_as_it_is(old: OldDatabase) -> None:
    player = Player.objects.create(realm=realm(), account_id=1001)
    store_tanks({player.pk: (tank(11, 150, 80, 4),)}, at=AT + timedelta(hours=1))
    old.tank()
    import_wotcs(old.url)

    snapshot = TankSnapshot.objects.get()
    assert (figures(snapshot), snapshot.is_reset) == ((150, 80, 4), False)


def test_vehicles_read_later_and_found_unchanged_are_not_replaced(old: OldDatabase) -> None:
    player = Player.objects.create(realm=realm(), account_id=1001)
    store_tanks({player.pk: (tank(11, 150, 80, 4),)}, at=AT - timedelta(days=9))
    Player.objects.update(garage_read_at=AT + timedelta(minutes=1))
    old.tank(battles=151, wins=80, mark_of_mastery=4)
    import_wotcs(old.url)

    assert figures(GarageTank.objects.get()) == (150, 80, 4)


def test_newer_copy_brings_what_changed_there(old: OldDatabase) -> None:
    old.tank()
    old.tank(tank_id=12)
    import_wotcs(old.url)
    old.change("UPDATE garagetank SET last_updated = '2026-02-04 10:30:00'")
    old.change("UPDATE garagetank SET battles = 130 WHERE tank_id = 11")
    before = versions()
    report = import_wotcs(old.url)

    assert rewritten(before) == {"clans_garagetank": 1, "clans_tanksnapshot": 1}
    owned = GarageTank.objects.get(tank_id=11)
    assert (owned.battles, owned.first_seen, owned.last_changed) == (130, AT, AT + timedelta(days=3))
    assert report["tables"]["garagetank"]["unchanged"] == 1


def test_newer_copy_of_the_same_day_corrects_the_day(old: OldDatabase) -> None:
    old.tank()
    import_wotcs(old.url)
    old.change("UPDATE garagetank SET battles = 121, last_updated = '2026-02-01 11:30:00'")
    import_wotcs(old.url)

    assert figures(TankSnapshot.objects.get()) == (121, 66, 3)


def test_figures_that_fell_are_a_reset(old: OldDatabase) -> None:
    old.tank()
    import_wotcs(old.url)
    old.change("UPDATE garagetank SET battles = 70, last_updated = '2026-02-04 10:30:00'")
    import_wotcs(old.url)

    assert [row.is_reset for row in TankSnapshot.objects.order_by("day")] == [False, True]
    assert GarageTank.objects.get().battles == 70


def test_row_that_says_more_than_a_later_day_is_refused(old: OldDatabase) -> None:
    player = Player.objects.create(realm=realm(), account_id=1001)
    store_tanks({player.pk: (tank(11, 100, 50, 1),)}, at=AT + timedelta(days=3))
    old.tank()
    report = import_wotcs(old.url)

    assert [entry["reason"] for entry in report["refused"]] == ["contradicted"]
    assert figures(GarageTank.objects.get()) == (100, 50, 1)
    assert TankSnapshot.objects.count() == 1


def test_catalogue_of_a_sync_goes_before_and_after(old: OldDatabase) -> None:
    store_catalogue(realm(), [listed(11, "Tiger I")], version="1", is_whole=True, at=AT)
    old.tank(tank_id=11)
    old.tank(tank_id=12, tank_name="Pantera")
    import_wotcs(old.url)

    assert Vehicle.objects.get(pk=11).name == "Tiger I"
    assert Vehicle.objects.get(pk=11).not_in_catalogue_since is None
    store_catalogue(
        realm(), [listed(11, "Tiger I"), listed(12, "Panther")], version="2", is_whole=True, at=AT
    )
    assert Vehicle.objects.get(pk=12).name == "Panther"
    assert Vehicle.objects.get(pk=12).not_in_catalogue_since is None


def test_next_sync_goes_on_from_what_moved_in(old: OldDatabase) -> None:
    old.tank()
    import_wotcs(old.url)
    now = timezone.now()
    store_tanks({Player.objects.get().pk: (tank(11, 130, 70, 3),)}, at=now)

    assert figures(GarageTank.objects.get()) == (130, 70, 3)
    assert [row.battles for row in TankSnapshot.objects.order_by("day")] == [120, 130]
    assert not TankSnapshot.objects.filter(is_reset=True).exists()


def test_odd_descriptions_of_vehicles_do_no_harm(old: OldDatabase) -> None:
    old.tank(tank_id=1, tank_name="x" * 300, tier=99, nation="y" * 99, image_url="javascript:alert(1)")
    old.tank(tank_id=2, tank_name="a\u202eb", tier=None, type=None, image_url=None, is_premium=None)
    old.tank(account_id=1002, tank_id=2, tank_name="'; DROP TABLE clans_player; --")
    import_wotcs(old.url)

    rows = list(Vehicle.objects.order_by("pk").values_list("name", "tier", "nation", "big_icon"))
    assert rows == [
        ("", None, "", ""),
        ("'; DROP TABLE clans_player; --", 7, "germany", "https://example.org/tigre.png"),
    ]


def test_nickname_that_cannot_be_shown_is_left_out(old: OldDatabase) -> None:
    old.player(1001, "a\u202eb")
    old.player(1002, None)
    report = import_wotcs(old.url)

    assert refused(report, "noted") == [("player", "1001", "bad_nickname")]
    assert list(Player.objects.values_list("nickname", flat=True)) == ["", ""]


def test_player_without_a_name_gets_the_old_one(old: OldDatabase) -> None:
    Player.objects.create(realm=realm(), account_id=1001)
    old.player(1001, "Onça")
    report = import_wotcs(old.url)

    assert Player.objects.get().nickname == "Onça"
    assert report["tables"]["player"]["taken"] == 1


def test_columns_may_be_missing_added_and_of_other_types(empty: OldDatabase) -> None:
    empty.make(
        "garagetank",
        '("TANK_ID" VARCHAR, account_id DOUBLE PRECISION, battles VARCHAR, wins NUMERIC, extra TEXT)',
    )
    empty.add("garagetank", **{'"TANK_ID"': "11", "account_id": 1000000001.0, "battles": "50", "wins": 20})
    report = import_wotcs(empty.url)

    assert Player.objects.get().account_id == 1_000_000_001
    assert figures(GarageTank.objects.get()) == (50, 20, 0)
    assert report["left_out"] == ["player", "user"]


def test_realm_is_that_of_the_settings_or_the_one_named(old: OldDatabase) -> None:
    old.player(1001)
    import_wotcs(old.url, "--realm", "eu")
    import_wotcs(old.url)

    assert sorted(Player.objects.values_list("realm__url", flat=True)) == [
        "https://api.worldoftanks.com",
        "https://api.worldoftanks.eu",
    ]


@pytest.mark.django_db(transaction=True)
def test_run_broken_off_keeps_its_batches_and_is_run_again(
    old: OldDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moving.wotcs._BATCH", 2)
    for number in range(1, 6):
        old.tank(tank_id=number)
    store = garages.store_garages
    calls: list[int] = []

    def failing(*told: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        store(*told)

    monkeypatch.setattr(garages, "store_garages", failing)
    with pytest.raises(KeyboardInterrupt):
        import_wotcs(old.url)
    kept = GarageTank.objects.count()
    import_wotcs(old.url)

    assert (kept, GarageTank.objects.count()) == (2, 5)
