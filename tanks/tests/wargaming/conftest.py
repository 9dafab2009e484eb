"""A client on a real socket, with its pace and its breaker in the real shared server."""

import os
import socket
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, settings
from pytest_httpserver import HTTPServer

from tanks.tests.wargaming.fake import APPLICATION_ID, FakeWargaming
from tanks.wargaming import shared
from tanks.wargaming.breaker import Breaker
from tanks.wargaming.client import Client
from tanks.wargaming.pacing import Pacer

MakeClient = Callable[..., Client]
Later = Callable[[float], None]
# A busy machine is no fault of what is tested.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture
def shared_server() -> Iterator["redis.Redis"]:
    server = shared.connect(os.environ["REDIS_URL"])
    yield server
    server.close()


@pytest.fixture
def key(shared_server: "redis.Redis") -> Iterator[str]:
    name = f"test:{uuid.uuid4().hex}"
    yield name
    shared_server.delete(f"{name}:grants", f"{name}:breaker")


@pytest.fixture
def later(shared_server: "redis.Redis", key: str) -> Later:
    """Return what lets seconds go by for the shared state, by making it older: nobody waits for them."""

    def age(seconds: float) -> None:
        for field in ("until", "probe_until"):
            if shared_server.hexists(f"{key}:breaker", field):
                shared_server.hincrby(f"{key}:breaker", field, -round(seconds * 1000))
        for index, moment in enumerate(shared_server.lrange(f"{key}:grants", 0, -1)):
            shared_server.lset(f"{key}:grants", index, str(int(moment) - round(seconds * 1_000_000)))

    return age


@pytest.fixture
def pauses() -> list[float]:
    """The seconds that clients slept between attempts."""
    return []


@pytest.fixture
def breaker(shared_server: "redis.Redis", key: str) -> Breaker:
    return Breaker(shared_server, key, methods=1)


@pytest.fixture
def make_client(
    shared_server: "redis.Redis", key: str, breaker: Breaker, pauses: list[float]
) -> Iterator[MakeClient]:
    opened: list[Client] = []

    def make(url: str, **options: Any) -> Client:
        arguments = {
            "application_id": APPLICATION_ID,
            "pacer": Pacer(shared_server, key, 10_000),
            "breaker": breaker,
            "sleep": pauses.append,
        }
        client = Client(url, **{**arguments, **options})
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def api(httpserver: HTTPServer) -> Iterator[FakeWargaming]:
    fake = FakeWargaming(httpserver.url_for("").rstrip("/"))
    fake.serve(httpserver)
    yield fake
    httpserver.check()


@pytest.fixture
def client(api: FakeWargaming, make_client: MakeClient) -> Client:
    return make_client(api.url)


@pytest.fixture
def closed_port() -> int:
    """Return a port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
