from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_httpserver import HTTPServer

from announcements.models import Channel
from announcements.tests.factories import PATH, make_channel
from announcements.tests.receiver import Receiver


@pytest.fixture
def now() -> datetime:
    # A little ahead, for a database's clock that is not exactly ours.
    return timezone.now() + timedelta(seconds=1)


@pytest.fixture
def channel(httpserver: HTTPServer) -> Channel:
    return make_channel(webhook_url=httpserver.url_for(PATH))


@pytest.fixture
def receiver(httpserver: HTTPServer) -> Receiver:
    return Receiver(httpserver)
