"""Rows and values for the tests of announcements."""

import threading
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import connection
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from announcements.message import Field, Message
from announcements.models import Announcement, Channel

TOKEN = "s3cr3t-T0ken_of-the-webhook"
PATH = f"/api/webhooks/1234567890/{TOKEN}"


def make_message(title: str = "Player banned", **values: Any) -> Message:
    defaults: dict[str, Any] = {
        "description": "Tried to build",
        "fields": (Field("Player", "IlRrcqNjj", inline=True),),
        "colour": 0xC0392B,
    }
    return Message(title=title, **(defaults | values))


def make_channel(name: str = "wall", **values: Any) -> Channel:
    defaults = {"audience": "public", "webhook_url": f"https://discord.com{PATH}"}
    return Channel.objects.create(name=name, **(defaults | values))


def make_topic(slug: str = "livonia") -> Any:
    """A game server, of which this app knows the name alone."""
    return apps.get_model("territory.GameServer").objects.create(slug=slug)


def make_announcement(channel: Channel, key: str = "infraction-1", **values: Any) -> Announcement:
    defaults = {"message": make_message().to_json()}
    return Announcement.objects.create(channel=channel, key=key, **(defaults | values))


def respond(httpserver: HTTPServer, status: int, body: Any = None) -> None:
    httpserver.clear()
    httpserver.expect_request(PATH, method="POST").respond_with_json(body or {}, status)


def answer_after(httpserver: HTTPServer, act: Callable[[], object], status: int = 200) -> None:
    """Have the stand-in do something of ours, in its own thread, before it answers once."""

    def handle(_: Request) -> Response:
        try:
            act()
        finally:
            connection.close()
        return Response("{}", status)

    httpserver.expect_oneshot_request(PATH).respond_with_handler(handle)


def in_threads(*acts: Callable[[], object]) -> list[threading.Thread]:
    """Start each act in a thread of its own, which closes its connection at the end."""

    def work(act: Callable[[], object]) -> None:
        try:
            act()
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    return threads
