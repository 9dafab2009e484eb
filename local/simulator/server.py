"""The simulator on a socket: HTTP/1.1 with connections that stay open, one thread each."""

import gzip
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from local.simulator.api import SIGN_IN
from local.simulator.simulator import Reply, Simulator
from local.simulator.world import World

_WORTH_PACKING_BYTES: Final = 500
_API: Final = "/wot/"
_CONTROL: Final = "/simulator/control"
_FORM: Final = "application/x-www-form-urlencoded"


@contextmanager
def running(
    world: World,
    *,
    rate: float = 10.0,
    latency: float = 0.0,
    clock: Callable[[], float] | None = None,
    port: int = 0,
) -> Iterator[Simulator]:
    """Serve a world until the end of the block, at the simulator's `url`; port 0 takes a free one.

    The world's time stands still but for `advance`, unless a clock (such as time.time) moves it.
    """
    simulator = Simulator(world, rate=rate, latency=latency, clock=clock)
    server = _Server(("127.0.0.1", port), simulator)
    simulator.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield simulator
    finally:
        server.shutdown()
        thread.join()
        server.hang_up()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for them: none outlives the block
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], simulator: Simulator) -> None:
        self.simulator = simulator
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that went away; report all other errors."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """End every connection, also those that hang or wait for another request."""
        self.closing.set()
        self.simulator.clear()
        with self._guard:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "WargamingSimulator"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one packet
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's signature
        """Say nothing: requests hold tokens."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        address = urlsplit(self.path)
        if address.path == _CONTROL:
            self._send(self.server.simulator.obey(body))
        elif address.path == SIGN_IN:
            self._send(self._sign_in(dict(parse_qsl(address.query)), body))
        else:
            self._send(self._api_reply(address.path, address.query, body))

    def _sign_in(self, query: dict[str, str], body: bytes) -> Reply:
        form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
        if self.command == "POST":
            return self.server.simulator.signed_in(form.get("redirect_uri", ""), form.get("account", ""))
        return self.server.simulator.sign_in_page(query.get("redirect_uri", ""))

    def _api_reply(self, address: str, query: str, body: bytes) -> Reply:
        simulator = self.server.simulator
        hang = simulator.released
        parameters = dict(parse_qsl(query))
        if self.headers.get("Content-Type", _FORM).startswith(_FORM):
            parameters |= dict(parse_qsl(body.decode(errors="replace")))
        path = address.removeprefix(_API).strip("/") if address.startswith(_API) else ""
        reply = simulator.handle(self.command, path, parameters)
        if simulator.latency:
            self.server.closing.wait(simulator.latency)
        if reply.body is None:
            while not (hang.wait(0.2) or self.server.closing.is_set()):
                pass
        return reply

    def _send(self, reply: Reply) -> None:
        body = reply.body
        if body is None:
            self.close_connection = True
            return
        self.send_response(reply.status)
        if "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > _WORTH_PACKING_BYTES:
            body = gzip.compress(body, compresslevel=1)
            self.send_header("Content-Encoding", "gzip")
        if reply.location:
            self.send_header("Location", reply.location)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
