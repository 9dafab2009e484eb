import logging
import socket
import threading
import time
import tomllib
import traceback
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from announcements.discord import (
    DiscordRefusedError,
    DiscordUnavailableError,
    WebhookGoneError,
    send,
)
from announcements.tests.factories import PATH, TOKEN, make_message
from announcements.tests.receiver import BLOCKED
from common.addresses import NotPublicError, check_public


@pytest.fixture(autouse=True)
def _no_token_in_logs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="urllib3")
    yield
    # The server of the tests has a log of its own.
    ours = [record for record in caplog.get_records("call") if record.name != "werkzeug"]
    assert not [record for record in ours if TOKEN in f"{record.getMessage()} {record.__dict__}"]


@pytest.fixture
def url(httpserver: HTTPServer) -> str:
    return httpserver.url_for(PATH)


def answer(
    httpserver: HTTPServer, status: int, body: Any = "", headers: dict[str, str] | None = None
) -> None:
    request = httpserver.expect_request(PATH, method="POST")
    if isinstance(body, str):
        request.respond_with_data(body, status, headers)
    else:
        request.respond_with_json(body, status, headers)


def failure(url: str) -> Exception:
    """Send and return the error, having made sure that nothing of it tells the token."""
    with pytest.raises((DiscordUnavailableError, DiscordRefusedError, WebhookGoneError)) as caught:
        send(url, make_message(), timeout=timedelta(milliseconds=300))
    error: Exception = caught.value
    assert TOKEN not in "".join(traceback.format_exception(error)) + repr(error) + repr(error.args)
    assert error.__cause__ is None
    assert error.__context__ is None
    return error


@pytest.mark.parametrize("site", ["", "https://territory.example.org"])
def test_send_posts_the_embed_as_the_projects_bot_and_calls_nobody(
    httpserver: HTTPServer, url: str, caplog: pytest.LogCaptureFixture, settings: Settings, site: str
) -> None:
    settings.SITE_URL = site
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    answer(httpserver, 200, {"id": "1"})

    send(url, make_message(title="@everyone", url="https://example.org/"))

    request, _ = httpserver.log[0]
    assert request.args.to_dict() == {"wait": "true"}
    agent = f"DiscordBot ({site or 'http://localhost'}, {project['version']})"
    assert request.headers["User-Agent"] == agent
    body = request.get_json()
    assert body["allowed_mentions"] == {"parse": []}
    assert body["embeds"] == [
        {
            "title": "@everyone",
            "description": "Tried to build",
            "fields": [{"name": "Player", "value": "IlRrcqNjj", "inline": True}],
            "color": 0xC0392B,
            "url": "https://example.org/",
        }
    ]
    # Without this the check that no log holds the token would prove nothing.
    assert any("/api/webhooks/1234567890/…" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(
    ("remaining", "reset_after", "seconds"),
    [
        ("0", "1.25", 1.25),
        ("1", "1.25", 0),
        (None, None, 0),
        ("0", None, 0),
        ("0", "soon", 0),
        ("0", "-1", 0),
    ],
)
def test_send_says_how_long_the_next_message_must_wait(
    httpserver: HTTPServer, url: str, remaining: str | None, reset_after: str | None, seconds: float
) -> None:
    headers = {"X-RateLimit-Remaining": remaining, "X-RateLimit-Reset-After": reset_after}
    answer(httpserver, 200, {}, {name: value for name, value in headers.items() if value is not None})

    pause = send(url, make_message()).total_seconds()

    assert seconds <= pause < seconds + (1 if seconds else 0.001)


def test_send_of_a_sparse_message_posts_no_blank_part(httpserver: HTTPServer, url: str) -> None:
    answer(httpserver, 204)

    send(url, make_message(description="", fields=(), colour=0))

    assert httpserver.log[0][0].get_json()["embeds"] == [{"title": "Player banned", "color": 0}]


@pytest.mark.parametrize(
    ("body", "headers", "seconds", "is_everywhere"),
    [
        (
            {"message": "slow down", "retry_after": 64.57, "global": False},
            {"Via": "1.1 google"},
            64.57,
            False,
        ),
        ({"message": "slow down", "retry_after": 0.5}, {}, 1, False),
        ({"message": "slow down", "retry_after": 2.5, "global": True}, {}, 2.5, True),
        ({"retry_after": 2.5}, {"X-RateLimit-Global": "true"}, 2.5, True),
        ("<html>blocked</html>", {"Retry-After": "120"}, 120, False),
        ({"retry_after": "soon"}, {"Retry-After": "7"}, 7, False),
        ({"retry_after": 1e300}, {}, 86_400, False),
        ({"retry_after": True}, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 1, False),
        *(
            (body, {}, None, True)
            for body in (BLOCKED, "", "[1]", {"retry_after": -1}, '{"retry_after": NaN}')
        ),
    ],
)
def test_send_at_the_rate_limit_says_when_to_come_back_and_whether_any_channel_may(  # noqa: PLR0917
    httpserver: HTTPServer,
    url: str,
    body: Any,
    headers: dict[str, str],
    seconds: float | None,
    is_everywhere: bool,  # noqa: FBT001
) -> None:
    answer(httpserver, 429, body, headers)

    error = failure(url)

    assert isinstance(error, DiscordUnavailableError)
    wait = error.retry_after.total_seconds() if error.retry_after else None
    assert wait == seconds or (wait and seconds and seconds <= wait < seconds + 1)
    assert error.is_everywhere is is_everywhere
    assert len(httpserver.log) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind", "text"),
    [
        *((status, "upstream connect error", DiscordUnavailableError, "") for status in (403, 408, 500, 503)),
        (400, {"embeds": ["0"]}, DiscordRefusedError, ""),
        (404, {"message": "Unknown Channel", "code": 10003}, DiscordRefusedError, ": Unknown Channel"),
        (404, {"message": f"no {PATH}"}, DiscordRefusedError, ": no /api/webhooks/1234567890/…"),
        (302, "", DiscordRefusedError, "The webhook's address redirects elsewhere (302)"),
        (308, "", DiscordRefusedError, "The webhook's address redirects elsewhere (308)"),
        (404, {"message": "Unknown Webhook", "code": 10015}, WebhookGoneError, ": Unknown Webhook"),
        (401, {"message": "Invalid Token", "code": 50027}, WebhookGoneError, ": Invalid Token"),
    ],
)
def test_send_says_whether_it_is_of_use_to_repeat_it(  # noqa: PLR0917
    httpserver: HTTPServer, url: str, status: int, body: Any, kind: type[Exception], text: str
) -> None:
    answer(httpserver, status, body, {"Location": "/elsewhere", "Retry-After": "0"} if not body else None)

    error = failure(url)

    assert type(error) is kind
    assert str(error) == (text if status in (302, 308) else f"Discord answered {status}{text}")
    assert getattr(error, "retry_after", None) is None
    assert [request.path for request, _answer in httpserver.log] == [PATH]


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:1", "https://127.0.0.1:1", "https://10.0.0.5", "https://169.254.169.254", "https://[::1]",
     "https://[::ffff:10.0.0.5]", "https://0.0.0.0", "https://100.64.0.1", "https://2130706433", "https://224.0.1.1",
     "http://203.0.113.1", "https://localhost"],
)  # fmt: skip
def test_send_to_an_address_that_is_not_public_https_is_refused(settings: Settings, address: str) -> None:
    settings.ALLOW_LOOPBACK_ADDRESSES = False

    error = failure(f"{address}{PATH}")

    assert isinstance(error, DiscordRefusedError)
    assert "not a public one with https" in str(error)


