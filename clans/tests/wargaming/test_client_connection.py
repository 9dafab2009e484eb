import gzip
import json
import logging
import os
import subprocess
import sys
from typing import Any

import pytest
import redis

from clans import wargaming
from clans.tests.wargaming.conftest import MakeClient
from clans.tests.wargaming.fake import APPLICATION_ID, TOKEN, FakeWargaming, error, tank
from clans.tests.wargaming.secrets_kept import assert_no_secret
from clans.tests.wargaming.sockets import EMPTY, http, raw_server, says
from clans.wargaming import shared
from clans.wargaming.client import Client
from clans.wargaming.errors import ApiRefused, NotConfigured, WargamingError


def test_one_connection_serves_many_requests(make_client: MakeClient) -> None:
    with raw_server(says(http(EMPTY)), requests_per_connection=5) as server:
        client = make_client(server.url)
        for _ in range(5):
            client.encyclopedia_info()
        assert (len(server.connections), len(server.requests)) == (1, 5)


def test_connection_that_was_closed_while_idle_is_opened_anew(make_client: MakeClient) -> None:
    with raw_server(says(http(EMPTY))) as server:
        client = make_client(server.url)
        client.encyclopedia_info()
        client.encyclopedia_info()
        assert len(server.connections) == 2


def test_close_hangs_up(make_client: MakeClient) -> None:
    with raw_server(says(http(EMPTY)), requests_per_connection=1000) as server:
        with make_client(server.url) as client:
            client.encyclopedia_info()
        # The server serves one connection after the other: it can answer this only when the first is gone.
        with make_client(server.url, timeout=(1, 3), attempts=1) as other:
            other.encyclopedia_info()
            assert other.calls == 1


def test_answers_come_compressed_and_bytes_are_those_of_the_wire(make_client: MakeClient) -> None:
    body = json.dumps({"status": "ok", "data": {"7": [tank(number) for number in range(300)]}}).encode()
    packed = gzip.compress(body)
    with raw_server(says(http(packed, headers=b"Content-Encoding: gzip\r\n"))) as server:
        client = make_client(server.url)
        assert len(client.account_tanks([7]).by_id[7] or ()) == 300
    assert b"gzip" in server.requests[0]
    assert client.bytes == len(packed) < len(body) / 10


def test_proxy_of_the_environment_is_not_asked_for_this_machine(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port}")
    with raw_server(says(http(EMPTY))) as server:
        make_client(server.url).encyclopedia_info()
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://api.worldoftanks.eu",
        "https://api.worldoftanks.com/",
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
        "http://localhost",
    ],
)
def test_usable_realm_is_accepted(make_client: MakeClient, url: str) -> None:
    assert repr(make_client(url)) == f"<Client {url.split('/')[2]}>"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.worldoftanks.eu",
        "http://api.worldoftanks.eu",
        "http://127.0.0.1.example.org",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "https://",
        "https://user:pass@api.worldoftanks.eu",
        "https://api.worldoftanks.eu/wot",
        "https://api.worldoftanks.eu?x=1",
        "https://api.worldoftanks.eu#x",
        "https://api.worldoftanks.eu:port",
        "https://[::1",
    ],
)
def test_realm_that_could_not_keep_a_secret_is_refused(make_client: MakeClient, url: str) -> None:
    with pytest.raises(NotConfigured):
        make_client(url)
    with pytest.raises(NotConfigured), wargaming.open_client(url, "id", redis_url="redis://127.0.0.1"):
        pass


@pytest.mark.parametrize("application_id", ["", " ", "a\nb", "ação"])
def test_application_id_that_can_be_none_is_refused(make_client: MakeClient, application_id: str) -> None:
    with pytest.raises(NotConfigured, match="application id"):
        make_client("https://api.worldoftanks.eu", application_id=application_id)


def test_blanks_around_the_application_id_do_not_matter(api: FakeWargaming, make_client: MakeClient) -> None:
    assert make_client(api.url, application_id=f" {APPLICATION_ID}\n").account_info([7]).by_id[7]


def test_client_opened_as_a_whole_shares_its_pace(api: FakeWargaming, shared_server: "redis.Redis") -> None:
    options: Any = {"redis_url": os.environ["REDIS_URL"], "requests_per_second": 10}
    with wargaming.open_client(api.url, APPLICATION_ID, **options) as client:
        client.encyclopedia_info()
    key = shared.key_for(api.url, APPLICATION_ID)
    assert 0 < shared_server.pttl(f"{key}:pace") <= 100
    assert APPLICATION_ID[:8] not in key


def test_no_secret_is_logged_or_raised(
    api: FakeWargaming, make_client: MakeClient, closed_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = make_client(api.url)
    client.account_info([7], access_token=TOKEN)
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
    assert {record.name for record in caplog.records} >= {"urllib3.connectionpool", "clans.wargaming.client"}
    assert "SOURCE_NOT_AVAILABLE" in caplog.text
    assert APPLICATION_ID not in caplog.text
    assert TOKEN not in caplog.text
    assert APPLICATION_ID not in repr(client)


@pytest.mark.parametrize("secret", [TOKEN, APPLICATION_ID])
def test_secret_that_the_api_repeats_is_not_kept(api: FakeWargaming, client: Client, secret: str) -> None:
    api.out_of_turn = [error(407, "INVALID_SEARCH", "search", f"about {secret}")]
    with pytest.raises(ApiRefused) as refused:
        client.account_info([7], access_token=TOKEN)
    assert_no_secret(refused.value)


def test_package_needs_neither_django_nor_celery() -> None:
    code = "import sys, clans.wargaming; print([n for n in ('django', 'celery') if n in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )
