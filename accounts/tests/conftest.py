from collections.abc import Iterator
from typing import Any

import pytest

from accounts.tests.browser import Browser
from local.simulator import discord as stand_in
from local.simulator import server
from local.simulator.discord import Discord, Person
from local.simulator.simulator import Simulator
from local.simulator.world import World
from tanks.wargaming import client as client_module


@pytest.fixture
def browser(db: None) -> Browser:
    return Browser()


@pytest.fixture
def discord(settings: Any) -> Iterator[Discord]:
    """Discord, with one person who has nothing connected."""
    with stand_in.running([Person("901100000000000001", "ana.vilela", "Ana Vilela")]) as running:
        settings.DISCORD_API_URL = running.api_url
        settings.DISCORD_CLIENT_ID, settings.DISCORD_CLIENT_SECRET = (
            stand_in.CLIENT_ID,
            stand_in.CLIENT_SECRET,
        )
        yield running


@pytest.fixture
def wargaming(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """Wargaming's sign-in and API. Nothing waits between retries, nor for turns."""
    monkeypatch.setattr(client_module, "_FIRST_DELAY_SECONDS", 0.001)
    settings.WOT_REQUESTS_PER_SECOND = 1000.0
    with server.running(World(seed=7, members=8), rate=1000) as running:
        settings.WOT_REALM, settings.WOT_APP_ID = running.url, "simulated"
        yield running
