from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DataError, transaction

from tanks.diffs import GarageState
from tanks.models import GarageTank, Player, TankSnapshot, Vehicle
from tanks.services.garages import store_tanks, take_token_back
from tanks.tests.factories import rows
from tanks.tests.factories.answers import LATER, NOW, SOON, tank
from tanks.tests.proofs import Background, rewritten, versions, wait_until_somebody_waits
from tanks.wargaming.answers import TankStatistic

pytestmark = pytest.mark.django_db
TABLES = ("tanks_garagetank", "tanks_tanksnapshot", "tanks_vehicle")


@pytest.fixture
def ana() -> Player:
    return rows.player(rows.clan(), "Ana")


@pytest.fixture
def bia(ana: Player) -> Player:
    assert ana.clan is not None
    return rows.player(ana.clan, "Bia")


def store(
    player: Player, *tanks: TankStatistic, at: datetime = NOW, read_for: Sequence[GarageState] = ()
) -> int:
    return store_tanks({player.pk: tanks}, at=at, read_for=read_for)


def garage(player: Player) -> dict[int, tuple[int, int, int]]:
    found = GarageTank.objects.filter(player=player)
    return {row.tank_id: (row.battles, row.wins, row.mark_of_mastery) for row in found}


def snapshots(player: Player) -> list[tuple[int, date, int, int, int, bool]]:
    columns = ("tank_id", "day", "battles", "wins", "mark_of_mastery", "is_reset")
    return list(TankSnapshot.objects.filter(player=player).order_by("tank_id", "day").values_list(*columns))


def as_read(player: Player, *, battles: int | None = 1000) -> GarageState:
    return GarageState(player.pk, battles, NOW, None, None, None)


def test_changed_vehicle_is_written_alone(ana: Player, bia: Player) -> None:
    store_tanks({ana.pk: [tank(1), tank(2)], bia.pk: [tank(1)]}, at=NOW)
    before = versions(*TABLES)
    assert store(ana, tank(1, 101, 53, 1), tank(2), at=SOON) == 2

    assert rewritten(before) == {"tanks_garagetank": 1, "tanks_tanksnapshot": 1}
    assert garage(ana) == {1: (101, 53, 1), 2: (100, 52, 0)}
    assert garage(bia) == {1: (100, 52, 0)}
    changed = GarageTank.objects.get(player=ana, tank_id=1)
    assert (changed.first_seen, changed.last_changed) == (NOW, SOON)


def test_unknown_vehicle_has_a_row_without_name(ana: Player) -> None:
    rows.vehicle("Maus", tank_id=7)
    store(ana, tank(7), tank(65601))

    unknown = Vehicle.objects.get(pk=65601)
    assert (unknown.name, unknown.tier, unknown.nation, unknown.type) == ("", None, "", "")
    assert (str(unknown), unknown.not_in_catalogue_since, unknown.first_seen) == ("#65601", NOW, NOW)
    assert GarageTank.objects.get(tank=unknown).in_garage is None
    assert Vehicle.objects.get(pk=7).not_in_catalogue_since is None


def test_counter_that_falls_is_stored_and_marks_its_day_to_the_end_and_no_other_day(ana: Player) -> None:
    store(ana, tank(1, 100, 52, 2), tank(2))
    store(ana, tank(1, 60, 51, 1), tank(2), at=SOON)
    assert garage(ana)[1] == (60, 51, 1)
    store(ana, tank(1, 61), at=LATER)
    store(ana, tank(1, 62), at=NOW + timedelta(days=1))
    assert [(row[0], row[1].day, row[2], row[5]) for row in snapshots(ana)] == [
        (1, 1, 61, True),
        (1, 2, 62, False),
        (2, 1, 100, False),
    ]


def test_snapshot_is_of_the_sites_day_and_only_of_what_changed(ana: Player) -> None:
    store(ana, tank(1, 100), tank(2), at=datetime(2026, 3, 2, 2, 59, tzinfo=UTC))
    store(ana, tank(1, 101), tank(2), at=datetime(2026, 3, 2, 3, 0, tzinfo=UTC))
    assert [(row[0], row[1].day, row[2]) for row in snapshots(ana)] == [(1, 1, 100), (1, 2, 101), (2, 1, 100)]
    assert set(TankSnapshot.objects.filter(tank_id=1).values_list("taken_at", flat=True)) == {
        datetime(2026, 3, 2, 2, 59, tzinfo=UTC),
        datetime(2026, 3, 2, 3, 0, tzinfo=UTC),
    }