def test_name_that_leads_into_our_own_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("162.159.137.232", "192.168.0.7")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: found)

    assert isinstance(failure(f"https://discord.com{PATH}"), DiscordRefusedError)


def test_name_that_leads_nowhere_may_be_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    error = failure(f"https://discord.com{PATH}")

    assert isinstance(error, DiscordUnavailableError)
    assert str(error) == "No answer from Discord: gaierror"


def test_public_addresses_need_https() -> None:
    for address in ("https://8.8.8.8", "https://[2606:4700::1111]"):
        check_public(address)
    with pytest.raises(NotPublicError):
        check_public("http://8.8.8.8", allow_loopback=True)


def test_send_without_an_answer_in_time_may_be_repeated(httpserver: HTTPServer, url: str) -> None:
    given_up = threading.Event()

    def dawdle(_: Request) -> Response:
        given_up.wait(10)
        return Response("{}")

    httpserver.expect_request(PATH).respond_with_handler(dawdle)

    error = failure(url)
    given_up.set()
    while not httpserver.log:  # the next test uses the same server
        time.sleep(0.01)

    assert isinstance(error, DiscordUnavailableError)
    assert str(error) == "No answer from Discord: ReadTimeout"
    assert error.may_stand


@pytest.mark.parametrize("is_taken", [True, False])
def test_send_without_an_answer_says_whether_the_message_may_stand(is_taken: bool) -> None:  # noqa: FBT001
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}{PATH}"

        def hang_up() -> None:
            server.accept()[0].close()

        caller = threading.Thread(target=hang_up)
        if is_taken:
            caller.start()
        else:
            server.close()

        error = failure(url)

        if is_taken:
            caller.join()
    assert isinstance(error, DiscordUnavailableError)
    assert str(error) == "No answer from Discord: ConnectionError"
    assert error.may_stand is is_taken


@pytest.mark.parametrize("url", ["", TOKEN, f"ftp://127.0.0.1{PATH}", f"http://{PATH}", f"http://[{PATH}"])
def test_send_to_no_address_is_refused(url: str) -> None:
    assert isinstance(failure(url), DiscordRefusedError)
