"""A small clan on a socket, a sync of it, and processes that work on the test's own database."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from local.simulator.records import Figures, total
from local.simulator.server import running
from local.simulator.simulator import Simulator
from local.simulator.world import World
from tanks.models import Section, SyncedClan, SyncRun, SyncStatus
from tanks.services import realms, sync
from tanks.tests.services.sync.watch import Watch
from tanks.wargaming import client as client_module

PAGES = 2  # of the small world's catalogue


@dataclass
class Site:
    """A clan of ours, the simulator that it is synced from, and what arrives there."""

    simulator: Simulator
    watch: Watch
    clan: SyncedClan

    def sync(self, *, is_full: bool = False) -> SyncRun:
        """Sync as the command does; what arrived before is forgotten."""
        self.watch.forget()
        return self.sync_on(is_full=is_full)

    def sync_on_schedule(self) -> SyncRun:
        """Sync as a worker does, which nobody asked for; what arrived before is forgotten."""
        self.watch.forget()
        return self.sync_on(trigger=SyncRun.Trigger.SCHEDULE)

    def sync_on(
        self, *, is_full: bool = False, trigger: SyncRun.Trigger = SyncRun.Trigger.COMMAND
    ) -> SyncRun:
        """Sync with what is planned."""
        return sync.sync_now(self.clan, trigger=trigger, is_full=is_full, on_step=lambda *_: None)

    def truth(self) -> World:
        """Return the world as it is, which later changes change: copy it to compare moments."""
        return self.simulator.world

    def trouble(self, section: str) -> str:
        """Return the trouble of a section's last attempt; a section that was never tried has none either."""
        status = SyncStatus.objects.filter(clan=self.clan, section=section).first()
        return status.trouble if status else ""

    def troubles(self) -> dict[str, str]:
        return {section: self.trouble(section) for section in Section.values if self.trouble(section)}

    def visible(self) -> list[int]:
        """Return the members whom the API shows, in the clan's order."""
        return [
            number for number in self.simulator.world.members if number not in self.simulator.world.hidden
        ]


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> None:
    """Let nothing wait between retries, nor for turns."""
    monkeypatch.setattr(client_module, "_FIRST_DELAY_SECONDS", 0.001)
    settings.WOT_APP_ID = uuid.uuid4().hex  # a pace and a breaker of its own
    settings.WOT_REQUESTS_PER_SECOND = 1000.0
    settings.WOT_TANKS_BATCH = 50
    settings.WOT_CACHE_DIR = tmp_path / "archive"


@contextmanager
def running_site(
    settings: Settings, world: World, *, rate: float = 10_000, latency: float = 0.0
) -> Iterator[Site]:
    with running(world, rate=rate, latency=latency) as simulator:
        settings.WOT_REALM, settings.CLAN_ID = simulator.url, str(world.clan_id)
        clan = realms.default_clan()
        assert clan is not None
        yield Site(simulator, Watch(simulator), clan)


@pytest.fixture
def world() -> World:
    """Ten members, of whom one never fought and one is hidden, with few vehicles, most of them in no catalogue."""
    world = World(seed=7, members=10)
    world.catalogue.vehicles = dict(list(world.catalogue.vehicles.items())[:150])
    for player in world.players.values():
        player.tanks = dict(list(player.tanks.items())[:15])
        player.figures = total(tank.figures for tank in player.tanks.values()) if player.tanks else Figures()
    return world


@pytest.fixture
def site(db: None, settings: Settings, world: World) -> Iterator[Site]:
    with running_site(settings, world) as site:
        yield site


@pytest.fixture
def synced(site: Site) -> Site:
    """A site after its first sync."""
    assert site.sync().state == SyncRun.State.DONE
    site.watch.forget()
    return site


@pytest.fixture
def child_settings(
    transactional_db: None, settings: Settings, tmp_path: Path
) -> Callable[[], dict[str, Any]]:
    """Return the settings of a process that works as the test does, as they are when asked for; and its log."""
    names = (
        "WOT_APP_ID",
        "WOT_REALM",
        "CLAN_ID",
        "WOT_CACHE_DIR",
        "WOT_TANKS_BATCH",
        "WOT_REQUESTS_PER_SECOND",
    )
    return lambda: {name: getattr(settings, name) for name in names} | {"log": tmp_path / "process.log"}