def test_vehicles_that_do_not_explain_the_battles_are_stored_and_asked_for_again(ana: Player) -> None:
    store(ana, tank(1, 700), read_for=[as_read(ana)])
    ana.refresh_from_db()
    assert garage(ana) == {1: (700, 52, 0)}
    assert (ana.garage_read_at, ana.garage_battles, ana.garage_tries) == (None, None, 1)


def withdrawn(player: Player) -> dict[int, tuple[int, int]]:
    found = GarageTank.objects.filter(player=player, withdrawn_at__isnull=False)
    return {row.tank_id: (row.withdrawn_battles, row.withdrawn_wins) for row in found}


def test_vehicle_missing_from_a_whole_list_is_withdrawn_until_it_is_listed_again(ana: Player) -> None:
    store(ana, tank(1, 700), tank(2, 300, 150, 3), read_for=[as_read(ana)])
    assert store(ana, tank(1, 700), at=SOON, read_for=[as_read(ana, battles=700)]) == 1
    assert (garage(ana), withdrawn(ana)) == ({1: (700, 52, 0), 2: (0, 0, 3)}, {2: (300, 150)})
    row = GarageTank.objects.get(tank_id=2)
    assert (row.withdrawn_at, row.last_changed) == (SOON, SOON)

    before = versions(*TABLES)
    assert store(ana, tank(1, 700), at=LATER, read_for=[as_read(ana, battles=700)]) == 0
    assert rewritten(before) == {}
    store(ana, tank(1, 700), tank(2, 301, 151, 3), at=LATER, read_for=[as_read(ana, battles=1001)])
    assert (garage(ana), withdrawn(ana)) == ({1: (700, 52, 0), 2: (301, 151, 3)}, {})
    assert not any(is_reset for *_, is_reset in snapshots(ana))


# What is listed, and the account's battles as they are known; without any nothing is known of the account.
MAYBE_PARTS: dict[str, tuple[list[TankStatistic] | None, list[int | None]]] = {
    "the-account-counts-them-still": ([tank(1, 700)], [1000]),
    "the-account-is-silent": ([tank(1, 700)], [None]),
    "nothing-is-known": ([tank(1, 700)], []),
    "an-empty-list": ([], []),
    "null": (None, [700]),
    "null-again": (None, []),
}


@pytest.mark.parametrize(("listed", "battles"), MAYBE_PARTS.values(), ids=MAYBE_PARTS)
def test_list_that_may_not_be_whole_withdraws_nothing(
    ana: Player, listed: list[TankStatistic] | None, battles: list[int | None]
) -> None:
    store(ana, tank(1, 700), tank(2, 300))
    before = versions(*TABLES)
    read_for = [as_read(ana, battles=known) for known in battles]
    assert store_tanks({ana.pk: listed}, at=SOON, read_for=read_for) == 0
    assert (withdrawn(ana), rewritten(before)) == ({}, {})


def test_withdrawn_vehicle_stays_when_the_token_is_taken_back(ana: Player) -> None:
    store(ana, tank(1, 700), tank(2, 300), read_for=[as_read(ana)])
    store(ana, tank(1, 700), at=SOON, read_for=[as_read(ana, battles=700)])
    TankSnapshot.objects.all().delete()  # a row taken over from the old site has none
    take_token_back(ana)
    assert withdrawn(ana) == {2: (300, 52)}


def test_reading_fails_as_a_whole(ana: Player) -> None:
    before = versions()
    with pytest.raises(DataError):
        store(ana, tank(1), tank(2, 2**63), read_for=[as_read(ana)])
    assert rewritten(before) == {}
    assert not GarageTank.objects.exists()


def test_battles_in_a_vehicle_that_only_stood_in_the_garage_are_a_change(ana: Player) -> None:
    from tanks.services.garages import store_private_garage

    ana.access_token = "token"
    ana.save()
    store_private_garage(ana, {1}, at=NOW)
    store(ana, tank(1, 3, 2), at=SOON)
    assert garage(ana) == {1: (3, 2, 0)}
    assert GarageTank.objects.get().in_garage is True
    assert snapshots(ana) == [(1, date(2026, 3, 1), 3, 2, 0, False)]


@pytest.mark.django_db(transaction=True)
def test_two_readings_of_one_player_at_once_make_one_row_each() -> None:
    player = rows.player(rows.clan(), "Ana")
    with transaction.atomic():
        store(player, tank(1, 100), tank(2, 100))
        other = Background(lambda: store(player, tank(2, 100), tank(1, 101), tank(3), at=SOON))
        wait_until_somebody_waits()
    other.join()
    assert garage(player) == {1: (101, 52, 0), 2: (100, 52, 0), 3: (100, 52, 0)}
    assert len(snapshots(player)) == 3
