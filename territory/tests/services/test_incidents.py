"""Repeated acts of one player within a minute are announced and shown as one; each stays an infraction."""

import re
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from announcements.models import Announcement
from announcements.tests.factories import make_channel
from clans.models import User
from territory.models import Ban, Case, GameServer, Infraction
from territory.services.cases import lock_cases
from territory.services.deciding import confirm_case, dismiss_case
from territory.services.infractions import NewInfraction, find_repeats
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.factories import (
    NOW,
    incoming,
    lift_by_hand,
    make_base,
    make_infraction,
    make_player,
    make_server,
    make_user,
)

pytestmark = pytest.mark.django_db
FIRST = NOW - timedelta(minutes=20)


@pytest.fixture
def staff() -> User:
    return make_user("staff", is_staff=True)


@pytest.fixture
def server() -> GameServer:
    for audience in ("public", "staff"):
        make_channel(audience, audience=audience)
    server = make_server(slug="sul")
    make_base(server, make_player("Dono"))
    return server


def at(seconds: float) -> datetime:
    return FIRST + timedelta(seconds=seconds)


def judge(server: GameServer, *acts: Any) -> None:
    store(server, list(acts))
    judge_due(server.pk, now=NOW)


def kits(*seconds: float, gamertag: str = "Spammer", **fields: Any) -> list[Any]:
    return [incoming(gamertag, occurred_at=at(second), **fields) for second in seconds]


def announced_acts() -> list[tuple[str, int]]:
    """The channel of each announcement, and the number of acts in it."""
    found = Announcement.objects.select_related("channel").order_by("channel__name", "pk")
    return [(one.channel.name, _count(one.message)) for one in found]


def _count(message: dict[str, Any]) -> int:
    counts = [
        found for field in message["fields"] if (found := re.match(r"(\d+) (em um|within a)", field["value"]))
    ]
    return int(counts[0][1]) if counts else 1


def wall(client: Client, **query: Any) -> list[int]:
    """The number of acts of each entry on the wall."""
    page = client.get(reverse("wall"), query, headers={"accept-language": "en"}).content.decode()
    rows = page.split('<td class="c-title">')[1:]
    return [int(found[1]) if (found := re.search(r"(\d+) acts within", row)) else 1 for row in rows]


ELEVEN = [5.0 * n for n in range(11)]


def test_eleven_kits_a_minute_are_one_message_a_channel_and_one_entry(
    server: GameServer, client: Client
) -> None:
    judge(server, *kits(*ELEVEN))

    assert (Infraction.objects.count(), Ban.objects.count()) == (11, 1)
    assert announced_acts() == [("public", 11), ("staff", 11)]
    assert wall(client) == [11]


INCIDENTS = {
    "a minute apart": (kits(0, 60), [2]),
    "more than a minute": (kits(0, 61), [1, 1]),
    "a window, no chain": (kits(0, 40, 80), [1, 2]),
    "another player": (kits(0) + kits(1, gamertag="Other"), [1, 1]),
    "another kind": (kits(0) + kits(1, item="ShelterKit"), [1, 1]),
    "another item": (kits(0) + kits(1, item="WatchtowerKit"), [2]),
    "another base": (kits(0) + kits(1, x=7045.0), [1, 1]),
    "forbidden items anywhere": (
        kits(0, 1, item="ShelterKit", x=1.0) + kits(2, item="HatchbackWheel", x=9.0),
        [3],
    ),
}


@pytest.mark.parametrize(("acts", "entries"), INCIDENTS.values(), ids=INCIDENTS)
def test_incident_is_one_player_one_kind_one_base_and_one_minute(
    server: GameServer, client: Client, acts: list[Any], entries: list[int]
) -> None:
    make_base(server, make_player("Vizinho"), x=7000.0)

    judge(server, *acts)

    assert wall(client) == entries
    assert sorted(count for name, count in announced_acts() if name == "public") == sorted(entries)
    assert Infraction.objects.count() == len(acts)


def test_incident_is_of_one_server(server: GameServer, client: Client) -> None:
    other = make_server(slug="norte")
    make_base(other, make_player("Dona"))
    for place in (server, other):
        judge(place, *kits(0))

    assert wall(client) == [1, 1]


@pytest.mark.parametrize(
    "batches", [(ELEVEN[:5], ELEVEN[5:]), (ELEVEN[5:], ELEVEN[:5])], ids=["in order", "older later"]
)
@pytest.mark.parametrize(
    ("state", "announced"),
    [({}, 11), ({"state": "sent"}, None), ({"claimed_until": NOW}, None), ({"state": "failed"}, None)],
    ids=["waiting", "sent", "being sent", "failed"],
)
def test_second_batch_extends_what_waits_and_says_nothing_again(
    server: GameServer, client: Client, batches: Any, state: dict[str, Any], announced: int | None
) -> None:
    judge(server, *kits(*batches[0]))
    Announcement.objects.update(**state)

    judge(server, *kits(*batches[1]))

    count = announced or len(batches[0])
    assert announced_acts() == [("public", count), ("staff", count)]
    assert wall(client) == [11]


