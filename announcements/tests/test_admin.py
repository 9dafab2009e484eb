import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core import serializers
from django.db import connection
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from announcements import services, tasks
from announcements.models import Announcement, Channel
from announcements.services import Announceable
from announcements.tests.factories import (
    PATH,
    TOKEN,
    make_announcement,
    make_channel,
    make_message,
    make_topic,
)

pytestmark = pytest.mark.django_db

CHANNELS = "admin:announcements_channel_changelist"
ANNOUNCEMENTS = "admin:announcements_announcement_changelist"
ADDRESS = f"https://discord.com{PATH}"
STAND_INS = [f"http://127.0.0.1:8080{PATH}", f"http://localhost{PATH}"]
OTHER = "https://discord.com/api/webhooks/42/an0ther_token-WXYZ"


@pytest.fixture
def enqueued(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    calls: list[Any] = []
    for task in (tasks.deliver, tasks.sweep_announcements):
        monkeypatch.setattr(
            task, "apply_async", lambda args, *, task=task, **_: calls.append((task.name, *args))
        )
    return calls


@pytest.fixture
def viewer(client: Client) -> Client:
    """Staff who may only look."""
    user = get_user_model().objects.create_user("viewer", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_channel", "view_announcement"]))
    client.force_login(user)
    return client


def save(client: Client, channel: Channel | None, webhook_url: str, **values: str) -> Any:
    data = {"name": "wall", "audience": "public", "topic": "", "is_active": "on", "webhook_url": webhook_url}
    url = (
        reverse("admin:announcements_channel_change", args=[channel.pk])
        if channel
        else reverse("admin:announcements_channel_add")
    )
    return client.post(url, data | values)


def run(client: Client, changelist: str, action: str, *rows: Channel | Announcement) -> Any:
    return client.post(
        reverse(changelist), {"action": action, "_selected_action": [row.pk for row in rows]}, follow=True
    )


@pytest.mark.parametrize("visitor", ["admin_client", "viewer"])
def test_channel_shows_only_how_the_address_ends(request: pytest.FixtureRequest, visitor: str) -> None:
    client, channel = request.getfixturevalue(visitor), make_channel(webhook_url=ADDRESS)

    for address in (reverse("admin:announcements_channel_change", args=[channel.pk]), reverse(CHANNELS)):
        text = client.get(address).content.decode()
        assert TOKEN not in text
        assert f"…{TOKEN[-4:]}" in text


@pytest.mark.parametrize(
    ("typed", "address", "changed"),
    [("", ADDRESS, ["name"]), (f" {OTHER} ", OTHER, ["name", "webhook address"])],
    ids=["blank", "new"],
)
def test_channel_keeps_its_address_for_a_blank_and_takes_a_new_one(
    admin_client: Client, typed: str, address: str, changed: list[str]
) -> None:
    channel = make_channel(webhook_url=ADDRESS)

    assert save(admin_client, channel, typed, name="wall of shame").status_code == 302

    channel.refresh_from_db()
    assert (channel.name, channel.webhook_url) == ("wall of shame", address)
    assert json.loads(LogEntry.objects.get().change_message) == [{"changed": {"fields": changed}}]


@pytest.mark.parametrize(
    "address",
    [
        ADDRESS,
        f"https://discordapp.com{PATH}",
        "https://ptb.discord.com/api/v10/webhooks/1/x-Y_9",
        f"{ADDRESS}?thread_id=123",
        *STAND_INS,
    ],
)
def test_channel_added_with_a_webhook_is_saved(admin_client: Client, address: str) -> None:
    assert save(admin_client, None, address).status_code == 302
    assert Channel.objects.get().webhook_url == address


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"audience": "staff", "shows_allowed": "on"}, 302),
        ({"audience": "public", "shows_allowed": "on"}, 200),
        ({"audience": "clan"}, 200),
        ({"audience": "clan", "clan": "1"}, 302),
        ({"audience": "staff", "clan": "1"}, 200),
    ],
    ids=["staff, allowed", "public, allowed", "clan without one", "clan", "staff with a clan"],
)
def test_channel_says_whose_it_is_and_only_staff_see_what_was_allowed(
    admin_client: Client, values: dict[str, str], status: int
) -> None:
    if "clan" in values:
        values |= {"clan": str(apps.get_model("clans.Clan").objects.create(name="TXS").pk)}

    response = save(admin_client, None, ADDRESS, **values)

    assert (response.status_code, Channel.objects.count()) == (status, int(status == 302))
    if status == 302:
        channel = Channel.objects.get()
        assert channel.shows_allowed is ("shows_allowed" in values)
        assert (channel.clan is not None) is ("clan" in values)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "in order"),
        ({"gone_at": timezone.now()}, "Enter a new address"),
        (
            {"held_until": timezone.now() + timedelta(hours=1), "hold": "blocked"},
            "takes no message from this",
        ),
        ({"held_until": timezone.now() - timedelta(hours=1), "hold": "blocked"}, "in order"),
    ],
    ids=["well", "gone", "held", "held before"],
)
def test_channel_says_how_it_is(admin_client: Client, fields: dict[str, Any], words: str) -> None:
    make_channel(webhook_url=ADDRESS, **fields)

    assert words in admin_client.get(reverse(CHANNELS), headers={"accept-language": "en"}).content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "",
        *STAND_INS,
        f"http://discord.com{PATH}",
        f"https://discord.com.evil.example{PATH}",
        f"https://evil.example/?https://discord.com{PATH}",
        f"https://discord.com@evil.example{PATH}",
        "https://discord.com/api/users/@me",
        f"https://127.0.0.1:1{PATH}/../..",
        f"http://127.0.0.1@evil.example{PATH}",
        f"http://10.0.0.1{PATH}",
        f"{ADDRESS}\nx",
        f"{ADDRESS}/slack",
    ],
)
def test_channel_added_with_another_address_is_refused(
    admin_client: Client, settings: Settings, address: str
) -> None:
    settings.ALLOW_LOOPBACK_ADDRESSES = address not in STAND_INS
    response = save(admin_client, None, address)

    assert response.status_code == 200
    assert response.context["adminform"].form.errors.keys() == {"webhook_url"}
    assert TOKEN not in response.content.decode()
    assert not Channel.objects.exists()


