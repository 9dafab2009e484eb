import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from announcements.message import escape
from announcements.models import Announcement
from announcements.services import Announceable, announce, announce_many
from announcements.tests.factories import make_channel, make_message

pytestmark = pytest.mark.django_db

PUBLIC, STAFF = make_message("for all"), make_message("for staff")


def test_announce_reaches_the_channels_of_its_audience_and_topic() -> None:
    wall = make_channel("wall", audience="public")
    staff = make_channel("staff", audience="staff")
    livonia = make_channel("livonia", audience="public", topic="livonia")
    make_channel("sakhal", audience="public", topic="sakhal")
    make_channel("off", audience="public", is_active=False)

    count = announce(topic="livonia", key="infraction-1", messages={"public": PUBLIC, "staff": STAFF})

    rows = Announcement.objects.values_list("channel", "key", "message__title", "state")
    assert count == 3
    assert set(rows) == {
        (wall.pk, "infraction-1", "for all", "pending"),
        (livonia.pk, "infraction-1", "for all", "pending"),
        (staff.pk, "infraction-1", "for staff", "pending"),
    }


def test_announce_for_staff_alone_leaves_the_public_channel_out() -> None:
    make_channel("wall", audience="public")

    assert announce(topic="livonia", key="infraction-1", messages={"staff": STAFF}) == 0
    assert not Announcement.objects.exists()


def test_announce_of_the_same_key_is_said_once() -> None:
    make_channel()

    for text in ("first", "second"):
        announce(topic="", key="infraction-1", messages={"public": make_message(text)})
    announce(topic="", key="infraction-2", messages={"public": PUBLIC})

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
        announce(topic="", key="infraction-1", messages={"public": PUBLIC})
        transaction.set_rollback(True)

    assert not Announcement.objects.exists()


def test_announce_with_hostile_text_can_be_stored() -> None:
    make_channel()
    hostile = "\x00\ud800\u202e@everyone\n[x](https://evil.example)"

    announce(
        topic="", key="infraction-1", messages={"public": make_message(hostile, description=escape(hostile))}
    )

    stored = Announcement.objects.get().message
    assert stored["title"] == "\u202e@everyone\n[x](https://evil.example)"
    assert stored["description"] == "@\u200beveryone \\[x\\]\\(https\\:\\/\\/evil.example\\)"
