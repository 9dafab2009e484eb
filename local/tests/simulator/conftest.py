"""A small world on a socket, its time standing still."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from local.simulator.server import running
from local.simulator.simulator import Simulator
from local.simulator.world import World

APPLICATION_ID = "0123456789abcdef0123456789abcdef"
Ask = Callable[..., Any]


@pytest.fixture
def world() -> World:
    return World(seed=7, members=8)


@pytest.fixture(scope="session")
def untouched_world() -> World:
    """A world for tests that change nothing in it."""
    return World(seed=7, members=8)


@pytest.fixture
def simulator(world: World) -> Iterator[Simulator]:
    with running(world, rate=1000) as started:
        yield started


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as opened:
        yield opened


@pytest.fixture
def ask(simulator: Simulator, session: requests.Session) -> Ask:
    """Ask the simulator by GET and return its envelope."""

    def asking(path: str, **parameters: Any) -> Any:
        told = {"application_id": APPLICATION_ID, **parameters}
        answer = session.get(f"{simulator.url}/wot/{path}/", params=told, timeout=10)
        assert answer.status_code == 200
        return answer.json()

    return asking
