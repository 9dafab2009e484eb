"""Repeated acts of one player within a minute are announced and shown as one; each stays an infraction."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from announcements.models import Announcement
from clans.models import User
from territory.models import Ban, Case, GameServer, Infraction
from territory.services.deciding import confirm_case, dismiss_case
from territory.tests.factories import (
    NOW,
    incoming,
    judge,
    lift_by_hand,
    make_base,
    make_player,
    make_server,
)

pytestmark = pytest.mark.django_db
FIRST = NOW - timedelta(minutes=20)


@pytest.fixture
def server(announcing: GameServer) -> GameServer:
    return announcing


def kits(*seconds: float, gamertag: str = "Spammer", **fields: Any) -> list[Any]:
    return [incoming(gamertag, occurred_at=FIRST + timedelta(seconds=second), **fields) for second in seconds]


def announced_acts() -> list[tuple[str, int]]:
    """The channel of each announcement, and the number of acts in it."""
    found = Announcement.objects.select_related("channel").order_by("channel__name", "pk")
    return [(one.channel.name, _count(one.message)) for one in found]


def _count(message: dict[str, Any]) -> int:
    counts = [
        found for field in message["fields"] if (found := re.match(r"(\d+) (em um|within a)", field["value"]))
    ]
    return int(counts[0][1]) if counts else 1


def wall() -> list[int]:
    """The number of acts of each entry on the wall, the newest first."""
    entries: Iterable[Any] = Infraction.objects.wall_entries()
    return [one.acts for one in entries]


ELEVEN = [5.0 * n for n in range(11)]


def test_eleven_kits_a_minute_are_one_message_a_channel_and_one_entry(server: GameServer) -> None:
    judge(server, *kits(*ELEVEN))

    assert (Infraction.objects.count(), Ban.objects.count()) == (11, 1)
    assert announced_acts() == [("public", 11), ("staff", 11)]
    assert wall() == [11]


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
    server: GameServer, acts: list[Any], entries: list[int]
) -> None:
    make_base(server, make_player("Vizinho"), x=7000.0)

    judge(server, *acts)

    assert wall() == entries
    assert sorted(count for name, count in announced_acts() if name == "public") == sorted(entries)
    assert Infraction.objects.count() == len(acts)


def test_incident_is_of_one_server(server: GameServer) -> None:
    for place in (server, make_server()):
        judge(place, *kits(0, item="ShelterKit"))

    assert wall() == [1, 1]


@pytest.mark.parametrize(
    ("first", "second", "state", "announced"),
    [
        pytest.param(ELEVEN[:5], ELEVEN[5:], {}, 11, id="waiting"),
        pytest.param(ELEVEN[5:], ELEVEN[:5], {}, 11, id="waiting, older later"),
        pytest.param(ELEVEN[:5], ELEVEN[5:], {"state": "sent"}, 5, id="sent"),
        pytest.param(ELEVEN[:5], ELEVEN[5:], {"claimed_until": NOW}, 5, id="being sent"),
        pytest.param(ELEVEN[:5], ELEVEN[5:], {"state": "failed"}, 5, id="failed"),
    ],
)
def test_second_batch_extends_what_waits_and_says_nothing_again(
    server: GameServer, first: list[float], second: list[float], state: dict[str, Any], announced: int
) -> None:
    judge(server, *kits(*first))
    Announcement.objects.update(**state)

    judge(server, *kits(*second))

    assert announced_acts() == [("public", announced), ("staff", announced)]
    assert wall() == [11]


def test_staff_hear_once_of_eleven_reviews_and_confirm_them_as_one(server: GameServer, staff: User) -> None:
    GameServer.objects.update(mode="review")
    judge(server, *kits(*ELEVEN))
    assert announced_acts() == [("staff", 11)]
    Announcement.objects.update(state="sent")

    confirm_case(Case.objects.get(), by=staff, reason="certo")

    assert wall() == [11]
    assert announced_acts() == [("public", 11), ("staff", 11), ("staff", 11)]
    assert Ban.objects.count() == 1


def test_act_that_waits_is_confirmed_by_no_ban_of_another_act(server: GameServer) -> None:
    server.maximum_age = timedelta(hours=1)
    server.save()

    judge(server, *kits(-7200, 0))

    statuses = Infraction.objects.order_by("occurred_at").values_list("status", "ban__gamertag")
    assert list(statuses) == [("review", None), ("confirmed", "Spammer")]


def test_case_waits_since_its_first_act_and_its_last_act_is_the_latest(server: GameServer) -> None:
    GameServer.objects.update(mode="review")
    server.refresh_from_db()
    judge(server, *kits(0))
    since, last_at = Case.objects.values_list("waiting_since", "last_act_at").get()

    judge(server, *kits(-300), now=NOW + timedelta(minutes=1))

    assert Case.objects.values_list("waiting_since", "last_act_at").get() == (since, last_at)


@pytest.mark.parametrize(
    ("decide", "states"),
    [
        (confirm_case, [("public", "pending"), ("staff", "pending"), ("staff", "withdrawn")]),
        (dismiss_case, [("staff", "withdrawn")]),
    ],
)
def test_review_that_staff_decide_before_it_is_sent_is_not_announced(
    server: GameServer, staff: User, decide: Any, states: list[tuple[str, str]]
) -> None:
    GameServer.objects.update(mode="review")
    judge(server, *kits(0))

    decide(Case.objects.get(), by=staff, reason="certo")

    assert sorted(Announcement.objects.values_list("channel__name", "state")) == states


@pytest.mark.parametrize("pardoned", [0, 5, 10], ids=["the first", "one between", "the last"])
def test_dismissed_act_leaves_the_entry_with_one_less(server: GameServer, staff: User, pardoned: int) -> None:
    judge(server, *kits(*ELEVEN))
    Infraction.objects.filter(pk=Infraction.objects.order_by("pk")[pardoned].pk).update(status="review")

    dismiss_case(Case.objects.get(), by=staff, reason="engano")

    assert wall() == [10]
    assert announced_acts() == [("public", 10), ("staff", 10)]


def test_act_after_a_pardon_begins_an_incident_of_its_own(server: GameServer, staff: User) -> None:
    judge(server, *kits(0))
    Announcement.objects.update(state="sent")
    lift_by_hand(Ban.objects.get(), staff)

    judge(server, *kits(30))

    assert wall() == [1]
    assert Announcement.objects.filter(key__startswith="infraction-", state="pending").count() == 2


def test_history_of_an_old_system_is_no_part_of_an_incident(server: GameServer) -> None:
    judge(server, *kits(0))
    old = Infraction.objects.get()
    Infraction.objects.update(placement=None, from_old_system=True)

    judge(server, *kits(1))

    assert Infraction.objects.exclude(pk=old.pk).get().repeats is None
    assert wall() == [1, 1]
