"""A base's former states, which the database stores, and verdicts on acts of their time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from territory.models import Base, BaseRevision, GameServer
from territory.rules.facts import Period
from territory.services.facts import load_bases
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.database import sql
from territory.tests.factories import (
    LONG_AGO,
    incoming,
    make_base,
    make_clan,
    make_player,
    make_server,
    make_user,
    permit,
    placed,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def server() -> GameServer:
    return make_server()


@pytest.fixture
def base(server: GameServer) -> Base:
    return make_base(server, make_user(), registered_at=timezone.now() - 10 * HOUR)


def periods(server: GameServer) -> set[Period]:
    index = load_bases(server, since=timezone.now() - 20 * HOUR)
    return {near.state.period for near in index.near(5000, 3000)}


def covered(server: GameServer, hours_ago: float) -> bool:
    moment = timezone.now() - hours_ago * HOUR
    return any(period.covers(moment) for period in periods(server))


def revisions(base: Base) -> list[tuple[float, float, datetime, datetime]]:
    rows = BaseRevision.objects.filter(base=base).order_by("valid_from")
    return list(rows.values_list("x", "radius_m", "valid_from", "valid_to"))


CHANGES: dict[str, Callable[[], Any]] = {
    "x": lambda: 5001.0,
    "radius_m": lambda: 150.0,
    "clan": make_clan,
    "owner": make_user,
    "server": make_server,
}


@pytest.mark.parametrize("field", CHANGES)
def test_every_change_of_state_leaves_the_former_state(server: GameServer, base: Base, field: str) -> None:
    was = (base.server_id, base.owner_id, base.clan_id, base.x, base.radius_m)
    Base.objects.update(**{field: CHANGES[field]()})

    former = BaseRevision.objects.get()
    assert (former.server_id, former.owner_id, former.clan_id, former.x, former.radius_m) == was
    base.refresh_from_db()
    assert former.valid_from == base.registered_at
    assert former.valid_to == base.changed_at
    assert covered(server, 5)


def test_each_change_leaves_the_former_state_whoever_makes_it(base: Base) -> None:
    base.radius_m = 150.0
    base.save()
    Base.objects.update(x=6000.0)
    sql("UPDATE territory_base SET radius_m = 60 WHERE id = %s", base.pk)
    other = make_base(base.server, base.owner, x=9000.0)
    Base.objects.bulk_update([Base(pk=base.pk, x=7000.0), Base(pk=other.pk, x=9500.0)], ["x"])

    assert other.revisions.count() == 1
    rows = revisions(base)
    assert [row[:2] for row in rows] == [(5000, 100), (5000, 150), (6000, 150), (6000, 60)]
    assert rows[0][2] == base.registered_at
    assert [row[3] for row in rows[:-1]] == [row[2] for row in rows[1:]]  # no gap, no overlap
    base.refresh_from_db()
    assert (base.changed_at, base.x) == (rows[-1][3], 7000.0)


def test_change_of_nothing_that_matters_leaves_no_trace(base: Base) -> None:
    Base.objects.update(name="Outra", place="Norte", x=5000.0, alarms_discord=True)
    base.save()

    assert revisions(base) == []
    base.refresh_from_db()
    assert base.changed_at is None


def test_stale_form_cannot_wind_the_history_back(base: Base) -> None:
    Base.objects.update(x=5001.0)
    changed_at = Base.objects.get().changed_at

    base.name = "Outra"
    base.changed_at = LONG_AGO
    base.x = 5001.0
    base.save()

    assert Base.objects.get().changed_at == changed_at
    assert BaseRevision.objects.count() == 1


def test_removed_base_that_is_corrected_does_not_come_back(server: GameServer, base: Base) -> None:
    removed_at = timezone.now() - 4 * HOUR
    Base.objects.update(removed_at=removed_at)
    Base.objects.update(owner=make_user(), radius_m=150.0)

    assert revisions(base) == [(5000.0, 100.0, base.registered_at, removed_at)]
    assert [covered(server, hours) for hours in (5, 3, 0)] == [True, False, False]


def test_base_opened_again_was_not_there_in_between(server: GameServer, base: Base) -> None:
    opened_at = timezone.now()
    Base.objects.update(removed_at=opened_at - 4 * HOUR)
    Base.objects.update(removed_at=None)

    assert revisions(base) == [(5000.0, 100.0, base.registered_at, opened_at - 4 * HOUR)]
    assert [covered(server, hours) for hours in (5, 3, 0)] == [True, False, True]
    base.refresh_from_db()
    assert base.changed_at is not None
    assert base.changed_at >= opened_at


def test_end_set_into_the_future_does_not_split_the_state(server: GameServer, base: Base) -> None:
    Base.objects.update(removed_at=timezone.now() + HOUR)
    Base.objects.update(removed_at=None)

    assert not BaseRevision.objects.exists()
    assert covered(server, 5)


def test_friend_of_a_base_moved_to_another_server_is_not_convicted(server: GameServer, base: Base) -> None:
    friend = make_player("Amigo")
    permit(base, friend)
    store(server, [incoming("Amigo", occurred_at=timezone.now() - timedelta(minutes=1))])
    Base.objects.update(server=make_server())

    judge_due(server.pk, now=timezone.now())

    assert (placed("Amigo").outcome, placed("Amigo").rule) == ("allowed", "permission")
