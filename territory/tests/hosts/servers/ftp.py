"""A real FTP server on loopback whose faults tests switch on."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import DTPHandler, FTPHandler, TLS_DTPHandler, TLS_FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

from territory.reach import HostAddress

logging.getLogger("pyftpdlib").setLevel(logging.CRITICAL)
USER, PASSWORD = "jogador", "s3nha-secreta"


@dataclass
class FtpHost:
    """The server's folder and port, what it was asked for, and the faults it has now."""

    folder: Path
    port: int = 0
    asked: "Counter[str]" = field(default_factory=Counter)
    # Commands refused with these answers.
    refused: dict[str, str] = field(default_factory=dict)
    # After so many bytes a transfer ends, by a reset or by the word that all was sent.
    resets_after: list[int] = field(default_factory=list)
    truncates_after: list[int] = field(default_factory=list)
    # Commands that are carried out and whose answer is lost with the connection.
    loses_answer_to: list[str] = field(default_factory=list)
    hides_mlsd: bool = False
    lists_full_names: bool = False
    # Called once, when a command has been carried out: somebody else is quicker.
    after: dict[str, Callable[[], object]] = field(default_factory=dict)

    def address(self, path: str = "", scheme: str = "ftp", password: str = PASSWORD) -> HostAddress:
        return HostAddress(f"{scheme}://{USER}@127.0.0.1:{self.port}{path}", password)


def _transfers(host: FtpHost, base: Any) -> Any:
    class Transfer(base):  # type: ignore[misc]
        sent = 0

        def send(self, data: bytes) -> Any:
            if not getattr(self, "_ssl_established", True):
                return super().send(data)  # faults come after the handshake
            for limits, end in ((host.resets_after, self.reset), (host.truncates_after, self.end_early)):
                if limits and self.sent + len(data) > limits[0] and self.cmd_channel.last == "RETR":
                    data = data[: limits.pop(0) - self.sent]
                    sent = super().send(data) if data else 0
                    end()
                    return sent
            sent = super().send(data)
            self.sent += sent
            return sent

        def reset(self) -> None:
            self.cmd_channel.close()
            self.close()

        def end_early(self) -> None:
            self.transfer_finished = True
            self._resp = ("226 Transfer complete.", lambda *_: None)
            self.close()

    return Transfer


def _control(host: FtpHost, base: Any) -> Any:
    class Control(base):  # type: ignore[misc]
        banner = "ready"
        use_sendfile = False  # every block passes `Transfer.send`
        unicode_errors = "surrogateescape"

        def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
            host.asked[cmd] += 1
            self.last = cmd
            hidden = {"FEAT": "500 Unknown", "MLSD": "500 Unknown"} if host.hides_mlsd else {}
            if answer := (host.refused | hidden).get(cmd):
                self.respond(answer)
                return
            super().pre_process_command(line, cmd, arg)
            host.after.pop(cmd, int)()
            if cmd in host.loses_answer_to:
                host.loses_answer_to.remove(cmd)
                self.close()

        def ftp_NLST(self, path: str) -> Any:  # noqa: N802 - the library's name
            if not host.lists_full_names:
                return super().ftp_NLST(path)
            names = sorted(f"{self.fs.cwd.rstrip('/')}/{one.name}" for one in Path(path).iterdir())
            self.push_dtp_data("".join(f"{name}\r\n" for name in names).encode(), cmd="NLST")
            return path

    return Control


@contextmanager
def ftp_host(folder: Path, certificate: Path | None = None, encoding: str = "utf-8") -> Iterator[FtpHost]:
    """Serve a folder until the end of the block; with a certificate, with explicit TLS."""
    host = FtpHost(folder)
    handler = _control(host, TLS_FTPHandler if certificate else FTPHandler)
    handler.dtp_handler = _transfers(host, TLS_DTPHandler if certificate else DTPHandler)
    if certificate:
        handler.certfile = str(certificate)
    handler.auth_failed_timeout = 0
    handler.masquerade_address = "127.0.0.2"  # nobody is there: not connected to
    handler.encoding = encoding
    handler.authorizer = DummyAuthorizer()
    handler.authorizer.add_user(USER, PASSWORD, str(folder), perm="elradfmwMT")
    loop = IOLoop()
    server = FTPServer(("127.0.0.1", 0), handler, ioloop=loop)
    host.port = server.socket.getsockname()[1]
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            loop.loop(timeout=0.02, blocking=False)
        server.close_all()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield host
    finally:
        stop.set()
        thread.join()
