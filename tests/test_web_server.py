"""The real web server in front of the site: bodies over a socket, and what its log says of refusals."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings

from territory.models import GameServer, Placement
from territory.services.servers import create_token
from territory.tests.factories import event, make_server
from tests.conftest import running_site

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
Ask = Callable[..., tuple[int, str]]
LIMIT = settings.DATA_UPLOAD_MAX_MEMORY_SIZE


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="sul")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "web.log"


@pytest.fixture
def ask(child_environment: dict[str, str], log: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """Return a function that sends a request as it is, and returns the answer's status and text."""
    for name, value in child_environment.items():
        monkeypatch.setenv(name, value)

    def ask(head: str, *parts: bytes) -> tuple[int, str]:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
            line.sendall(f"{head}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            with suppress(BrokenPipeError, ConnectionResetError):  # it has answered
                for part in parts:
                    line.sendall(part)
            return _read(line)

    with running_site(log) as address:
        port = int(address.rpartition(":")[2])
        yield ask


def _read(line: socket.socket) -> tuple[int, str]:
    answer = b""
    with suppress(ConnectionResetError):  # by a server that has answered and does not read the rest
        while block := line.recv(65536):
            answer += block
    return int(answer.split()[1]), answer.decode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def test_bodies_over_a_socket_and_their_log(server: GameServer, ask: Ask, log: Path) -> None:
    post = f"POST /api/v1/servers/sul/placements HTTP/1.1\r\nAuthorization: Bearer {create_token(server)}"
    chunked = "\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json"
    body = json.dumps({"events": [event("Ã", id=str(n)) for n in range(500)]}).encode()

    halves = [chunk(body[:7]), chunk(body[7:1000]), chunk(body[1000:])]
    status, text = ask(post + chunked, *halves, b"0\r\n\r\n")
    assert (status, '"new": 500' in text) == (202, True), text
    assert Placement.objects.count() == 500

    assert ask(post + chunked, *[chunk(b" " * 100_000)] * 50, b"0\r\n\r\n")[0] == 413
    assert ask(post + chunked, b"no chunk at all\r\n")[0] == 400
    # Declared alone, it is answered without waiting for any of it.
    assert ask(f"{post}\r\nContent-Length: 5000000")[0] == 413
    form = (
        "POST /accounts/login/ HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: "
    )
    assert ask(f"{form}100000000")[0] == 413
    assert ask(f"{form}3", b"abc")[0] == 403
    assert ask("GET /nowhere HTTP/1.1")[0] == 404
    assert ask("DELETE /wall HTTP/1.1")[0] in {403, 405}

    text = log.read_text()
    assert "Traceback" not in text
    assert "Listening" not in text
