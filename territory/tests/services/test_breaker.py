"""The circuit breaker on real transactions: it trips, everything waits, staff are told once, and one act sets it back."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from announcements.models import Announcement
from announcements.tests.factories import make_channel
from common.audit import kinds
from territory.models import Ban, Case, GameServer, Infraction, Placement
from territory.services import breaker
from territory.services.deciding import confirm_case
from territory.services.errors import NotPossibleError
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.database import at_once
from territory.tests.factories import (
    NOW,
    incoming,
    judge,
    make_base,
    make_player,
    make_server,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> GameServer:
    made = make_server(breaker_bans=2)
    make_base(made, make_player("Dono"))
    return made


def build(server: GameServer, *names: str, now: datetime = NOW, **fields: Any) -> None:
    """Each of these players builds in the base, and all is judged in one batch."""
    values = {"occurred_at": now - timedelta(minutes=1)} | fields
    judge(server, *(incoming(name, **values) for name in names), now=now)
    server.refresh_from_db()


def holds() -> list[list[str]]:
    return [one.reasons["holds"] for one in Placement.objects.order_by("pk") if one.reasons]


def test_as_many_bans_as_the_limit_are_made(server: GameServer) -> None:
    build(server, "A", "B", "A")
    assert (server.tripped_at, Ban.objects.count()) == (None, 2)


def test_one_ban_more_trips_and_the_whole_batch_waits(server: GameServer) -> None:
    make_channel(audience="staff")
    build(server, "A", "B", "C", "Dono")
    assert (server.tripped_at, server.tripped_because, server.mode) == (NOW, "bans", "enforce")
    assert not Ban.objects.exists()
    assert holds() == [["breaker"]] * 3 + [[]]
    assert set(Infraction.objects.values_list("status", flat=True)) == {"review"}
    assert Case.objects.waiting().count() == 3
    keys = Announcement.objects.values_list("key", flat=True)
    assert sum(key.startswith("breaker-") for key in keys) == 1


def test_bans_of_the_window_count_and_older_ones_do_not(server: GameServer) -> None:
    build(server, "A", "B")
    build(server, "A", now=NOW + timedelta(minutes=5))  # who is banned already is no new ban
    assert server.tripped_at is None
    build(server, "C", now=NOW + timedelta(minutes=10))
    assert server.tripped_at is None
    build(server, "D", "E", now=NOW + timedelta(minutes=12))
    assert server.tripped_because == "bans"
    assert Ban.objects.count() == 3


def test_ban_by_staffs_word_is_no_automatic_one(server: GameServer) -> None:
    GameServer.objects.update(mode="review")
    build(server, "A", "B", "C")
    with time_machine.travel(NOW, tick=False):
        for case in Case.objects.all():
            confirm_case(case, by=make_user(is_staff=True), reason="visto")
    GameServer.objects.update(mode="enforce")
    build(server, "D", now=NOW + timedelta(minutes=1))
    assert (server.tripped_at, Ban.objects.count()) == (None, 4)


def test_further_batches_wait_until_staff_set_it_back_and_count_anew(server: GameServer) -> None:
    build(server, "A", "B")
    tripped_at = NOW + timedelta(minutes=1)
    build(server, "C", now=tripped_at)
    build(server, "D", now=NOW + timedelta(minutes=2))
    assert server.tripped_at == tripped_at
    assert holds()[-1] == ["breaker"]
    with time_machine.travel(NOW + timedelta(minutes=3), tick=False):
        breaker.set_back(server, seen=tripped_at, reason="regra arrumada")
    build(server, "E", now=NOW + timedelta(minutes=4))
    assert not server.tripped_because
    assert sorted(Ban.objects.values_list("gamertag", flat=True)) == ["A", "B", "E"]
    newest = kinds()["territory.GameServer"].objects.filter(pgh_obj=server).latest("pgh_id")
    assert newest.pgh_context["reason"] == "regra arrumada"


@pytest.mark.parametrize("seen", [NOW - timedelta(hours=1), None], ids=["tripped-anew", "set-back-already"])
def test_setting_back_what_changed_meanwhile_is_refused(server: GameServer, seen: object) -> None:
    build(server, "A", "B", "C")
    if seen is None:
        breaker.set_back(server, seen=NOW, reason="x")
    with pytest.raises(NotPossibleError):
        breaker.set_back(server, seen=NOW - timedelta(hours=1), reason="x")


@pytest.mark.parametrize(
    ("names", "place", "neighbour", "why"),
    [
        # A host that swaps x and z makes an intruder of whoever builds at home, where somebody else's base lies mirrored.
        (["Dono", "Estranho"], {"x": 3000.0, "z": 5000.0}, {"x": 3000.0, "z": 5000.0}, "mirrored"),
        (["Dono"], {"x": 5160.0}, {"x": 5199.0, "radius_m": 50.0}, "owner"),
    ],
)
def test_mirrored_log_and_owner_in_the_own_area_ban_nobody(
    server: GameServer, names: list[str], place: dict[str, Any], neighbour: dict[str, Any], why: str
) -> None:
    GameServer.objects.update(breaker_bans=None)
    make_base(server, make_player("Vizinha"), name="Ao lado", **neighbour)
    build(server, *names, **place)
    assert server.tripped_because == why
    assert not Ban.objects.exists()


@pytest.mark.parametrize("mode", ["review", "observe"])
def test_server_that_bans_nobody_does_not_trip(server: GameServer, mode: str) -> None:
    GameServer.objects.update(mode=mode)
    build(server, "A", "B", "C")
    assert server.tripped_at is None


def test_batch_without_bans_takes_no_query_more_and_one_with_bans_a_fixed_few(server: GameServer) -> None:
    counts = {}
    for names in (("Dono",), ("Dono", "Dono"), ("A",), ("B", "Dono")):
        store(server, [incoming(name) for name in names])
        with CaptureQueriesContext(connection) as queries:
            judge_due(server.pk, now=NOW)
        counts[names] = [one["sql"] for one in queries]
    quiet, guilty = counts[("Dono", "Dono")], counts[("B", "Dono")]
    assert not [sql for sql in quiet if "FOR NO KEY UPDATE" in sql or "banextension" in sql]
    assert sum("FOR NO KEY UPDATE" in sql and "gameserver" in sql for sql in guilty) == 1
    assert sum("territory_banextension e" in sql for sql in guilty) == 1
    assert len(counts[("A",)]) == len(guilty)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_count_each_others_bans(server: GameServer) -> None:
    """Alone each would stay at the limit; together they are beyond it, so one of them trips."""
    store(server, [incoming(name) for name in "ABCD"])
    judged = at_once(*[partial(judge_due, server.pk, now=NOW, limit=2)] * 2)
    assert sorted(one.judged for one in judged) == [2, 2]
    server.refresh_from_db()
    assert (server.tripped_because, Ban.objects.count()) == ("bans", 2)
    assert sorted(map(len, holds())) == [0, 0, 1, 1]


def test_what_staff_look_at(server: GameServer) -> None:
    build(server, "A", "B")
    build(server, "C", "D", now=NOW + timedelta(minutes=1))
    seen = breaker.look_at(server)
    assert sorted(case.gamertag for case in seen.cases) == ["C", "D"]
    assert (seen.waiting, sorted(ban.gamertag for ban in seen.bans)) == (2, ["A", "B"])
