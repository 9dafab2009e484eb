from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from announcements.models import Announcement
from announcements.services import Announceable, announce_many, withdraw
from announcements.tests.factories import make_announcement, make_channel, make_message, make_topic

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 2, 7, 19, 45, tzinfo=UTC)
PUBLIC, STAFF = make_message("for all"), make_message("for staff")


def test_announce_reaches_the_channels_of_its_audience_and_topic() -> None:
    server = make_topic("livonia")
    wall = make_channel("wall", audience="public")
    staff = make_channel("staff", audience="staff")
    livonia = make_channel("livonia", audience="public", topic_id=server.pk)
    make_channel("sakhal", audience="public", topic_id=make_topic("sakhal").pk)
    make_channel("off", audience="public", is_active=False)

    count = announce_many(
        [
            Announceable(server.pk, "infraction-1", {"public": PUBLIC, "staff": STAFF}),
            Announceable(server.pk, "infraction-2", {"staff": STAFF}),
        ]
    )

    rows = Announcement.objects.values_list("channel", "key", "message__title", "state")
    assert count == 4
    assert set(rows) == {
        (wall.pk, "infraction-1", "for all", "pending"),
        (livonia.pk, "infraction-1", "for all", "pending"),
        (staff.pk, "infraction-1", "for staff", "pending"),
        (staff.pk, "infraction-2", "for staff", "pending"),
    }


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ({}, "second"),
        ({"claimed_until": NOW}, "first"),
        ({"state": "sent"}, "first"),
        ({"state": "withdrawn"}, "first"),
        ({"state": "failed"}, "first"),
    ],
    ids=["waits", "is being sent", "was sent", "was withdrawn", "has failed"],
)
def test_announce_of_the_same_key_is_said_once_with_new_words_while_it_waits(
    state: dict[str, Any], text: str
) -> None:
    make_channel()
    announce_many([Announceable(1, "infraction-1", {"public": make_message("first")})])
    Announcement.objects.update(**state)

    announce_many([Announceable(1, "infraction-1", {"public": make_message("second")})])
    announce_many([Announceable(1, "infraction-2", {"public": PUBLIC})])

    assert list(Announcement.objects.order_by("pk").values_list("key", "message__title")) == [
        ("infraction-1", text),
        ("infraction-2", "for all"),
    ]


@pytest.mark.parametrize(("channels", "items", "queries"), [(0, 30, 1), (3, 0, 1), (1, 1, 2), (3, 30, 2)])
def test_announce_many_costs_the_same_few_queries(
    django_assert_num_queries: DjangoAssertNumQueries, channels: int, items: int, queries: int
) -> None:
    for number in range(channels):
        make_channel(str(number))
    batch = [Announceable(1, str(number), {"public": PUBLIC}) for number in range(items)]

    with django_assert_num_queries(queries):
        announce_many(batch)

    assert Announcement.objects.count() == channels * items


def test_announcing_and_withdrawing_are_undone_with_the_callers_transaction() -> None:
    make_announcement(make_channel())

    with transaction.atomic():
        announce_many([Announceable(1, "infraction-2", {"public": PUBLIC})])
        withdraw(["infraction-1"])
        transaction.set_rollback(True)

    assert Announcement.objects.get().state == "pending"


def test_withdraw_keeps_back_only_what_waits_under_its_keys() -> None:
    wall, staff = make_channel("wall"), make_channel("staff", audience="staff")
    for channel, key, state in [
        (wall, "infraction-1", "pending"),
        (staff, "infraction-1", "pending"),
        (wall, "infraction-2", "sent"),
        (staff, "infraction-2", "pending"),
        (wall, "infraction-11", "pending"),
    ]:
        make_announcement(channel, key, state=state)

    assert (withdraw([]), withdraw(["infraction-1", "infraction-2", "infraction-3"])) == (0, 3)

    states = list(Announcement.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["withdrawn", "withdrawn", "sent", "withdrawn", "pending"]
