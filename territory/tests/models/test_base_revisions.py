"""A base's past states, kept by the database, and what they mean for acts of that time."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from territory.models import Base, BaseRevision, GameServer
from territory.rules.facts import Period
from territory.services.facts import load_bases
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.factories import (
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


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"x": 5001.0}, id="moved"),
        pytest.param({"radius_m": 150.0}, id="grown"),
        pytest.param({"clan": "new"}, id="given-to-a-clan"),
        pytest.param({"owner": "new"}, id="given-away"),
    ],
)
@pytest.mark.parametrize("how", ["save", "bulk", "sql"])
def test_every_change_of_state_leaves_the_former_state(
    server: GameServer, base: Base, change: dict[str, Any], how: str
) -> None:
    fields = {"clan": make_clan(), "owner": make_user()}
    values: dict[str, Any] = {
        name: fields[name] if value == "new" else value for name, value in change.items()
    }
    was = (base.owner_id, base.clan_id, base.x, base.radius_m)
    if how == "save":
        for name, value in values.items():
            setattr(base, name, value)
        base.save()
    elif how == "bulk":
        Base.objects.update(**values)
    else:
        [(name, value)] = values.items()
        column = f"{name}_id" if name in fields else name
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE territory_base SET {column} = %s", [getattr(value, "pk", value)])

    former = BaseRevision.objects.get()
    assert (former.owner_id, former.clan_id, former.x, former.radius_m) == was
    base.refresh_from_db()
    assert former.valid_from == base.registered_at
    assert former.valid_to == base.changed_at
    assert covered(server, 5)


def test_change_of_the_name_leaves_no_former_state(base: Base) -> None:
    base.name = "Outro nome"
    base.save()

    assert not BaseRevision.objects.exists()


def test_stale_object_saved_does_not_forget_when_the_state_began(base: Base) -> None:
    stale = Base.objects.get(pk=base.pk)
    Base.objects.update(radius_m=150)
    stale.radius_m, stale.name = 150, "Velho"
    stale.save()

    base.refresh_from_db()
    assert base.changed_at is not None
    assert BaseRevision.objects.count() == 1


def test_removed_base_that_is_corrected_does_not_come_back(server: GameServer, base: Base) -> None:
    Base.objects.update(removed_at=timezone.now() - 4 * HOUR)
    Base.objects.update(owner=make_user())

    assert covered(server, 5)
    assert not covered(server, 3)
    assert not covered(server, 0)


def test_base_opened_again_was_not_there_in_between(server: GameServer, base: Base) -> None:
    Base.objects.update(removed_at=timezone.now() - 4 * HOUR)
    Base.objects.update(removed_at=None)

    assert covered(server, 5)
    assert not covered(server, 3)
    assert covered(server, 0)


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
