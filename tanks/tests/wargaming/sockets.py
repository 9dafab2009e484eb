"""A server that answers with raw bytes, for what no decent server would send."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

Talk = Callable[[socket.socket], object]


@dataclass
class RawServer:
    url: str
    connections: list[int] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    closed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


@contextmanager
def raw_server(talk: Talk, *, requests_per_connection: int = 1) -> Iterator[RawServer]:
    """Serve until the end of the block: read a request, let `talk` answer it, close after so many of them."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = RawServer(f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread = threading.Thread(target=_serve, args=(listener, server, talk, requests_per_connection))
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(30)
            assert not thread.is_alive()


def _serve(listener: socket.socket, server: RawServer, talk: Talk, requests: int) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, address = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.settimeout(60)
                server.connections.append(address[1])
                for _ in range(requests):
                    server.requests.append(_read_request(connection))
                    talk(connection)
            server.closed.release()


def _read_request(connection: socket.socket) -> bytes:
    received = b""
    while True:
        head, end, body = received.partition(b"\r\n\r\n")
        if end:
            lengths = [
                line.split(b":")[1]
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            ]
            if len(body) >= sum(map(int, lengths)):
                return received
        piece = connection.recv(65536)
        if not piece:
            raise OSError("The client went away.")
        received += piece


def says(answer: bytes) -> Talk:
    """Answer with these bytes."""
    return lambda connection: connection.sendall(answer)


def stays_silent(connection: socket.socket) -> None:
    """Answer nothing until the other side has gone away."""
    connection.recv(1)


def trickles(head: bytes, *, pause: float) -> Talk:
    """Send a head, and then one blank after the other, until the other side has gone away."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            time.sleep(pause)
            connection.sendall(b" ")

    return talk


EMPTY: Final = b'{"status":"ok","meta":{"count":0},"data":{}}'


def http(
    body: bytes,
    *,
    status: str = "200 OK",
    length: int | None = None,
    headers: bytes = b"Connection: close\r\n",
) -> bytes:
    """Return an HTTP answer; `length` is what it claims to hold.

    It says that the connection ends with it: else a client may send its next request before it sees that end.
    """
    claimed = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {claimed}\r\n".encode() + headers + b"\r\n" + body


LASTING: Final = http(EMPTY, headers=b"")
GZIP: Final = b"Content-Encoding: gzip\r\nConnection: close\r\n"