def test_send_test_message_puts_one_for_each_active_channel_into_the_outbox(
    admin_client: Client, enqueued: list[Any], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    wall, off = make_channel("wall"), make_channel("off", is_active=False)

    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            assert run(admin_client, CHANNELS, "send_test_message", wall, off).status_code == 200

    rows = list(Announcement.objects.order_by("pk"))
    assert [row.channel for row in rows] == [wall, wall]
    assert enqueued == [("announcements.deliver", row.pk) for row in rows]


def test_retry_makes_failed_announcements_due_again(
    admin_client: Client, enqueued: list[Any], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    channel = make_channel()
    failed = make_announcement(channel, "1", state="failed", attempts=services.PATIENCE.attempts)
    sent = make_announcement(channel, "2", state="sent", attempts=1)

    with django_capture_on_commit_callbacks(execute=True):
        run(admin_client, ANNOUNCEMENTS, "retry_failed", failed, sent)

    assert list(Announcement.objects.order_by("pk").values_list("state", "attempts")) == [
        ("pending", 0),
        ("sent", 1),
    ]
    assert enqueued == [("announcements.sweep_announcements",)]


def test_announcements_are_for_looking_only(admin_client: Client) -> None:
    row = make_announcement(make_channel(webhook_url=ADDRESS))
    url = reverse("admin:announcements_announcement_change", args=[row.pk])

    text = admin_client.get(url).content.decode()

    assert "Player banned" in text
    assert TOKEN not in text
    assert admin_client.post(url, {"key": "changed"}).status_code == 403
    assert admin_client.get(reverse("admin:announcements_announcement_add")).status_code == 403


def test_actions_are_not_offered_to_who_may_only_look(viewer: Client) -> None:
    channel = make_channel()
    run(viewer, CHANNELS, "send_test_message", channel)
    run(viewer, ANNOUNCEMENTS, "retry_failed", make_announcement(channel, state="failed"))
    assert list(Announcement.objects.values_list("state", flat=True)) == ["failed"]


@pytest.mark.parametrize("changelist", [CHANNELS, ANNOUNCEMENTS])
def test_lists_cost_the_same_queries_for_one_row_and_for_many(
    admin_client: Client, django_assert_max_num_queries: Any, changelist: str
) -> None:
    for number in range(6):
        make_announcement(make_channel(str(number)))

    with django_assert_max_num_queries(10):
        assert admin_client.get(reverse(changelist)).status_code == 200


# -- Topic and seal -----------------------------------------------------------------------------------------------


def test_channel_topic_is_a_choice_of_game_servers_or_all(admin_client: Client) -> None:
    livonia = make_topic("livonia")

    text = admin_client.get(reverse("admin:announcements_channel_add")).content.decode()
    chosen = re.findall(r"<option value=\"(\d*)\"[^>]*>", text[text.index('name="topic"') :])

    assert chosen[:2] == ["", str(livonia.pk)]
    assert save(admin_client, None, ADDRESS, topic=str(livonia.pk)).status_code == 302
    assert Channel.objects.get().topic == livonia


def test_channel_hears_of_its_game_server_under_its_new_slug_and_keeps_it_from_going_away() -> None:
    server = make_topic("livonia")
    make_channel(topic_id=server.pk)
    server.slug = "livonia-2"
    server.save()

    assert services.announce_many([Announceable(server.pk, "1", {"public": make_message()})]) == 1
    with pytest.raises(ProtectedError):
        server.delete()


def test_channel_address_is_sealed_in_the_database() -> None:
    channel = make_channel(webhook_url=ADDRESS)

    with connection.cursor() as cursor:
        cursor.execute("SELECT c::text FROM announcements_channel c")
        assert TOKEN not in cursor.fetchone()[0]
    assert Channel.objects.get(pk=channel.pk).webhook_url == ADDRESS
    assert TOKEN not in serializers.serialize("json", Channel.objects.all())
