"""The HTTP API as a log source of its game server: what its row shows, and its switch."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from territory.models import LogSource
from territory.services.servers import sources_to_follow
from territory.tests.admin.pages import enter
from territory.tests.factories import event, make_server
from territory.tests.sender import Sender

pytestmark = pytest.mark.django_db


def test_row_shows_the_last_request_and_switches_the_token_off(client: Client) -> None:
    server = make_server(slug="sul")
    sender, now = Sender(server), timezone.now()
    sender.post([event("A", occurred_at=(now - timedelta(minutes=2)).isoformat())])
    source = LogSource.objects.get()
    assert source.last_read_at is not None
    assert source.lag is not None
    assert (source.last_event_at, source.clock_shift_min) == (now - timedelta(minutes=2), 0)
    assert timedelta(minutes=2) <= source.lag < timedelta(minutes=3)
    assert sources_to_follow(timezone.now()) == []

    enter(client, "administrator")
    switch = reverse("place-switch", args=["sul", "sources", source.pk])
    assert client.post(switch, {"on": "0"}).status_code == HTTPStatus.FOUND
    assert sender.post([event("B")])[0] == HTTPStatus.UNAUTHORIZED