def test_staff_hear_once_of_eleven_reviews_and_confirm_them_as_one(
    server: GameServer, client: Client, staff: User
) -> None:
    GameServer.objects.update(mode="review")
    judge(server, *kits(*ELEVEN))
    assert announced_acts() == [("staff", 11)]
    Announcement.objects.update(state="sent")

    confirm_case(Case.objects.get(), by=staff, reason="certo")

    assert wall(client) == [11]
    assert announced_acts() == [("public", 11), ("staff", 11), ("staff", 11)]
    assert Ban.objects.count() == 1


def test_review_that_staff_decide_before_it_is_sent_is_announced_as_a_ban_alone(
    server: GameServer, staff: User
) -> None:
    GameServer.objects.update(mode="review")
    judge(server, *kits(0))

    confirm_case(Case.objects.get(), by=staff, reason="certo")

    assert sorted(Announcement.objects.values_list("channel__name", "state")) == [
        ("public", "pending"),
        ("staff", "pending"),
        ("staff", "withdrawn"),
    ]


@pytest.mark.parametrize("pardoned", [0, 5, 10], ids=["the first", "one between", "the last"])
def test_dismissed_act_leaves_the_entry_with_one_less(
    server: GameServer, client: Client, staff: User, pardoned: int
) -> None:
    judge(server, *kits(*ELEVEN))
    Infraction.objects.filter(pk=Infraction.objects.order_by("pk")[pardoned].pk).update(status="review")

    dismiss_case(Case.objects.get(), by=staff, reason="engano")

    assert wall(client) == [10]
    assert announced_acts() == [("public", 10), ("staff", 10)]


def test_act_after_a_pardon_begins_an_incident_of_its_own(
    server: GameServer, client: Client, staff: User
) -> None:
    judge(server, *kits(0))
    Announcement.objects.update(state="sent")
    lift_by_hand(Ban.objects.get(), staff)

    judge(server, *kits(30))

    assert wall(client) == [1]
    assert Announcement.objects.filter(key__startswith="infraction-", state="pending").count() == 2


def test_history_of_an_old_system_is_no_part_of_an_incident(server: GameServer, client: Client) -> None:
    judge(server, *kits(0))
    old = Infraction.objects.get()
    Infraction.objects.update(placement=None, from_old_system=True)

    judge(server, *kits(1))

    assert Infraction.objects.exclude(pk=old.pk).get().repeats is None
    assert wall(client) == [1, 1]


def test_two_workers_do_not_begin_the_same_incident(transactional_db: None) -> None:
    server = make_server()
    base = make_base(server, make_player("Dono"))
    first = make_infraction(server, base, gamertag="X", occurred_at=at(0))
    Infraction.objects.filter(pk=first.pk).update(status="dismissed")
    act = NewInfraction(first.pk + 1, first.player_id, str(first.infraction_type), base.pk, at(10))
    repeats: list[dict[int, int]] = []

    def second() -> None:
        try:
            with transaction.atomic():
                lock_cases(server.pk)
                repeats.append(find_repeats(server, [act]))
        finally:
            connection.close()

    worker = threading.Thread(target=second)
    with transaction.atomic():
        lock_cases(server.pk)
        worker.start()
        worker.join(0.5)
        assert worker.is_alive()
        Infraction.objects.filter(pk=first.pk).update(status="review")
    worker.join(10)
    assert repeats == [{act.number: first.pk}]


@pytest.mark.parametrize("players", [1, 4])
def test_wall_of_repeated_acts_takes_a_fixed_number_of_queries(
    server: GameServer, client: Client, players: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(players):
        judge(server, *kits(0, 1, 2, gamertag=f"Raider{n}"))
    # servers, counts by kind, counts by day, the community, entries
    with django_assert_num_queries(5):
        wall(client)


def test_judging_takes_the_same_queries_whatever_the_incidents(server: GameServer) -> None:
    costs = []
    for acts in (1, 30):
        judge(server, *kits(0))
        store(server, [one for n in range(acts) for one in kits(0, 1, gamertag=f"Raider{acts}-{n}")])
        with CaptureQueriesContext(connection) as queries:
            judge_due(server.pk, now=NOW)
        costs.append(len(queries))
    assert costs[0] == costs[1]
