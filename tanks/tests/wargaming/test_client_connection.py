import gzip
import json
import logging
import os
from typing import Any

import pytest
import redis

from tanks import wargaming
from tanks.tests.wargaming.conftest import MakeClient
from tanks.tests.wargaming.fake import APPLICATION_ID, TOKEN, FakeWargaming, assert_no_secret, error, tank
from tanks.tests.wargaming.sockets import EMPTY, GZIP, http, raw_server, says
from tanks.wargaming import shared
from tanks.wargaming.breaker import Breaker
from tanks.wargaming.errors import NotConfiguredError, WargamingError
from tanks.wargaming.transport import checked_realm


def test_answers_come_compressed_and_bytes_are_those_of_the_wire(make_client: MakeClient) -> None:
    body = json.dumps({"status": "ok", "data": {"7": [tank(number) for number in range(300)]}}).encode()
    packed = gzip.compress(body)
    with raw_server(says(http(packed, headers=GZIP))) as server:
        client = make_client(server.url)
        assert len(client.account_tanks([7]).by_id[7] or ()) == 300
    assert b"gzip" in server.requests[0]
    assert client.bytes == len(packed) < len(body) / 10


def test_proxy_of_the_environment_is_not_asked_for_this_machine(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port}")
    with raw_server(says(http(EMPTY))) as server:
        make_client(server.url).catalogue_version()
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "url",
    [
        *("https://api.worldoftanks.eu", "https://api.worldoftanks.com/", " HTTPS://api.worldoftanks.com\n"),
        *("http://api.worldoftanks.eu", "http://[::1]:8000", "http://simulator:8080"),
    ],
)
def test_any_machine_can_be_a_realm(url: str) -> None:
    scheme, _, machine = url.strip().rstrip("/").partition("://")
    assert checked_realm(url) == f"{scheme.lower()}://{machine}"


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "api.worldoftanks.eu",
            "ftp://127.0.0.1",
            "https://",
            "https://user:s3cret@api.worldoftanks.eu",
        ),
        *(
            "https://api.worldoftanks.eu?x=1",
            "https://api.worldoftanks.eu#x",
            "https://api.worldof\ntanks.eu",
        ),
        *("https://api.worldoftanks.eu:port", "https://api.worldoftanks.eu:0", "https://[::1"),
    ],
)
def test_what_can_be_no_realm_is_refused_with_advice(make_client: MakeClient, url: str) -> None:
    with pytest.raises(NotConfiguredError, match="Write it like https://") as refused:
        make_client(url)
    assert "s3cret" not in str(refused.value)
    with pytest.raises(NotConfiguredError), wargaming.open_client(url, "id", redis_url="redis://127.0.0.1"):
        pass


@pytest.mark.parametrize(
    "url", ["http://api.worldoftanks.eu", "http://127.0.0.1.example.org", "http://10.0.0.1"]
)
def test_token_goes_to_no_other_machine_in_the_open(
    make_client: MakeClient, shared_server: "redis.Redis", key: str, breaker: Breaker, url: str
) -> None:
    client = make_client(url)
    for ask in (lambda: client.prolongate(TOKEN), lambda: client.account_info([7], access_token=TOKEN)):
        with pytest.raises(NotConfiguredError, match="https://") as refused:
            ask()
        assert_no_secret(refused.value)
    assert client.calls == shared_server.exists(f"{key}:grants") == 0
    assert breaker.state().reason is None


@pytest.mark.parametrize("application_id", ["", " ", "a\nb", "ação"])
def test_application_id_that_can_be_none_is_refused(make_client: MakeClient, application_id: str) -> None:
    with pytest.raises(NotConfiguredError, match="application id"):
        make_client("https://api.worldoftanks.eu", application_id=application_id)


def test_client_opened_as_a_whole_shares_its_pace(api: FakeWargaming, shared_server: "redis.Redis") -> None:
    options: Any = {"redis_url": os.environ["REDIS_URL"], "requests_per_second": 10}
    with wargaming.open_client(api.url, APPLICATION_ID, **options) as client:
        client.catalogue_version()
    key = shared.key_for(api.url, APPLICATION_ID)
    assert shared_server.llen(f"{key}:grants") >= 1
    assert APPLICATION_ID[:8] not in key


def test_no_secret_is_logged_or_raised(
    api: FakeWargaming, make_client: MakeClient, closed_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = make_client(api.url)
    client.account_info([7], access_token=TOKEN)
    client.account_info([7])
    client.prolongate(TOKEN)
    api.out_of_turn = [
        error(504, "SOURCE_NOT_AVAILABLE"),
        error(407, "INVALID_ACCESS_TOKEN", "access_token", TOKEN),
    ]
    nowhere = make_client(f"http://127.0.0.1:{closed_port}")
    for each in (client, nowhere):
        with pytest.raises(WargamingError) as raised:
            each.account_info([7], access_token=TOKEN)
        assert_no_secret(raised.value)
    with pytest.raises(WargamingError) as raised:
        nowhere.catalogue_version()
    assert_no_secret(raised.value)
    # The lines of urllib3 hold addresses at this level, as do a server's; whoever sets up logging leaves them out.
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("tanks.")]
    assert "SOURCE_NOT_AVAILABLE" in "".join(ours)
    assert APPLICATION_ID not in "".join(ours)
    assert TOKEN not in caplog.text
    assert APPLICATION_ID not in repr(client)
