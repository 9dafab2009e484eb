"""What both stand-ins are served by: requests and replies over HTTP on this machine, and a page on which a browser chooses."""

import gzip
import html
import json
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

_WORTH_PACKING_BYTES: Final = 500


@dataclass(frozen=True, slots=True)
class Request:
    """A request; `form` holds the parameters of its address and of its body."""

    verb: str
    path: str
    form: dict[str, str]
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply; without a body the connection is closed and nothing is sent. `location` is where a redirect leads."""

    body: bytes | None
    status: int = 200
    location: str = ""
    cookie: str = ""

    @property
    def content_type(self) -> str:
        is_json = self.body and self.body[:1] in b"{[0123456789"
        return "application/json" if is_json else "text/html; charset=utf-8"


# Faults of what stands in front of an API; a reply without a body is one that hangs.
BROKEN: Final = {
    "http_500": Reply(b"<html><h1>500 Internal Server Error</h1></html>", 500),
    "html": Reply(b"<!DOCTYPE html><html><title>Maintenance</title></html>"),
    "not_json": Reply(b'{"status": "ok", "meta": {"count"'),
    "hang": Reply(None),
}


def json_reply(content: object, status: int = 200) -> Reply:
    return Reply(json.dumps(content, separators=(",", ":")).encode(), status)


def choice_page(
    title: str, name: str, choices: Iterable[tuple[str, str]], hidden: Mapping[str, str]
) -> Reply:
    """Return a page with a button for each choice (value, words), which posts the choice and the hidden fields back to it."""
    fields = "".join(
        f'<input type="hidden" name="{html.escape(field)}" value="{html.escape(value)}">'
        for field, value in hidden.items()
    )
    buttons = "".join(
        f'<p><button name="{name}" value="{html.escape(value)}">{html.escape(words)}</button></p>'
        for value, words in choices
    )
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{title}</title><h1>{title}</h1><form method="post">{fields}{buttons}</form></html>'
    )
    return Reply(page.encode())


@contextmanager
def serving(answer: Callable[[Request], Reply], *, port: int = 0) -> Iterator[str]:
    """Serve until the end of the block, at the address that is yielded; port 0 takes a free one."""
    server = _Server(("127.0.0.1", port), answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], answer: Callable[[Request], Reply]) -> None:
        self.answer = answer
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that went away; report all other errors."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    wbufsize = -1  # head and body in one packet
    server: _Server

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        address = urlsplit(self.path)
        form = dict(parse_qsl(address.query)) | dict(parse_qsl(body.decode(errors="replace")))
        self._send(self.server.answer(Request(self.command, address.path, form, body, dict(self.headers))))

    do_POST = do_GET  # noqa: N815 - http.server's name

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's signature
        """Say nothing: requests hold codes and tokens."""

    def _send(self, reply: Reply) -> None:
        body = reply.body
        if body is None:
            return
        packed = "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > _WORTH_PACKING_BYTES
        headers = {
            "Content-Type": reply.content_type,
            "Content-Encoding": "gzip" if packed else "",
            "Location": reply.location,
            "Set-Cookie": reply.cookie,
        }
        self.send_response(reply.status)
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(gzip.compress(body, compresslevel=1) if packed else body)
