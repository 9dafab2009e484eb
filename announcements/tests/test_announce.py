import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from announcements.message import escape
from announcements.models import Announcement
from announcements.services import Announceable, announce_many, withdraw
from announcements.tests.factories import make_announcement, make_channel, make_message

pytestmark = pytest.mark.django_db

PUBLIC, STAFF = make_message("for all"), make_message("for staff")


def test_announce_reaches_the_channels_of_its_audience_and_topic() -> None:
    wall = make_channel("wall", audience="public")
    staff = make_channel("staff", audience="staff")
    livonia = make_channel("livonia", audience="public", topic="livonia")
    make_channel("sakhal", audience="public", topic="sakhal")
    make_channel("off", audience="public", is_active=False)

    count = announce_many([Announceable("livonia", "infraction-1", {"public": PUBLIC, "staff": STAFF})])

    rows = Announcement.objects.values_list("channel", "key", "message__title", "state")
    assert count == 3
    assert set(rows) == {
        (wall.pk, "infraction-1", "for all", "pending"),
        (livonia.pk, "infraction-1", "for all", "pending"),
        (staff.pk, "infraction-1", "for staff", "pending"),
    }


def test_announce_for_staff_alone_leaves_the_public_channel_out() -> None:
    make_channel("wall", audience="public")

    assert announce_many([Announceable("livonia", "infraction-1", {"staff": STAFF})]) == 0
    assert not Announcement.objects.exists()


def test_announce_of_the_same_key_is_said_once() -> None:
    make_channel()

    for text in ("first", "second"):
        announce_many([Announceable("", "infraction-1", {"public": make_message(text)})])
    announce_many([Announceable("", "infraction-2", {"public": PUBLIC})])

    assert list(Announcement.objects.order_by("pk").values_list("key", "message__title")) == [
        ("infraction-1", "first"),
        ("infraction-2", "for all"),
    ]


def test_announce_many_keeps_each_topic_apart() -> None:
    for name in ("livonia", "sakhal"):
        make_channel(name, topic=name)
    items = [
        Announceable(topic, f"infraction-{topic}", {"public": PUBLIC}) for topic in ("livonia", "sakhal")
    ]

    assert announce_many([*items, items[0]]) == 3
    assert set(Announcement.objects.values_list("channel__name", "key")) == {
        ("livonia", "infraction-livonia"),
        ("sakhal", "infraction-sakhal"),
    }


@pytest.mark.parametrize("channels", [0, 1, 3])
@pytest.mark.parametrize("items", [0, 1, 30])
def test_announce_many_costs_the_same_few_queries(
    django_assert_num_queries: DjangoAssertNumQueries, channels: int, items: int
) -> None:
    for number in range(channels):
        make_channel(str(number))
    batch = [Announceable("livonia", str(number), {"public": PUBLIC}) for number in range(items)]

    with django_assert_num_queries(1 + bool(items and channels)):
        announce_many(batch)

    assert Announcement.objects.count() == channels * items


def test_announce_undone_with_the_callers_transaction() -> None:
    make_channel()

    with transaction.atomic():
        announce_many([Announceable("", "infraction-1", {"public": PUBLIC})])
        transaction.set_rollback(True)

    assert not Announcement.objects.exists()


def test_announce_with_hostile_text_can_be_stored() -> None:
    make_channel()
    hostile = "\x00\ud800\u202e@everyone\n[x](https://evil.example)"

    message = make_message(hostile, description=escape(hostile))
    announce_many([Announceable("", "infraction-1", {"public": message})])

    stored = Announcement.objects.get().message
    assert stored["title"] == "\u202e@everyone\n[x](https://evil.example)"
    assert stored["description"] == "@\u200beveryone \\[x\\]\\(https\\:\\/\\/evil.example\\)"


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

    assert withdraw(["infraction-1", "infraction-2", "infraction-3"]) == 3

    assert list(Announcement.objects.order_by("pk").values_list("state", flat=True)) == [
        "withdrawn",
        "withdrawn",
        "sent",
        "withdrawn",
        "pending",
    ]


def test_withdraw_of_nothing_leaves_everything() -> None:
    make_announcement(make_channel())

    assert withdraw([]) == 0
    assert Announcement.objects.get().state == "pending"


def test_withdraw_undone_with_the_callers_transaction() -> None:
    make_announcement(make_channel())

    with transaction.atomic():
        withdraw(["infraction-1"])
        transaction.set_rollback(True)

    assert Announcement.objects.get().state == "pending"
